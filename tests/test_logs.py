"""Records are single lines, and personal numbers (synthetic here) do not get through."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.logs import MASK, OneLine, file_of, redact

CITIZEN = "11010519491231002X"
OLD_CITIZEN = "110105491231002"
FOREIGNER_2017 = "PAK310080010103"
FOREIGNER_2023 = "931586198001010028"
MOBILE = "13800138000"
PERSONAL = [CITIZEN, CITIZEN.lower(), OLD_CITIZEN, FOREIGNER_2017, FOREIGNER_2023, MOBILE]
IN_GROUPS = ["110105 19491231 002X", "110105-19491231-002x", "138 0013 8000", "86-138-0013-8000", "8613800138000"]


@pytest.mark.parametrize("number", PERSONAL + IN_GROUPS)
@pytest.mark.parametrize("around", ["{}", "号码{}有误", "a={},b", "x{}y", "'{}'", "\n{}\n"])
def test_number_is_masked_in_any_surroundings(number: str, around: str) -> None:
    assert redact(around.format(number)) == around.format(MASK)


def test_fullwidth_digits_are_masked_too() -> None:
    assert redact("\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10") == MASK


@pytest.mark.parametrize(
    "text",
    [
        "GD4401001-000042-K",
        "2026-01-31 09:15:02.123",
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        "1769850902.1234567",
        "12345678901",
        "tcp://192.168.100.200:9100",
        "05.03-20190101-0012345678-1234567890",
        "1234567890123456789012",
    ],
)
def test_other_numbers_stay_readable(text: str) -> None:
    assert redact(text) == text


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("kiosk.part", logging.WARNING, __file__, 1, message, args, info)


def test_line_has_time_level_process_logger_and_message() -> None:
    line = OneLine("sync").format(record("%s tries", 3))
    date, time, rest = line.split(" ", 2)
    assert (len(date), len(time)) == (10, 12)
    assert rest == "WARNING sync kiosk.part: 3 tries"


def test_arguments_and_exception_texts_are_masked_and_on_one_line() -> None:
    try:
        raise ValueError(f"card {CITIZEN}") from KeyError(MOBILE)
    except ValueError as error:
        line = OneLine("ui").format(record("phone %s\nnext", MOBILE, error=error))
    assert "\n" not in line
    assert CITIZEN not in line
    assert MOBILE not in line
    assert f"phone {MASK} | next | " in line
    assert line.endswith(f"ValueError: card {MASK}")


def test_message_that_does_not_fit_its_arguments_is_told_without_them() -> None:
    line = OneLine("ui").format(record("%d cards", MOBILE))
    assert line.endswith("log message does not fit its arguments: '%d cards'")


def test_control_characters_cannot_forge_a_line() -> None:
    line = OneLine("ui").format(record("a\x1b[2Jb\u2028c\x00"))
    assert line.endswith("a?[2Jb?c?")


PROGRAM = f"""
import logging, sys, threading, warnings
from pathlib import Path
from kiosk import logs
logs.set_up("ui", "info", Path(sys.argv[1]) if sys.argv[1:] else None, max_megabytes=1, keep=2)
logging.getLogger("kiosk.x").debug("not this")
for number in range(int(sys.argv[2]) if sys.argv[2:] else 1):
    logging.getLogger("kiosk.x").info("record %d " + "." * 1000, number)
warnings.warn("warned {MOBILE}")
def fail(): raise RuntimeError("thread {CITIZEN}")
thread = threading.Thread(target=fail, name="reader"); thread.start(); thread.join()
raise RuntimeError("main {CITIZEN}")
"""


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    root = Path(__file__).parents[1]
    return subprocess.run([sys.executable, "-c", PROGRAM, *args], cwd=root, text=True, capture_output=True, check=False)


def test_uncaught_exceptions_and_warnings_come_as_masked_records() -> None:
    done = run()
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert len(lines) == 4
    assert all(" ui " in line for line in lines)
    assert "uncaught exception in thread reader" in lines[2]
    assert lines[3].endswith(f"RuntimeError: main {MASK}")
    assert CITIZEN not in done.stderr
    assert MOBILE not in done.stderr


def test_each_process_has_a_file_that_rotates(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "kiosk.log"
    done = run(str(file), "4000")
    assert done.stderr == ""
    sizes = {path.name: path.stat().st_size for path in file.parent.iterdir()}
    assert set(sizes) == {"kiosk-ui.log", "kiosk-ui.log.1", "kiosk-ui.log.2"}
    assert max(sizes.values()) <= 1 << 20
    assert "uncaught exception" in file_of(file, "ui").read_text(encoding="utf-8")
