import socket
from collections.abc import Callable, Generator

import pytest

from drivers.discovery import Attachment
from drivers.hotplug import Debounce, Hotplug, kernel_bell, rings
from tests.waiting import eventually

A, B = (Attachment(port, "serial") for port in ("/dev/a", "/dev/b"))
NEVER = 1000.0
USB = b"add@/devices/usb1\0ACTION=add\0SUBSYSTEM=usb\0"

Change = tuple[tuple[Attachment, ...], tuple[Attachment, ...]]


def test_a_change_is_believed_when_it_was_seen_twice() -> None:
    debounce = Debounce([A])
    assert debounce.look([A, B]) == ((), ())
    assert not debounce.settled
    assert debounce.look([A, B]) == ((B,), ())
    assert debounce.settled
    assert debounce.look([B]) == ((), ())
    assert debounce.look([B]) == ((), (A,))


def test_what_is_back_at_once_was_never_gone() -> None:
    debounce = Debounce([A])
    for seen in ([], [A], [], [A]):
        assert debounce.look(seen) == ((), ())
    assert debounce.settled


def test_a_device_that_flickers_does_not_hold_up_another() -> None:
    debounce = Debounce([])
    debounce.look([A, B])
    assert debounce.look([B]) == ((B,), ())


class World:
    def __init__(self) -> None:
        self.there: list[Attachment] = [A]
        self.looks = 0
        self.told: list[Change] = []

    def scan(self) -> list[Attachment]:
        self.looks += 1
        return list(self.there)

    def on_change(self, added: tuple[Attachment, ...], removed: tuple[Attachment, ...]) -> None:
        self.told.append((added, removed))
        if added == (A,):
            raise ZeroDivisionError


Start = Callable[..., Hotplug]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def start(world: World) -> Generator[Start]:
    started: list[Hotplug] = []

    def _start(poll: float, bell: socket.socket | None = None) -> Hotplug:
        started.append(Hotplug(world.scan, world.on_change, poll, settle=0.001, bell=bell))
        started[-1].start()
        eventually(lambda: world.looks)
        return started[-1]

    yield _start
    for hotplug in started:
        hotplug.close()
        hotplug.close()


def test_by_poll_alone(world: World, start: Start) -> None:
    start(0.001)
    world.there = [B]
    eventually(lambda: world.told)
    assert [added for added, _ in world.told if added] == [(B,)]
    assert [removed for _, removed in world.told if removed] == [(A,)]


def test_what_is_there_at_the_start_is_no_news(world: World, start: Start) -> None:
    start(0.001)
    eventually(lambda: world.looks > 5)
    assert world.told == []


def test_the_bell_makes_it_look_now(world: World, start: Start) -> None:
    bell, kernel = socket.socketpair(type=socket.SOCK_DGRAM)
    bell.settimeout(0)
    with kernel:
        start(NEVER, bell)
        world.there = [A, B]
        kernel.send(USB)
        assert eventually(lambda: world.told) == [((B,), ())]


def test_what_the_receiver_does_wrong_is_not_the_end(world: World, start: Start) -> None:
    world.there = []
    start(0.001)
    world.there = [A]
    eventually(lambda: ((A,), ()) in world.told)
    world.there = []
    eventually(lambda: ((), (A,)) in world.told)


def test_closed_before_it_was_started(world: World) -> None:
    hotplug = Hotplug(world.scan, world.on_change)
    hotplug.close()
    assert world.looks == 0


def test_only_what_concerns_devices_rings() -> None:
    bell, kernel = socket.socketpair(type=socket.SOCK_DGRAM)
    bell.settimeout(0)
    with bell, kernel:
        kernel.send(b"change@/devices/virtual/bdi\0SUBSYSTEM=bdi\0")
        assert not rings(bell)
        for message in (b"change@/x\0SUBSYSTEM=block\0", USB, b"change@/y\0SUBSYSTEM=net\0"):
            kernel.send(message)
        assert rings(bell)
        assert not rings(bell)


def test_the_kernels_bell() -> None:
    bell = kernel_bell()
    if bell is None:
        pytest.skip("messages of the kernel are forbidden here")
    with bell:
        assert rings(bell) in (False, True)
        assert bell.family == socket.AF_NETLINK
