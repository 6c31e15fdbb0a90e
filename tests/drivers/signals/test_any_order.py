"""Lights, doors and mishaps in any order: what was confirmed is so, and in the end all is as it was asked for."""

from typing import Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from drivers.errors import DriverError
from drivers.signals.contract import Door, Light
from drivers.signals.device import Timings
from drivers.signals.numbers import LIGHTS
from drivers.signals.simulated import SimulatedBoard
from tests.drivers.signals.helpers import board_at, light, open_door

TIMINGS: Final = Timings(command=0.05, gap=0.03, busy=0.01, verify=0.0, pulse=0.0, presence_hold=0.0, slice=0.01)
VERBS: Final = ["open_door", "close_door", "plug", "heal", "restart", "wrong_unit", "illegal_address", "busy", "mute"]


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.simulated = SimulatedBoard()
        self.simulated.start()
        self.board = board_at(self.simulated, TIMINGS)
        self.wished: set[str] = set()
        self.actions = 0

    @rule(verb=st.sampled_from(VERBS))
    def happen(self, verb: str) -> None:
        self.simulated.verbs()[verb]("")

    @rule(verb=st.sampled_from(["unplug", "garbage"]), argument=st.integers(0, 200))
    def spoil(self, verb: str, argument: int) -> None:
        self.simulated.verbs()[verb](str(argument or ""))

    @rule(name=st.sampled_from([*LIGHTS]), on=st.booleans())
    def set_light(self, name: str, on: bool) -> None:
        (self.wished.add if on else self.wished.discard)(name)
        try:
            light(self.board, name, Light.ON if on else Light.OFF, timeout=0.02)
        except DriverError:
            return
        assert (name in self.lit()) is on

    @rule()
    def open_door(self) -> None:
        self.actions += 1
        try:
            open_door(self.board, str(self.actions), timeout=0.02)
        except DriverError:
            return
        assert self.simulated.state()["door"] == "open"
        assert self.simulated.state()["lock"] == "off"

    @rule()
    def repeat_last_action(self) -> None:
        """No other pulse, whatever became of the first; one that never began may begin now."""
        before = self.simulated.state()["door"]
        if self.actions:
            try:
                open_door(self.board, str(self.actions), timeout=0.02)
            except DriverError:
                return
            assert self.simulated.state()["door"] in (before, "open")

    @rule()
    def look(self) -> None:
        status = self.board.status()
        if status.door is not Door.UNKNOWN:
            assert status.door == self.simulated.state()["door"]

    def lit(self) -> set[str]:
        return set(self.simulated.state()["lights"].split(", ")) - {"none"}

    def teardown(self) -> None:
        self.simulated.simulate_heal()
        for _ in range(2):  # the first look may find that the line it holds is gone
            status = self.board.status()
        assert status.works  # pyright: ignore[reportPossiblyUnboundVariable]
        assert self.lit() == self.wished
        assert self.simulated.state()["lock"] == "off"
        self.board.close()
        self.simulated.close()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
