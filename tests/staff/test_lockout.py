"""Five wrong PINs lock, every further one doubles, and neither a restart nor the clock helps."""

from pathlib import Path

import pytest

from kiosk.staff.lockout import FRESH, Lockout, LockoutFile, after_failure, lock_length, locked_seconds, not_in_future

NOW = 1_769_850_902.0


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (10, 480), (11, 900), (12, 900), (9999, 900)]
)
def test_lock_doubles_to_its_limit(failures: int, seconds: float) -> None:
    assert lock_length(failures) == seconds


def test_lock_runs_out() -> None:
    state = Lockout(4, NOW)
    assert locked_seconds(state, NOW) == 0
    state = after_failure(state, NOW)
    assert locked_seconds(state, NOW) == 15
    assert locked_seconds(state, NOW + 14.2) == 1
    assert locked_seconds(state, NOW + 15) == 0


def test_failure_after_the_lock_ran_out_locks_for_longer() -> None:
    assert locked_seconds(after_failure(Lockout(5, NOW), NOW + 1000), NOW + 1000) == 30


def test_clock_set_back_starts_the_lock_anew_and_no_more() -> None:
    state = not_in_future(Lockout(5, NOW), NOW - 86400)
    assert locked_seconds(state, NOW - 86400) == 15
    assert not_in_future(state, NOW) == state


def test_restart_does_not_reset(tmp_path: Path) -> None:
    path = tmp_path / "lockout.json"
    LockoutFile(path).save(Lockout(7, NOW))
    assert LockoutFile(path).load(NOW) == Lockout(7, NOW)


def test_without_a_file_nobody_failed(tmp_path: Path) -> None:
    assert LockoutFile(tmp_path / "lockout.json").load(NOW) == FRESH


NO_JSON = [b"", b"{", b"[]", b"\x00\xff", b"[" * 100_000]
NO_COUNT = [b'{"failures": %s, "failed_at": 0}' % count for count in (b"-9", b'"x"', b"null")]
NO_TIME = [b'{"failures": 9, "failed_at": %s}' % time for time in (b"NaN", b"-Infinity", b"null", b"1e999")]


@pytest.mark.parametrize("content", [*NO_JSON, b'{"failures": 1}', *NO_COUNT, *NO_TIME])
def test_damaged_file_counts_as_locked_now(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lockout.json"
    path.write_bytes(content)
    assert locked_seconds(LockoutFile(path).load(NOW), NOW) == 15


def test_disk_that_cannot_be_written_does_not_open_the_lock(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    lockout = LockoutFile(tmp_path / "file" / "lockout.json")
    lockout.save(Lockout(6, NOW))
    assert lockout.load(NOW) == Lockout(6, NOW)
    assert "lockout cannot be kept" in caplog.text
