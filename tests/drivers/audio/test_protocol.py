"""Samples, and what amixer and aplay print."""

import math
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.audio.contract import Headphones, Pcm, Sound
from drivers.audio.protocol import SOUNDS, error_of, from_wav, parse_contents, rms, scaled, to_wav, tone
from drivers.errors import ConnectionLost, DeviceFault, DriverError, NotConnected, ProtocolError, Refused

CARD = """\
numid=1,iface=MIXER,name='Headphone Playback Volume'
  ; type=INTEGER,access=rw---R--,values=2,min=0,max=87,step=0
  : values=0,0
  | dBscale-min=-65.25dB,step=0.75dB,mute=0
numid=2,iface=MIXER,name='Master Playback Volume'
  ; type=INTEGER,access=rw---R--,values=1,min=0,max=87,step=0
  : values=44
  | dBscale-min=-65.25dB,step=0.75dB,mute=0
numid=3,iface=MIXER,name='Master Playback Switch'
  ; type=BOOLEAN,access=rw------,values=1
  : values=on
numid=4,iface=MIXER,name='Capture Source'
  ; type=ENUMERATED,access=rw------,values=1,items=2
  ; Item #0 'Mic'
  ; Item #1 'Line'
  : values=0
numid=5,iface=CARD,name='Headphone Mic Phantom Jack'
  ; type=BOOLEAN,access=r-------,values=1
  : values=on
numid=6,iface=CARD,name='Front Headphone Jack'
  ; type=BOOLEAN,access=r-------,values=1
  : values=off
"""


def test_a_card() -> None:
    mixer = parse_contents(CARD)
    assert (mixer.control, mixer.volume, mixer.switched_on) == ("Master", 51, True)
    assert mixer.headphones is Headphones.UNPLUGGED


def test_headphones_and_a_switch_that_is_off() -> None:
    plugged = CARD.replace("values=off", "values=on")
    assert parse_contents(plugged).headphones is Headphones.PLUGGED
    before, after = CARD.split("numid=4")
    assert not parse_contents(before.replace("values=on", "values=off") + "numid=4" + after).switched_on


def test_a_chosen_control_and_one_that_is_not_there() -> None:
    assert parse_contents(CARD, "Headphone").volume == 0
    missing = parse_contents(CARD, "PCM")
    assert (missing.control, missing.volume, missing.switched_on) == ("", None, True)


def test_a_card_without_controls_and_one_that_prints_noise() -> None:
    assert parse_contents("").headphones is Headphones.UNKNOWN
    with pytest.raises(ProtocolError):
        parse_contents("~~ noise")


@given(st.text(max_size=300), st.integers(0, len(CARD)))
def test_any_text_makes_a_mixer_or_a_protocol_error(noise: str, at: int) -> None:
    for text in (noise, CARD[:at] + noise + CARD[at:]):
        try:
            mixer = parse_contents(text)
        except ProtocolError:
            continue
        assert mixer.volume is None or 0 <= mixer.volume <= 100


@pytest.mark.parametrize(
    ("code", "printed", "kind"),
    [
        (1, "ALSA lib x\naplay: main:831: audio open error: No such file or directory\n", NotConnected),
        (1, "aplay: main:831: audio open error: Device or resource busy", Refused),
        (1, "aplay: pcm_write:2061: write error: No such device", ConnectionLost),
        (1, "aplay: main:831: audio open error: Invalid argument", ProtocolError),
        (1, "amixer: cannot find card 'PCH'", NotConnected),
        (-13, "", ConnectionLost),
        (1, "", DeviceFault),
    ],
)
def test_how_a_program_failed(code: int, printed: str, kind: type[DriverError]) -> None:
    assert type(error_of(code, printed)) is kind


def test_tones() -> None:
    for sound in Sound:
        made = tone(SOUNDS[sound])
        assert made.seconds == pytest.approx(0.12 * len(SOUNDS[sound]), abs=0.001)
        assert 0.2 < rms(made) < 0.3
        samples = array("h", made.samples)
        assert abs(samples[0]) < 200
        assert abs(samples[-1]) < 2000


def test_a_tone_has_its_frequency() -> None:
    samples = array("h", tone((500.0,), 0.5).samples)
    crossings = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    assert crossings == pytest.approx(250, abs=2)


def test_quieter() -> None:
    loud = tone((440.0,))
    assert rms(scaled(loud, 50)) == pytest.approx(rms(loud) / 2, rel=0.01)
    assert scaled(loud, 100) == loud
    assert rms(scaled(loud, 0)) == 0
    assert rms(Pcm(b"", 8000)) == 0


@given(st.binary(max_size=100).filter(lambda data: len(data) % 2 == 0), st.integers(8000, 48000))
def test_wav_there_and_back(samples: bytes, hz: int) -> None:
    assert from_wav(to_wav(Pcm(samples, hz))) == Pcm(samples, hz)


@given(st.binary(max_size=100))
def test_what_is_no_wav(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_wav(data)


def test_sound_does_not_show_itself() -> None:
    assert repr(Pcm(bytes(44100), 22050)) == "<Pcm 1.00 s>"
    assert math.isclose(Pcm(bytes(44100), 22050).seconds, 1.0)
