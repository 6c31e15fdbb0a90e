"""The right PIN names its owner, a wrong one costs, and the file tells nothing."""

import json
from pathlib import Path

import pytest

from kiosk.staff.pin import (
    DEMO_STAFF,
    PinAnswer,
    PinRefused,
    PinVerifier,
    StaffFile,
    StaffFileError,
    hash_pin,
    pin_matches,
)

NOW = 1_769_850_902.0
ANNA, BO = "194837", "730215"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "staff.json"


@pytest.fixture
def staffed(path: Path) -> Path:
    staff = StaffFile(path)
    staff.add("s1", "样例甲", "staff", ANNA)
    staff.add("t1", "样例乙", "technician", BO)
    return path


def verifier(path: Path, demo_pin: str | None = None) -> PinVerifier:
    return PinVerifier(path, demo_pin, path.parent / "lockout.json")


def test_hash_is_salted_and_verifies() -> None:
    first, second = hash_pin(ANNA), hash_pin(ANNA)
    assert first != second
    assert pin_matches(ANNA, first)
    assert not pin_matches(BO, first)


def test_hash_verifies_against_a_value_made_elsewhere() -> None:
    """``openssl kdf -keylen 64 -kdfopt pass:194837 -kdfopt n:16384 -kdfopt r:8 -kdfopt hexsalt:00... SCRYPT``"""
    key = "FLc2UiwFBU8yRfKLHecW5hX5W52X6HFj8VrSS4tZt+YY9W7jX5JcjRkrIkGlS/EtKjxiNptl79TLuidtL89WjA=="
    assert pin_matches(ANNA, f"scrypt$16384$8$1$AAECAwQFBgcICQoLDA0ODw==${key}")


def test_file_names_the_owner(staffed: Path) -> None:
    staff = StaffFile.load(staffed)
    found = staff.verify(BO)
    assert found
    assert (found.id, found.name, found.role) == ("t1", "样例乙", "technician")
    assert staff.verify("000000") is None
    assert "样例乙" not in repr(found)


def test_file_is_for_its_owner_only_and_holds_no_pin(staffed: Path) -> None:
    assert staffed.stat().st_mode & 0o777 == 0o600
    assert ANNA not in staffed.read_text()
    assert [path.name for path in staffed.parent.iterdir()] == ["staff.json"]


@pytest.mark.parametrize(
    "pin", ["12345", "123456789", "12345a", "１２３４５６", "111111", "123456", "654321", "890123", ""]
)
def test_weak_pin_is_refused(path: Path, pin: str) -> None:
    with pytest.raises(PinRefused):
        StaffFile(path).add("s1", "样例甲", "staff", pin)
    assert not path.exists()


def test_pin_of_somebody_else_and_known_id_are_refused(staffed: Path) -> None:
    staff = StaffFile.load(staffed)
    with pytest.raises(PinRefused, match="somebody else"):
        staff.add("s2", "样例丙", "staff", ANNA)
    with pytest.raises(StaffFileError, match="s1 is in the file already"):
        staff.add("s1", "样例丙", "staff", "582046")
    assert len(StaffFile.load(staffed).entries) == 2


def test_new_pin_replaces_the_old_one(staffed: Path) -> None:
    StaffFile.load(staffed).change_pin("s1", "582046")
    staff = StaffFile.load(staffed)
    assert staff.verify(ANNA) is None
    found = staff.verify("582046")
    assert found
    assert (found.id, found.name, found.role) == ("s1", "样例甲", "staff")
    assert len(staff.entries) == 2


def test_new_pin_may_be_the_own_old_one_but_no_other_persons(staffed: Path) -> None:
    staff = StaffFile.load(staffed)
    assert staff.change_pin("s1", ANNA).id == "s1"
    with pytest.raises(PinRefused, match="somebody else"):
        staff.change_pin("s1", BO)
    with pytest.raises(StaffFileError, match="s9 is not in the file"):
        staff.change_pin("s9", "582046")


GOOD_ROW = {"id": "s1", "name": "n", "role": "staff", "hash": hash_pin(ANNA)}


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"version": 2, "staff": []}', b'{"version": 1, "staff": [1]}']
    + [
        json.dumps({"version": 1, "staff": [GOOD_ROW | change]}).encode()
        for change in (
            {"role": "king"},
            {"name": 1},
            {"extra": ""},
            {"hash": ""},
            {"hash": "md5$1$2$3$$"},
            {"hash": "scrypt$1073741824$8$1$AAAA$AAAA"},
            {"hash": "scrypt$16384$8$1$*$AAAA"},
        )
    ],
)
def test_damaged_file_recognises_nobody(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StaffFileError):
        StaffFile.load(path)
    assert verifier(path, demo_pin=ANNA).check(ANNA, NOW) == PinAnswer(None)


def test_right_and_wrong_pin(staffed: Path) -> None:
    check = verifier(staffed).check
    assert check(ANNA, NOW) == PinAnswer("s1")
    assert check("000000", NOW) == PinAnswer(None)
    assert check(BO, NOW) == PinAnswer("t1")


def test_fifth_wrong_pin_locks_even_against_the_right_one(staffed: Path) -> None:
    check = verifier(staffed).check
    assert [check("000000", NOW).locked_seconds for _ in range(5)] == [0, 0, 0, 0, 15]
    assert check(ANNA, NOW + 14) == PinAnswer(None, 1)
    assert check(ANNA, NOW + 15) == PinAnswer("s1")
    assert check("000000", NOW + 15) == PinAnswer(None)


def test_lock_survives_a_restart(staffed: Path) -> None:
    for _ in range(5):
        verifier(staffed).check("000000", NOW)
    assert verifier(staffed).check(ANNA, NOW) == PinAnswer(None, 15)


def test_a_guess_counts_before_it_is_looked_at(staffed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(_pin: str, _hash: str) -> bool:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("kiosk.staff.pin.pin_matches", power_cut)
        for _ in range(5):
            with pytest.raises(SystemExit):
                verifier(staffed).check(ANNA, NOW)
    assert verifier(staffed).check(ANNA, NOW) == PinAnswer(None, 15)


def test_demo_pin_counts_only_while_there_is_no_file(path: Path) -> None:
    assert verifier(path, "246810").check("246810", NOW) == PinAnswer(DEMO_STAFF)
    assert verifier(path, "246810").check("246811", NOW) == PinAnswer(None)
    assert verifier(path, None).check("246810", NOW) == PinAnswer(None)
    StaffFile(path).add("s1", "样例甲", "staff", ANNA)
    assert verifier(path, "246810").check("246810", NOW) == PinAnswer(None)
