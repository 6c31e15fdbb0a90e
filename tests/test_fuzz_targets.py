"""A short run of what ``make fuzz`` runs long, without its fuzzer: seeds, damaged seeds and noise."""

import random

import pytest

from drivers.registry import table
from fuzz.promises import Broken, expect, portions, redactor, same_in_portions
from fuzz.targets import TARGETS

BYTES = 20_000
LONGEST = 300


def inputs(name: str) -> list[bytes]:
    """About so many bytes, the same ones every time."""
    chance = random.Random(name)
    made, size = list(TARGETS[name].seeds), 0
    while size < BYTES:
        seed = bytearray(chance.choice(TARGETS[name].seeds)[:LONGEST] + chance.randbytes(chance.randrange(4)))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(seed) + 1)
            seed[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        made.append(bytes(seed) if chance.random() < 0.8 else chance.randbytes(chance.randrange(LONGEST)))
        size += len(made[-1])
    return made


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_keeps_its_promises(name: str) -> None:
    for data in inputs(name):
        TARGETS[name].run(data)


def test_every_drivers_redactor_is_fuzzed() -> None:
    ids = {driver.id for drivers in table().values() for driver in drivers.values()}
    assert {name.removesuffix(" redactor") for name in TARGETS if name.endswith(" redactor")} == ids


def test_a_broken_promise_is_seen() -> None:
    class Shortens:
        def sent(self, data: bytes) -> bytes:
            return data

        def received(self, data: bytes) -> bytes:
            return data[1:]

    with pytest.raises(Broken):
        redactor(Shortens)(portions(b"out", b"in"))
    with pytest.raises(Broken):
        same_in_portions(lambda cuts: len(list(cuts)), b"ab")
    with pytest.raises(Broken):
        expect([], "something")
