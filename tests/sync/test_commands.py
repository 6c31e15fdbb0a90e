"""What the centre tells a terminal is done once, whatever is lost and killed, and disturbs nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from central.fleet.wire import MOST_RESULTS, Heartbeat
from kiosk.sync.commands import Act, Desk, Done
from kiosk.sync.fleet_client import Command, Commands
from kiosk.sync.ledger import KEPT, Entry, Ledger

CENTRE_NOW = 1_790_000_000.0
ID = "01890000-0000-7000-8000-000000000000"


@dataclass
class Terminal:
    """With a program that can be killed."""

    folder: Path
    now: float = 50.0
    idle: bool = True
    done: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        acts: dict[str, Act] = {kind: self._act(kind) for kind in ("sync_now", "restart", "collect_bundle")}
        self.desk = Desk(Ledger(self.folder / "commands.json"), acts, clock=lambda: self.now)

    def told(self, *commands: Command, time: float = CENTRE_NOW) -> None:
        self.desk.take(Commands(time=time, commands=commands))
        self.desk.work(lambda: self.idle)

    def states(self) -> dict[str, str]:
        return {one["id"]: one["state"] for one in self.desk.untold()}

    def _act(self, kind: str) -> Act:
        def act(arguments: Mapping[str, str]) -> Done:
            self.done.append(kind)
            return Done("done", arguments.get("note", ""))

        return act


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def command(number: int, kind: str = "sync_now", *, seconds: float = 3600.0) -> Command:
    return Command(id=f"{number:036}", kind=kind, expires=CENTRE_NOW + seconds)


def test_a_command_that_comes_again_is_done_once_and_told_again(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.told(command(1))
        terminal.desk.told(terminal.desk.untold())
    terminal.told(command(1))

    assert terminal.done == ["sync_now"]
    assert terminal.states() == {command(1).id: "done"}


def test_nor_is_it_after_the_program_began_anew(terminal: Terminal) -> None:
    terminal.told(command(1))
    terminal.start()
    terminal.told(command(1))

    assert terminal.done == ["sync_now"]
    assert terminal.states() == {command(1).id: "done"}


def test_what_disturbs_waits_until_nobody_is_there(terminal: Terminal) -> None:
    terminal.idle = False
    terminal.told(command(1, "restart"), command(2))
    assert terminal.done == ["sync_now"]
    assert terminal.states()[command(1).id] == "accepted"

    terminal.idle = True
    terminal.told(command(1, "restart"))
    assert terminal.done == ["sync_now", "restart"]


def test_or_expires(terminal: Terminal) -> None:
    terminal.idle = False
    terminal.told(command(1, "restart", seconds=60.0))
    terminal.now += 60.0
    terminal.idle = True
    terminal.told()

    assert terminal.done == []
    assert terminal.states() == {command(1).id: "expired"}


def test_the_end_is_reckoned_by_the_clock_of_the_centre(terminal: Terminal) -> None:
    terminal.told(command(1), time=CENTRE_NOW + 7200.0)
    assert terminal.states() == {command(1).id: "expired"}


def test_what_it_has_no_means_for_it_says_so(terminal: Terminal) -> None:
    terminal.told(command(1, "update"), command(2, "dance"))
    assert terminal.states() == {command(1).id: "unsupported", command(2).id: "unsupported"}


@pytest.mark.parametrize(("kind", "state"), [("restart", "done"), ("collect_bundle", "failed")])
def test_killed_in_the_middle_it_is_not_begun_again(terminal: Terminal, kind: str, state: str) -> None:
    Ledger(terminal.folder / "commands.json").write(Entry(id=command(1).id, kind=kind, state="begun"))
    terminal.start()
    terminal.told(command(1, kind))

    assert terminal.done == []
    assert terminal.states() == {command(1).id: state}


def test_a_result_that_changed_while_it_was_told_is_told_again(terminal: Terminal) -> None:
    terminal.idle = False
    terminal.told(command(1, "restart"))
    accepted = terminal.desk.untold()
    terminal.idle = True
    terminal.told()
    terminal.desk.told(accepted)

    assert terminal.states() == {command(1).id: "done"}


def test_arguments_nobody_reckoned_with_end_the_command_and_nothing_else(terminal: Terminal) -> None:
    def act(arguments: Mapping[str, str]) -> Done:
        return Done("done", str(int(arguments["version"])))

    terminal.desk.learn({"reconfigure": act})
    bad = [{}, {"version": "x"}, {"version": "9" * 5000}]
    told = [
        Command(id=f"{number:036}", kind="reconfigure", expires=CENTRE_NOW + 60, arguments=one)
        for number, one in enumerate(bad)
    ]
    terminal.told(*told, command(9))
    assert terminal.states() == {one.id: "failed" for one in told} | {command(9).id: "done"}


def test_what_is_told_is_what_a_heartbeat_holds(terminal: Terminal) -> None:
    note = Command(
        id="1", kind="sync_now", expires=CENTRE_NOW + 60, arguments={"note": "first\nsecond\x7f\u2028" + "x" * 300}
    )
    terminal.told(note, *(command(number) for number in range(2, 120)))
    told = terminal.desk.untold()
    results = Heartbeat.model_validate({"program": "1", "uptime": 1, "results": [told[0] | {"id": ID}]}).results
    assert results[0].detail.startswith("first second ")

    seen: list[str] = []
    while told := terminal.desk.untold():
        assert len(told) <= MOST_RESULTS
        seen += [one["id"] for one in told]
        terminal.desk.told(told)
    assert len(set(seen)) == len(seen) == 119


def test_what_cannot_be_written_down_is_not_begun(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    terminal.folder = tmp_path / "file" / "folder"
    terminal.start()
    with pytest.raises(OSError):  # noqa: PT011 - which one is the kernel's affair
        terminal.told(command(1))

    assert terminal.done == []


def test_a_ledger_that_was_spoilt_is_begun_anew(terminal: Terminal) -> None:
    terminal.told(command(1))
    (terminal.folder / "commands.json").write_bytes(b'{"entries": [{"id"')
    terminal.start()
    terminal.told(command(2))

    assert terminal.done == ["sync_now", "sync_now"]


def test_the_ledger_does_not_grow_for_ever(terminal: Terminal) -> None:
    terminal.told(*(command(number) for number in range(KEPT + 20)))
    ledger = Ledger(terminal.folder / "commands.json")

    assert ledger.find(command(19).id) is None
    assert ledger.find(command(20).id)
