"""Makes the province, batch by batch: whoever is interrupted goes on behind the last batch that was kept."""

from collections.abc import Callable
from typing import Final

from central.province.cast import cast, cast_firms
from central.province.dossiers import dossiers
from central.province.firms import PERSONS as PERSONS_OF_A_FIRM
from central.province.firms import firm
from central.province.households import SIZE
from central.province.places import places
from central.province.register import Register
from central.storage.database import Storage
from central.storage.province import Standing

SEED: Final = "guangdong"
_BATCH: Final = 2000
"""Persons. A whole number of firms and households."""


class ProvinceError(Exception):
    """The province cannot be made."""


class OtherSeed(ProvinceError):
    """There is a province of another seed: name that seed to make it larger, or begin anew with --anew."""


def begin(storage: Storage, register: Register, seed: str = SEED) -> None:
    """The places and the cast, unless they are there. Raises ``StorageUnavailable``."""
    with storage.reading() as transaction:
        if transaction.provinces.standing():
            return
    people, firms, all_places = cast(), list(cast_firms()), list(places(seed))
    with storage.transaction() as transaction:
        transaction.provinces.hold()
        if transaction.provinces.standing() is None:  # another worker may have been as fast
            register.add(transaction, people, firms)
            register.add_places(transaction, all_places)
            transaction.provinces.stand(Standing(seed, 0))


def clear(storage: Storage) -> None:
    """Raises ``StorageUnavailable``."""
    with storage.transaction() as transaction:
        transaction.provinces.clear()


def grow(
    storage: Storage, register: Register, persons: int, seed: str, tell: Callable[[int], None] = lambda _: None
) -> None:
    """Up to so many ``persons``, rounded up to whole households; those that are there stay. ``tell`` is given how many
    there are. Raises :class:`OtherSeed`, ``StorageUnavailable``.
    """
    wanted = -(-persons // SIZE) * SIZE
    while (first := _standing(storage, seed)) < wanted:
        tell(first)
        _add(storage, register, seed, first, min(wanted, (first // _BATCH + 1) * _BATCH))
    tell(first)


def grow_first(storage: Storage, register: Register, persons: int) -> None:
    """Up to so many, of whichever seed it is. Raises ``StorageUnavailable``."""
    with storage.reading() as transaction:
        standing = transaction.provinces.standing()
    if standing and standing.persons < persons:
        grow(storage, register, persons, standing.seed)


def _standing(storage: Storage, seed: str) -> int:
    with storage.reading() as transaction:
        standing = transaction.provinces.standing()
    if standing is None or standing.seed != seed:
        raise OtherSeed
    return standing.persons


def _add(storage: Storage, register: Register, seed: str, first: int, end: int) -> None:
    people = [one for block in range(first // SIZE, end // SIZE) for one in dossiers(seed, block)]
    firms = [firm(seed, index) for index in range(-(-first // PERSONS_OF_A_FIRM), -(-end // PERSONS_OF_A_FIRM))]
    with storage.transaction() as transaction:
        transaction.provinces.hold()
        if transaction.provinces.standing() == Standing(seed, first):  # nobody else has gone on from here
            register.add(transaction, people, firms)
            transaction.provinces.stand(Standing(seed, end))
