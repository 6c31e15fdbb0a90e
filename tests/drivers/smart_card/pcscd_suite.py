"""The driver over a real pcscd with a virtual card. Run by ``test_pcscd``, in namespaces of its own."""

import os
import signal
import subprocess
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from drivers.contract import Media, State
from drivers.discovery import Attachment
from drivers.errors import NotConnected
from drivers.monitor import Monitor
from drivers.replay import ReplayPort
from drivers.smart_card.contract import CardMute, CardUnreadable, NotSocialSecurityCard, PinRequired, ServiceDown
from drivers.smart_card.device import SocialSecurityCardReader, Timings
from drivers.smart_card.driver import PCSC
from drivers.smart_card.pcsc_transport import PcscTransport
from drivers.smart_card.simulated_vpcd import VpcdCard
from drivers.smart_card.traced import TracedTransport
from drivers.smart_card.vpcd_transport import VpcdTransport
from drivers.trace import Header, save
from tests.drivers.smart_card.helpers import PATIENCE, read
from tests.waiting import eventually

TIMINGS: Final = Timings(poll=0.05, command=2.0)
SOCKET: Final = Path("/run/pcscd/pcscd.comm")
READER: Final = "Virtual PCD 00 00"


class Service:
    """pcscd with Debian's two virtual readers."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(["pcscd", "--foreground"], stdout=subprocess.DEVNULL)
        eventually(SOCKET.exists, "pcscd")

    def hang(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)  # until the last of its threads stands still

    def go_on(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            SOCKET.unlink(missing_ok=True)
            self._process = None


@pytest.fixture
def service() -> Generator[Service]:
    made = Service()
    made.start()
    yield made
    made.kill()


@pytest.fixture
def card(service: Service) -> Generator[VpcdCard]:
    made = VpcdCard()
    yield made
    made.take()


@pytest.fixture
def reader() -> Generator[SocialSecurityCardReader]:
    made = SocialSecurityCardReader(PcscTransport("virtual pcd 00"), timings=TIMINGS)
    yield made
    made.close()


def put(card: VpcdCard, reader: SocialSecurityCardReader, name: str) -> None:
    eventually(lambda: reader.status().state is State.ONLINE, "the reader")
    card.put(name)
    eventually(lambda: reader.status().card is Media.PRESENT, "the card")


def moves() -> int:
    """How often the service saw a card come or go."""
    transport = PcscTransport()
    try:
        return transport.slot(PATIENCE, threading.Event()).moves
    finally:
        transport.close()


def test_a_card_is_read_taken_out_and_put_in_again(card: VpcdCard, reader: SocialSecurityCardReader) -> None:
    for name, number in (("person", "A00000017"), ("other", "B00000025")):
        put(card, reader, name)
        assert read(reader).card_number == number
        assert reader.card_present()
        card.take()
        eventually(lambda: reader.status().card is Media.ABSENT, "the removal")


def test_cards_that_cannot_be_read(card: VpcdCard, reader: SocialSecurityCardReader) -> None:
    for name, error in (("pin", PinRequired), ("bank", NotSocialSecurityCard)):
        put(card, reader, name)
        with pytest.raises(error):
            read(reader)
        card.take()
        eventually(lambda: reader.status().card is Media.ABSENT, "the removal")
    card.slot.chip_mute = True
    card.put("person")
    eventually(lambda: reader.status().state is State.USER_ERROR, "the mute card")
    with pytest.raises(CardMute):
        read(reader)


def test_taken_out_during_the_read(card: VpcdCard, reader: SocialSecurityCardReader) -> None:
    put(card, reader, "person")
    before = moves()
    card.slot.taken_at_record = 2
    with pytest.raises(CardUnreadable):
        read(reader)
    # pcscd looks into its virtual reader every 0.4 s; what it does not see taken out, it does not see put in
    eventually(lambda: moves() > before, "the removal")
    put(card, reader, "person")
    assert read(reader).name == "证件样本"


def test_the_service_dies_and_comes_back(service: Service, card: VpcdCard, reader: SocialSecurityCardReader) -> None:
    put(card, reader, "person")
    service.kill()
    card.take()
    status = reader.status()
    assert (status.state, status.fault) == (State.NO_DEVICE, "smart_card.service_down")
    with pytest.raises(ServiceDown):
        read(reader)
    service.start()
    put(card, reader, "person")
    assert read(reader).name == "证件样本"


def test_the_service_hangs_and_goes_on(service: Service, card: VpcdCard) -> None:
    reader = SocialSecurityCardReader(PcscTransport(), timings=Timings(command=0.3))
    put(card, reader, "person")
    service.hang()
    for _ in range(3):
        assert reader.status().fault == "smart_card.service_down"
    service.go_on()
    eventually(lambda: reader.status().state is State.ONLINE, "the service")
    assert read(reader).name == "证件样本"
    reader.close()


def test_another_program_holds_the_card(card: VpcdCard, reader: SocialSecurityCardReader) -> None:
    put(card, reader, "person")
    other = PcscTransport()
    other.connect(PATIENCE, threading.Event())
    assert reader.status().state is State.BUSY
    other.close()
    assert read(reader).name == "证件样本"


@pytest.mark.usefixtures("service")
def test_no_reader_of_that_name() -> None:
    reader = SocialSecurityCardReader(PcscTransport("acme"), timings=TIMINGS)
    assert reader.status().fault == "smart_card.not_connected"
    with pytest.raises(NotConnected, match="acme"):
        reader.card_present()
    reader.close()


@pytest.mark.usefixtures("service")
def test_the_probe_finds_a_reader_of_the_service() -> None:
    assert PCSC.probe
    finding = PCSC.probe.ask(Attachment(f"pcsc:{READER}", "smart_card"), PATIENCE)
    assert finding
    assert (finding.port, finding.model) == (f"pcsc:{READER}", READER)
    assert PCSC.probe.ask(Attachment("pcsc:ACME", "smart_card"), PATIENCE) is None


def test_a_trace_holds_no_person_and_can_be_replayed(card: VpcdCard, tmp_path: Path) -> None:
    """What was traced of PC/SC reads through the byte transport, with the values masked."""
    monitor = Monitor(PCSC.redactor())
    reader = SocialSecurityCardReader(TracedTransport(PcscTransport(), monitor), timings=TIMINGS)
    put(card, reader, "person")
    assert read(reader).name == "证件样本"
    reader.close()
    records = monitor.trace.records()
    assert not any("证件样本".encode("gbk") in record.data or b"110105" in record.data for record in records)
    save(tmp_path / "trace", Header("smart_card", "pcsc", "pcsc:", "2025-01-02T03:04:05+08:00"), records)
    replayed = SocialSecurityCardReader(VpcdTransport(ReplayPort(tmp_path / "trace", hurry=True)), timings=TIMINGS)
    assert read(replayed).name == "0" * 30
    replayed.close()
