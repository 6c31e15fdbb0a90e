import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import credentials as module
from offline_queue import sealed, suites
from offline_queue.credentials import BadIdentity, Credentials, CredentialStore, Grant, needs_renewal
from offline_queue.hashing import SUITES, Suite

TERMINAL = "GD440100"
SEAL = bytes(range(32))
DAY = 86400.0
START = 1_790_000_000.0
each_suite = pytest.mark.parametrize("suite", SUITES)


def some_credentials(suite: Suite = "standard", terminal: str = TERMINAL) -> Credentials:
    grant = Grant(
        terminal=terminal,
        key_id="key-1",
        certificate="",
        time=START,
        not_after=START + 90 * DAY,
        epoch=3,
        sealing_key=sealed.generate(suite)[1],
    )
    return Credentials(suites.generate(suite), grant)


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore(tmp_path / "identity", SEAL, TERMINAL)


def again(store: CredentialStore, tmp_path: Path) -> CredentialStore:
    """After a restart."""
    return CredentialStore(tmp_path / "identity", SEAL, store.terminal, store.suite)


def pem(credentials: Credentials | None) -> str:
    assert credentials
    return credentials.key.pem()


def test_before_enrolment_there_is_nothing(store: CredentialStore) -> None:
    assert store.load() is None


@each_suite
def test_what_was_committed_is_there_after_a_restart(tmp_path: Path, suite: Suite) -> None:
    store, earned = CredentialStore(tmp_path / "identity", SEAL, TERMINAL, suite), some_credentials(suite)
    store.commit(earned)
    loaded = again(store, tmp_path).load()
    assert loaded
    assert loaded.grant == earned.grant
    assert loaded.key_id == "key-1"
    earned.key.public().verify(loaded.key.sign(b"data"), b"data")


def test_the_key_that_is_asked_for_stays_the_same_until_there_is_an_answer(
    store: CredentialStore, tmp_path: Path
) -> None:
    asked = store.prepare().pem()
    assert store.prepare().pem() == again(store, tmp_path).prepare().pem() == asked
    store.commit(some_credentials())
    assert store.prepare().pem() != asked


def test_asking_for_a_key_leaves_the_identity_alone(store: CredentialStore, tmp_path: Path) -> None:
    earned = some_credentials()
    store.commit(earned)
    asked = store.prepare().pem()
    assert pem(again(store, tmp_path).load()) == pem(earned) != asked


def test_after_a_refusal_another_key_is_asked_for(store: CredentialStore) -> None:
    earned = some_credentials()
    store.commit(earned)
    asked = store.prepare().pem()
    store.withdraw()
    assert store.prepare().pem() != asked
    assert pem(store.load()) == pem(earned)


def test_a_disk_that_fails_leaves_the_identity_alone(store: CredentialStore, monkeypatch: pytest.MonkeyPatch) -> None:
    earned = some_credentials()
    store.commit(earned)

    def fails(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_over", fails)
    for change in (store.prepare, store.withdraw, lambda: store.commit(some_credentials())):
        with pytest.raises(OSError, match="space"):
            change()
    assert pem(store.load()) == pem(earned)


def test_another_terminals_identity_is_not_taken_for_ones_own(store: CredentialStore, tmp_path: Path) -> None:
    store.commit(some_credentials())
    assert CredentialStore(tmp_path / "identity", SEAL, "GD440101").load() is None


def test_each_suite_has_its_identity(store: CredentialStore, tmp_path: Path) -> None:
    store.commit(earned := some_credentials())
    other = CredentialStore(tmp_path / "identity", SEAL, TERMINAL, "gm")
    assert other.load() is None
    other.commit(some_credentials("gm"))
    assert pem(store.load()) == pem(earned)


def test_whoever_takes_the_disk_learns_no_key(store: CredentialStore, tmp_path: Path) -> None:
    store.commit(earned := some_credentials())
    asked = store.prepare()
    secrets = {line.encode() for key in (earned.key, asked) for line in key.pem().splitlines()[1:-1]}
    for file in (tmp_path / "identity").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert not any(secret in file.read_bytes() for secret in secrets)


def test_with_another_seal_it_cannot_be_read_and_can_be_earned_again(store: CredentialStore, tmp_path: Path) -> None:
    store.commit(some_credentials())
    other = CredentialStore(tmp_path / "identity", bytes(32), TERMINAL)
    with pytest.raises(BadIdentity, match="enrol it again"):
        other.load()
    other.prepare()
    other.commit(earned := some_credentials())
    assert pem(other.load()) == pem(earned)


def test_a_damaged_file_is_told(store: CredentialStore, tmp_path: Path) -> None:
    store.commit(some_credentials())
    file = next((tmp_path / "identity").glob("*.identity"))
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole[: len(whole) // 2], bytes(len(whole)), whole[:40] + b"?" + whole[41:]):
        file.write_bytes(damaged)
        with pytest.raises(BadIdentity):
            store.load()


def test_only_one_process_at_a_time_asks(store: CredentialStore, tmp_path: Path) -> None:
    with store.alone():
        lock = os.open(next((tmp_path / "identity").glob("*.lock")), os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)


@given(st.floats(0, 90))
def test_it_is_renewed_in_the_last_third_of_its_life(days: float) -> None:
    assert needs_renewal(some_grant, START + days * DAY) == (days >= 60)


def test_it_is_renewed_when_it_has_ended() -> None:
    assert needs_renewal(some_grant, START + 1000 * DAY)


some_grant = some_credentials().grant
