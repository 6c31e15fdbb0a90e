"""Entries of public credit."""

from datetime import timedelta

from central.province import words
from central.province.chance import Chance
from central.province.households import AS_OF
from central.province.records import Mark


def marks(chance: Chance, *, grown: bool) -> tuple[Mark, ...]:
    """Most people have none."""
    if not grown:
        return ()
    found: list[Mark] = []
    for good, share, choices in ((True, 0.2, words.GOOD_MARKS), (False, 0.04, words.BAD_MARKS)):
        if chance.happens(share):
            text, source = chance.pick(choices)
            found.append(Mark(good, text, source, chance.day(AS_OF - timedelta(days=900), AS_OF)))
    return tuple(found)
