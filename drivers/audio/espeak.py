"""The speech program: a process of its own that loads espeak-ng, and the only file that does (see docs/adr/0007).

It imports nothing of the terminal. One request a line on standard input, as JSON: ``voice``, ``text``, ``rate`` (words
a minute), and ``phonemes`` true to get these instead of sound. One answer on standard output: a line of JSON with
``hz`` and the number of ``bytes`` that follow it, ``phonemes`` or ``error``. It ends with its input.
"""

import ctypes
import json
import sys
from typing import Any, Final

import espeakng_loader

_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _CHARACTERS, _RATE = 2, 0x8000, 1, 1, 1
"""Of speak_lib.h."""
_MOST_BYTES: Final = 10_000_000

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The library as one function. Raises ``RuntimeError`` when it does not start."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        data = str(espeakng_loader.get_data_path()).encode()
        self.hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
        if self.hz <= 0:
            raise RuntimeError("espeak-ng does not start")
        self._sound = bytearray()
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: Any, count: int, _: object) -> int:
        """Called by the library with each portion; 1 ends it."""
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, 2 * count)
        return int(len(self._sound) > _MOST_BYTES)

    def use(self, voice: str, rate: int) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError("no such voice")
        self._library.espeak_SetParameter(_RATE, rate, 0)

    def speak(self, text: str) -> bytes:
        self._sound.clear()
        data = text.encode() + b"\0"
        if self._library.espeak_Synth(data, len(data), 0, _CHARACTERS, 0, _UTF8, None, None) != 0:
            raise ValueError("not spoken")
        return bytes(self._sound)

    def phonemes(self, text: str) -> str:
        """In the library's own letters; a syllable of a tone language carries its tone as digits."""
        buffer = ctypes.create_string_buffer(text.encode())
        at, clauses = ctypes.c_void_p(ctypes.addressof(buffer)), list[str]()
        while at.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(at), _UTF8, 0)
            clauses.append((clause or b"").decode("utf-8", "replace"))
        return " ".join(clauses)


def answer(espeak: Espeak, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        espeak.use(str(request["voice"]), int(request["rate"]))
        text = str(request["text"]).replace("\0", " ")
        if request.get("phonemes"):
            return {"phonemes": espeak.phonemes(text)}, b""
        sound = espeak.speak(text)
    except (ValueError, KeyError) as error:
        return {"error": type(error).__name__}, b""
    return {"hz": espeak.hz, "bytes": len(sound)}, sound


def main() -> None:
    espeak = Espeak()
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        head, sound = answer(espeak, json.loads(line))
        out.write(json.dumps(head).encode() + b"\n" + sound)
        out.flush()


if __name__ == "__main__":
    main()
