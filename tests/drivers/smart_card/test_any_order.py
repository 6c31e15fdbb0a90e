"""Cards, mishaps and readings in any order: what is read is what is in the reader, and in the end it works."""

from collections.abc import Callable
from typing import Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from drivers.contract import Media
from drivers.errors import DriverError
from drivers.smart_card.device import Timings
from drivers.smart_card.simulated import SimulatedCardReader
from drivers.smart_card.specimens import SPECIMENS
from tests.drivers.smart_card.helpers import read, reader_at

TIMINGS: Final = Timings(poll=0.005, command=0.05, read=0.5)
NUMBERS: Final = {"person": "A00000017", "other": "B00000025", "expired": "A00000017"}


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.simulated = SimulatedCardReader()
        self.simulated.start()
        self.reader = reader_at(self.simulated, TIMINGS)

    @rule(name=st.sampled_from([*SPECIMENS]))
    def put(self, name: str) -> None:
        self.simulated.simulate_put(name)

    @rule(verb=st.sampled_from(["take", "take_during_read", "mute_card", "plug", "heal", "service_down", "mute"]))
    def happen(self, verb: str) -> None:
        self.simulated.verbs()[verb]("")

    @rule(verb=st.sampled_from(["unplug", "garbage"]), argument=st.integers(0, 400))
    def spoil(self, verb: str, argument: int) -> None:
        self.simulated.verbs()[verb](str(argument or ""))

    @rule()
    def read(self) -> None:
        before = self.simulated.state()["card"]
        try:
            card = read(self.reader, timeout=0.01)
        except DriverError:
            return
        assert card.card_number == NUMBERS[before]

    @rule()
    def look(self) -> None:
        before = self.simulated.state()["card"]
        status = self.reader.status()
        if status.card is Media.PRESENT:
            assert before != "none"

    @rule()
    def close(self) -> None:
        self.reader.close()

    def teardown(self) -> None:
        self.simulated.simulate_heal()
        self.simulated.simulate_put("other")
        assert _again(lambda: read(self.reader).card_number) == NUMBERS["other"]
        self.reader.close()
        self.simulated.close()


def _again(work: Callable[[], str]) -> str:
    """The first try may find that the line it holds is gone."""
    try:
        return work()
    except DriverError:
        return work()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
