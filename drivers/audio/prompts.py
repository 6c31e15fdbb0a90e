"""Announcements that are the same for everybody, kept as sound files: spoken at once, however slow the engine is."""

import contextlib
import hashlib
from pathlib import Path

from drivers.audio.contract import Language, Pcm, SpeechEngine
from drivers.audio.protocol import from_wav, to_wav
from drivers.contract import Cancel


class FixedPrompts:
    """Files in ``folder``, named by a hash of text, language, rate and ``voice``; a new voice makes new files.

    Whoever calls it says by calling that the text is nobody's: it must hold no name and no number of a person.
    """

    def __init__(self, folder: Path, engine: SpeechEngine, voice: str) -> None:
        self._folder = folder
        self._engine = engine
        self._voice = voice

    def get(self, text: str, language: Language, rate: float, *, timeout: float, cancel: Cancel) -> Pcm:
        """From the file or, if there is none or a broken one, from the engine. A full disk costs time only."""
        file = self._file(text, language, rate)
        with contextlib.suppress(OSError, ValueError):
            return from_wav(file.read_bytes())
        pcm = self._engine.synthesize(text, language, rate, timeout=timeout, cancel=cancel)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_bytes(to_wav(pcm))
            fresh.replace(file)
        return pcm

    def _file(self, text: str, language: Language, rate: float) -> Path:
        key = "\0".join((self._voice, language, f"{rate:g}", text))
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.wav"
