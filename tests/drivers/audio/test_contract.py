"""What is said is heard, or told not to have been."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.audio.contract import Headphones, HeadphonesNeeded, Language, Sound, SoundOff
from drivers.audio.device import AlsaSpeaker, card_at
from drivers.audio.driver import ALSA, SENTENCES
from drivers.audio.protocol import SOUNDS, rms, tone
from drivers.contract import State
from drivers.discovery import Attachment
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DriverError,
    NotConnected,
    ProtocolError,
    Refused,
    Who,
)
from drivers.monitor import Incident
from drivers.selftest import Check
from drivers.simulation.contract import COMMON_VERBS
from tests.drivers.audio.helpers import ENGINE, PATIENCE, SENTENCE, Bench, bench, say
from tests.drivers.notes import Notes
from tests.waiting import eventually


@pytest.fixture
def made(tmp_path: Path) -> Generator[Bench]:
    with bench(tmp_path) as each:
        yield each


# --- speaking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_a_sentence_is_heard(made: Bench, language: Language) -> None:
    text = SENTENCES[language]
    made.speaker().say(text, language, timeout=PATIENCE, cancel=threading.Event())
    heard = made.heard(1)
    assert 2.0 < heard.seconds < 6.0
    assert rms(heard) > 0.03
    made_of_it = made.speaker().spoken(text, language, timeout=PATIENCE, cancel=threading.Event())
    assert heard.seconds == pytest.approx(made_of_it.seconds, rel=0.15)  # no two utterances are quite the same


def test_a_sound_arrives_sample_by_sample(made: Bench) -> None:
    made.speaker().play(Sound.DONE, timeout=PATIENCE, cancel=threading.Event())
    samples = tone(SOUNDS[Sound.DONE]).samples
    heard = made.heard(1).samples
    assert heard.startswith(samples)
    assert not any(heard[len(samples) :])  # aplay fills the last portion with silence


def test_one_sound_after_another(made: Bench) -> None:
    speaker = made.speaker()
    for sound in (Sound.NOTICE, Sound.WARNING):
        speaker.play(sound, timeout=PATIENCE, cancel=threading.Event())
    assert made.heard(2).seconds > made.heard(1).seconds > 0.1


def test_quieter(made: Bench) -> None:
    speaker = made.speaker()
    for volume in (100, 50):
        speaker.say("你好", Language.ZH_HANS, timeout=PATIENCE, cancel=threading.Event(), volume=volume)
    assert rms(made.heard(2)) == pytest.approx(rms(made.heard(1)) / 2, rel=0.2)


def test_fixed_text_alone_is_kept(made: Bench, tmp_path: Path) -> None:
    kept = tmp_path / "prompts"
    speaker = ALSA.open(ALSA.options.model_validate({"port": made.simulated.endpoint, "prompts": str(kept)}), Notes())
    assert isinstance(speaker, AlsaSpeaker)
    for fixed, files in ((False, 0), (True, 1), (True, 1)):
        speaker.say("您好，样本。", Language.ZH_HANS, timeout=PATIENCE, cancel=threading.Event(), fixed=fixed)
        assert len(list(kept.glob("*"))) == files
    speaker.close()


# --- stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["cancel", "stop"])
def test_stopped_in_the_middle(tmp_path: Path, by: str) -> None:
    with bench(tmp_path, paced=True) as made, ThreadPoolExecutor(1) as pool:
        speaker, cancel = made.speaker(), threading.Event()
        result = pool.submit(speaker.say, SENTENCE * 5, Language.ZH_HANS, timeout=PATIENCE, cancel=cancel)
        eventually(lambda: made.simulated.playing, "speech")
        (cancel.set if by == "cancel" else speaker.stop)()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
        assert made.heard(1).seconds < 5
        speaker.play(Sound.DONE, timeout=PATIENCE, cancel=threading.Event())
        assert made.heard(2).seconds < 1


# --- volume and headphones --------------------------------------------------------------------------------------------


def test_volume(made: Bench) -> None:
    speaker = made.speaker()
    assert speaker.status().volume == "70"
    speaker.set_volume(33)
    assert (speaker.status().volume, made.simulated.state()["volume"]) == ("33", "33")
    for wrong in (-1, 101):
        with pytest.raises(ValueError, match="0 to 100"):
            speaker.set_volume(wrong)


def test_headphones(made: Bench) -> None:
    speaker = made.speaker()
    assert speaker.status().headphones is Headphones.UNPLUGGED
    made.simulated.simulate_plug_headphones()
    assert speaker.status().substates() == {"headphones": "plugged", "volume": "70"}
    made.simulated.simulate_unplug_headphones()
    assert speaker.status().headphones is Headphones.UNPLUGGED


def test_private_speech_goes_into_headphones(made: Bench) -> None:
    speaker = made.speaker()
    with pytest.raises(HeadphonesNeeded) as caught:
        say(speaker, private=True)
    assert caught.value.who is Who.CITIZEN
    assert not made.tray.exists()
    made.simulated.simulate_plug_headphones()
    say(speaker, private=True)
    assert made.heard(1).seconds > 1


def test_private_speech_from_the_speaker_where_the_settings_say_so(made: Bench) -> None:
    say(made.speaker(private_to_headphones=False), private=True)
    assert made.heard(1).seconds > 1


def test_a_sound_that_is_off_was_not_heard(made: Bench) -> None:
    speaker = made.speaker()
    made.simulated.simulate_switch_off()
    with pytest.raises(SoundOff):
        say(speaker)
    assert (speaker.status().state, speaker.status().fault) == (State.DEGRADED, "audio.sound_off")
    speaker.set_volume(50)
    say(speaker)
    assert speaker.status().state is State.ONLINE


# --- mishaps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "error", "state"),
    [
        ("unplug", NotConnected, State.NO_DEVICE),
        ("garbage", ProtocolError, State.OFFLINE),
        ("mute", DeadlineExceeded, State.OFFLINE),
        ("busy", Refused, State.ONLINE),
        ("wrong_model", ProtocolError, State.ONLINE),
    ],
)
def test_what_goes_wrong_is_told_and_heals(made: Bench, verb: str, error: type[DriverError], state: State) -> None:
    speaker = made.speaker()
    made.simulated.verbs()[verb]("")
    assert verb in made.simulated.state()["fault"]
    with pytest.raises(error):
        say(speaker)
    status = speaker.status()
    assert status.state is state
    assert not status.fault or status.fault == f"audio.{error.code}"
    made.simulated.simulate_heal()
    assert not made.simulated.state()["fault"]
    say(speaker)
    assert speaker.status().state is State.ONLINE


def test_a_card_that_hangs_in_the_middle(tmp_path: Path) -> None:
    with bench(tmp_path, paced=True) as made, ThreadPoolExecutor(1) as pool:
        result = pool.submit(say, made.speaker(), SENTENCE * 3, timeout=2.0)
        eventually(lambda: made.simulated.playing, "speech")
        made.simulated.simulate_mute()
        with pytest.raises(DeadlineExceeded):
            result.result(PATIENCE)


@pytest.mark.parametrize("count", [1, 2048, 30_000])
def test_unplugged_in_the_middle(made: Bench, count: int) -> None:
    speaker = made.speaker()
    made.simulated.simulate_unplug(str(count))
    with pytest.raises(ConnectionLost):
        say(speaker)
    eventually(lambda: speaker.status().state is State.NO_DEVICE)
    made.simulated.simulate_plug()
    say(speaker)
    assert speaker.status().state is State.ONLINE


def test_slow(made: Bench) -> None:
    made.simulated.simulate_slow()
    say(made.speaker())
    assert made.heard(1).seconds > 1


def test_busy_for_a_while(made: Bench) -> None:
    made.simulated.simulate_busy("0.1")
    eventually(lambda: not made.simulated.state()["fault"])
    say(made.speaker())


def test_programs_that_are_not_installed(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status = AlsaSpeaker("alsa:default", ENGINE).status()
    assert (status.state, "alsa-utils" in status.detail) == (State.NO_DEVICE, True)


def test_close_twice_and_use_again(made: Bench) -> None:
    speaker = made.speaker()
    speaker.close()
    speaker.close()
    assert speaker.status().works
    say(speaker)


# --- settings, trace, self-test ---------------------------------------------------------------------------------------


def test_a_trace_tells_what_was_run_and_not_what_was_said(made: Bench) -> None:
    watch = Notes()
    speaker = made.speaker(watch=watch)
    say(speaker, "440101199001010017")
    assert b"aplay -D default" in watch.told
    assert b"44010" not in watch.told
    made.simulated.simulate_mute()
    speaker.status()
    assert watch.incidents == [Incident.TIMEOUT]


@pytest.mark.parametrize(
    ("port", "device", "mixer"),
    [
        ("alsa:default", "default", "default"),
        ("alsa:plughw:CARD=PCH,DEV=0", "plughw:CARD=PCH,DEV=0", "hw:CARD=PCH"),
        ("alsa:hw:1,0", "hw:1,0", "hw:1"),
    ],
)
def test_port_texts(port: str, device: str, mixer: str) -> None:
    card = card_at(port)
    assert (card.device, card.mixer, dict(card.environment)) == (device, mixer, {})


@pytest.mark.parametrize("port", ["", "alsa:", "default", "/dev/snd"])
def test_a_port_that_is_none(port: str) -> None:
    assert AlsaSpeaker(port, ENGINE).status().state is State.NO_DEVICE


def test_selftest(made: Bench) -> None:
    checks = list(ALSA.selftest(made.speaker(), threading.Event()))
    assert [check for check in checks if not check.ok] == []
    assert sum("speaks" in check.name for check in checks) == 3
    made.simulated.simulate_busy()
    failed: list[Check] = [check for check in ALSA.selftest(made.speaker(), threading.Event()) if not check.ok]
    assert {check.name for check in failed} == {"plays a signal", *(f"speaks {each}" for each in Language)}


def test_every_common_verb(made: Bench) -> None:
    assert made.simulated.verbs().keys() >= COMMON_VERBS


def test_the_probe_lists_the_controls_and_plays_nothing(made: Bench) -> None:
    assert ALSA.probe
    finding = ALSA.probe.ask(Attachment(made.simulated.endpoint, "sound", description="card"), 1.0)
    assert finding
    assert (finding.sure, finding.model, "volume 70" in finding.evidence) == (True, "card", True)
    made.simulated.simulate_garbage()
    assert ALSA.probe.ask(Attachment(made.simulated.endpoint, "sound"), 1.0) is None
    made.simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        ALSA.probe.ask(Attachment(made.simulated.endpoint, "sound"), 1.0)
    assert not made.tray.exists()
