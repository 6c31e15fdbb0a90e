"""Speech in a process of its own."""

import os
import re
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.audio.contract import Language, NoVoice, Pcm, Unspeakable
from drivers.audio.engine import LONGEST, EspeakEngine
from drivers.audio.prompts import FixedPrompts
from drivers.audio.protocol import rms
from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded
from tests.drivers.audio.helpers import ENGINE, PATIENCE, SENTENCE
from tests.waiting import eventually

SENTENCES = {
    Language.ZH_HANS: (SENTENCE, "请把身份证"),
    Language.ZH_HANT: ("請將身份證放在讀卡器上。", "請將身份證"),
    Language.EN: ("Please lay your card on the reader.", "Please lay"),
}


def synthesize(text: str, language: Language = Language.ZH_HANS, engine: EspeakEngine = ENGINE) -> Pcm:
    return engine.synthesize(text, language, 1.0, timeout=PATIENCE, cancel=threading.Event())


def phonemes(text: str, language: Language) -> str:
    return ENGINE.phonemes(text, language, timeout=PATIENCE, cancel=threading.Event())


@pytest.mark.parametrize("language", Language)
def test_a_sentence_sounds_for_a_plausible_time(language: Language) -> None:
    sentence, beginning = SENTENCES[language]
    spoken = synthesize(sentence, language)
    assert 1.0 < spoken.seconds < 6.0
    assert rms(spoken) > 0.03
    assert synthesize(beginning, language).seconds < spoken.seconds


@pytest.mark.parametrize("language", [Language.ZH_HANS, Language.ZH_HANT])
def test_every_chinese_character_is_a_syllable_with_a_tone(language: Language) -> None:
    """The voice of Debian's espeak-ng 1.51 spells Mandarin in English letters."""
    sentence, _ = SENTENCES[language]
    spoken = phonemes(sentence, language)
    assert len(re.findall(r"\d+", spoken)) == len(sentence.rstrip("。"))
    assert "(en)" not in spoken


def test_mandarin_cantonese_and_english_differ() -> None:
    assert phonemes("人", Language.ZH_HANS) != phonemes("人", Language.ZH_HANT)
    assert len({phonemes("OK", language) for language in Language}) == 3


def test_faster_is_shorter() -> None:
    slow, fast = (
        ENGINE.synthesize(SENTENCE, Language.ZH_HANS, rate, timeout=PATIENCE, cancel=Cancel()) for rate in (0.7, 1.5)
    )
    assert fast.seconds < slow.seconds


@pytest.mark.parametrize("text", ["", "x" * (LONGEST + 1)])
def test_what_cannot_be_spoken(text: str) -> None:
    with pytest.raises(Unspeakable):
        synthesize(text)


@pytest.mark.parametrize("text", ["a\nb", "\0", "<speak>&", "😀", "\\", "%d%s"])
def test_odd_texts_are_spoken_or_silent(text: str) -> None:
    assert synthesize(text).hz == 22050
    assert synthesize(SENTENCE).seconds > 1


# --- the process ------------------------------------------------------------------------------------------------------


def test_the_library_is_not_loaded_into_this_process() -> None:
    synthesize(SENTENCE)
    assert "libespeak" not in Path("/proc/self/maps").read_text()
    assert "libespeak" in Path(f"/proc/{ENGINE.pid}/maps").read_text()
    assert "espeakng_loader" not in sys.modules


def test_a_process_that_died_gets_a_successor() -> None:
    synthesize(SENTENCE)
    first = ENGINE.pid
    assert first
    os.kill(first, signal.SIGKILL)
    eventually(lambda: Path(f"/proc/{first}/stat").read_text().split(") ")[1][0] == "Z", "the end of it")
    assert synthesize(SENTENCE).seconds > 1
    assert ENGINE.pid != first


def test_it_starts_when_needed_and_ends_when_it_rests() -> None:
    now = [0.0]
    engine = EspeakEngine(idle=60, clock=lambda: now[0])
    assert engine.pid is None
    synthesize("一", engine=engine)
    engine.rest()
    assert engine.pid
    now[0] = 61.0
    engine.rest()
    assert engine.pid is None
    synthesize("二", engine=engine)
    engine.close()
    engine.close()
    assert engine.pid is None


@pytest.mark.parametrize(
    "program",
    [
        "",
        "print('no json', flush=True); input()",
        "print('[]', flush=True); input()",
        'print(\'{"hz": 1, "bytes": 99999999999}\', flush=True); input()',
        'print(\'{"hz": 22050, "bytes": 9}\', flush=True)',
        "print('x' * 9999999)",
    ],
)
def test_a_program_that_is_no_engine(program: str) -> None:
    with pytest.raises(NoVoice):
        synthesize("一", engine=EspeakEngine((sys.executable, "-c", program)))


def test_no_program_at_all() -> None:
    with pytest.raises(NoVoice):
        synthesize("一", engine=EspeakEngine(("/nowhere/espeak",)))


def test_a_silent_program() -> None:
    engine = EspeakEngine((sys.executable, "-c", "while True: input()"))
    with pytest.raises(DeadlineExceeded):
        engine.synthesize("一", Language.EN, 1.0, timeout=0.1, cancel=threading.Event())
    assert engine.pid is None
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(engine.synthesize, "一", Language.EN, 1.0, timeout=PATIENCE, cancel=cancel)
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    assert engine.pid is None


# --- fixed prompts ----------------------------------------------------------------------------------------------------


class Counting:
    """An engine that counts."""

    def __init__(self) -> None:
        self.asked = 0

    def synthesize(self, text: str, language: Language, rate: float, *, timeout: float, cancel: Cancel) -> Pcm:
        del text, language, rate, timeout, cancel
        self.asked += 1
        return Pcm(b"\1\0" * self.asked, 8000)

    def rest(self) -> None: ...

    def close(self) -> None: ...


def test_a_fixed_prompt_is_made_once(tmp_path: Path) -> None:
    engine = Counting()

    def get(text: str, language: Language = Language.EN, voice: str = "v1", folder: Path = tmp_path) -> Pcm:
        prompts = FixedPrompts(folder, engine, voice)
        return prompts.get(text, language, 1.0, timeout=1, cancel=threading.Event())

    assert get("hello") == get("hello") == Pcm(b"\1\0", 8000)
    assert engine.asked == 1
    assert [get("other"), get("hello", Language.ZH_HANS), get("hello", voice="v2")]
    assert engine.asked == 4
    assert all("hello" not in name.name for name in tmp_path.iterdir())
    for file in tmp_path.iterdir():
        file.write_bytes(b"broken")
    get("hello")
    assert engine.asked == 5
    (tmp_path / "file").touch()
    assert get("hello", folder=tmp_path / "file").hz == 8000  # no folder can be made there
