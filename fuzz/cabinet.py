"""What else is in the cabinet: cameras, the signature pad, sound, the signals board, the power supply."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from drivers.audio import protocol as audio
from drivers.errors import DriverError, ProtocolError
from drivers.power import protocol as power
from drivers.signals import protocol as modbus
from drivers.signature import protocol as signature
from drivers.video import stream as pictures
from fuzz.promises import Target, expect, outcome, same_in_portions

# --- cameras ---------------------------------------------------------------------------------------------------------

_CONTENT_TYPE: Final = "multipart/x-mixed-replace; boundary=b"


def camera_stream(data: bytes) -> None:
    """Also as a part of a long stream: what is rare in a frame comes up often there."""
    for portions in ([data], [data * 8], (data[at : at + 16] for at in range(0, len(data), 16))):
        stream = pictures.PictureStream(_CONTENT_TYPE)
        with suppress(ProtocolError):
            for portion in portions:
                stream.receive_data(portion)
                while stream.next_picture() is not None:
                    pass


def camera_picture(data: bytes) -> None:
    pictures.decode(data)


# --- signature pad ---------------------------------------------------------------------------------------------------


def signature_file(data: bytes) -> None:
    with suppress(ProtocolError):
        signed = signature.decode(data)
        signature.judge(signed)
        signature.decode(signature.encode(signed))


def signature_pad(data: bytes) -> None:
    def events(portions: Iterable[bytes]) -> list[object]:
        parser, found = signature.PadParser(), list[object]()
        for portion in portions:
            parser.receive_data(portion)
            while (event := parser.next_event()) is not signature.NEED_MORE:
                found.append(event)
        return found

    same_in_portions(events, data)


# --- sound -----------------------------------------------------------------------------------------------------------


def sound_file(data: bytes) -> None:
    with suppress(ValueError):
        audio.rms(audio.from_wav(data))


def sound_mixer(data: bytes) -> None:
    with suppress(ProtocolError):
        volume = audio.parse_contents(data.decode("utf-8", "replace")).volume
        expect(volume is None or 0 <= volume <= 100, "a volume that is no share")


# --- signals board ---------------------------------------------------------------------------------------------------


def modbus_answers(data: bytes) -> None:
    """To each question, over each line; noise must be given up, not collected."""
    for framing in modbus.Framing:
        for question in (modbus.read_coils(0, 8), modbus.write_coil(1, on=True), modbus.read_counter(0)):
            dialogue = modbus.ModbusDialogue(framing, 1)
            dialogue.send(question)
            with suppress(DriverError):
                for at in range(0, len(data), 16):
                    dialogue.receive_data(data[at : at + 16])
            expect(dialogue.pending <= len(data), "more bytes than came")


# --- power supply ----------------------------------------------------------------------------------------------------


def nut_replies(data: bytes) -> None:
    """A parser is for one reply."""

    def reply(portions: Iterable[bytes]) -> object:
        parser = power.ReplyParser()
        for portion in portions:
            parser.receive_data(portion)
            found = outcome(parser.next_reply, ProtocolError)
            if found:
                return found
        return None

    same_in_portions(reply, data)


def nut_variables(data: bytes) -> None:
    """A whole list of variables, and what is made of it."""
    parser = power.ReplyParser()
    parser.receive_data(b"BEGIN LIST VAR u\n" + data + b"\nEND LIST VAR u\n")
    with suppress(ProtocolError):
        if reply := parser.next_reply():
            told = power.variables(reply)
            power.capabilities(told)
            power.test_result(told)
            power.status(told)


_SIGNATURE: Final = b'{"version":1,"size":[800,400],"strokes":[[[0,0.1,0.2],[0.5,0.3,0.2,0.7]]]}'
_TOUCH: Final = b'{"act":"down","t":0.5,"x":0.1,"y":0.2,"finger":0}\n{"size":[800,400]}\n'
_MIXER: Final = (
    b"numid=1,iface=MIXER,name='Master Playback Volume'\n  ; type=INTEGER,access=rw---R--,values=1,min=0,max=64\n"
    b"  : values=32\n"
)

TARGETS: Final[Mapping[str, Target]] = {
    "camera stream": Target(
        camera_stream, (b"--b\r\nContent-Length: 4\r\n\r\nJPEG\r\n", b"--b\n\nJPEG--b", b"--b" * 300)
    ),
    "camera picture": Target(camera_picture, (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\xff\xd9",)),
    "signature file": Target(signature_file, (_SIGNATURE,)),
    "signature pad": Target(signature_pad, (_TOUCH,)),
    "audio file": Target(sound_file, (audio.to_wav(audio.tone((440,), 0.01)),)),
    "audio mixer": Target(sound_mixer, (_MIXER,)),
    "signals answers": Target(modbus_answers, (b"\x01\x01\x01\x05\x91\x8b", b"\0\x01\0\0\0\x04\x01\x01\x01\x05")),
    "power replies": Target(nut_replies, (b'BEGIN LIST UPS\nUPS u "Hall"\nEND LIST UPS\n', b"ERR DATA-STALE\n")),
    "power variables": Target(nut_variables, (b'VAR u ups.status "OB LB"\nVAR u battery.charge "20"',)),
}
