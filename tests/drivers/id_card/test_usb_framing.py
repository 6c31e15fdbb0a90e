"""The bytes on USB endpoints, as vendors' samples have them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConnectionLost, NotConnected
from drivers.id_card.protocol import Command, ReplyParser, Status, encode, encode_reply
from drivers.id_card.simulated_usb import SimulatedUsbReader
from drivers.id_card.usb_framing import KINDS, REPORT, Framing, Hid, Miaxis, Split, UsbFraming
from drivers.id_card.usb_line import SamUsbPort, chosen
from drivers.usb.bus import Pipe
from drivers.usb.simulated import SimulatedBus

REQUEST = encode(Command.FIND_CARD)
REPLY = encode_reply(Status.SUCCESS, bytes(range(256)) * 4)


def test_single_pair() -> None:
    assert Framing().packets(REQUEST) == [REQUEST]


def test_split_pipes_part_behind_the_length() -> None:
    framing = Split()
    assert framing.packets(REQUEST) == [bytes.fromhex("AAAAAA96690003"), bytes.fromhex("200122")]
    assert framing.next_pair == 0
    framing.received(REPLY[:7])
    assert framing.next_pair == 1
    framing.received(REPLY[7:100])
    assert framing.next_pair == 1
    framing.received(REPLY[100:])
    assert framing.next_pair == 0


def test_split_pipes_after_noise_wait_for_the_next_head() -> None:
    framing = Split()
    assert framing.received(b"\x02\x00\x00\x01\x00\x33\x31") == b"\x02\x00\x00\x01\x00\x33\x31"
    assert framing.next_pair == 0
    framing.received(REPLY[:7])
    assert framing.next_pair == 1
    framing.reset()
    assert framing.next_pair == 0


def test_hid_reports_are_padded_and_stripped() -> None:
    framing = Hid()
    assert framing.packets(REQUEST) == [REQUEST.ljust(REPORT, b"\0")]
    reports = [REPLY[at : at + REPORT].ljust(REPORT, b"\0") for at in range(0, len(REPLY), REPORT)]
    assert b"".join(map(framing.received, reports)) == REPLY


def test_miaxis_wraps_the_frame() -> None:
    (report,) = Miaxis().packets(REQUEST)
    wrapped = report.rstrip(b"\0")
    assert wrapped[3:6] == bytes([len(REQUEST) + 1, 0, 0xB1])
    assert wrapped[6:16] == REQUEST
    assert int.from_bytes(wrapped[16:18], "little") == sum(wrapped[3:16])
    assert len(report) == REPORT


@given(st.sampled_from(list(KINDS)), st.lists(st.binary(max_size=80), max_size=20))
def test_whatever_comes_no_framing_grows_or_breaks(kind: UsbFraming, transfers: list[bytes]) -> None:
    framing = KINDS[kind]()
    for transfer in transfers:
        assert len(framing.received(transfer)) <= len(transfer)
        assert framing.next_pair < framing.pairs
    framing.reset()
    parser = ReplyParser()
    data = (b"\0\0" if kind is UsbFraming.MIAXIS else b"") + encode_reply(Status.SUCCESS)
    for portion in (data[:7], data[7:]) if kind is UsbFraming.SPLIT else (data,):
        parser.receive_data(framing.received(portion))
    assert getattr(parser.next_event(), "status", None) == Status.SUCCESS


@pytest.mark.parametrize(
    ("pipes", "kind"),
    [
        ((Pipe(0x02), Pipe(0x81), Pipe(0x06), Pipe(0x85)), UsbFraming.SPLIT),
        ((Pipe(0x01), Pipe(0x82)), UsbFraming.SINGLE),
        ((Pipe(0x01), Pipe(0x82), Pipe(0x83, "interrupt")), UsbFraming.SINGLE),
        ((Pipe(0x01, "interrupt"), Pipe(0x82, "interrupt")), UsbFraming.HID),
    ],
)
def test_the_endpoints_tell(pipes: tuple[Pipe, ...], kind: UsbFraming) -> None:
    assert chosen(pipes) is kind


def test_a_closed_port(tmp_path: Path) -> None:
    port = SamUsbPort(f"usb+unix:{tmp_path}/usb.sock:0400:c35a")
    for use in (lambda: port.read(1, 0.01), lambda: port.write(REQUEST, 0.01), port.discard_input):
        with pytest.raises(ConnectionLost):
            use()
    port.close()


def test_a_setting_that_the_endpoints_cannot_follow(tmp_path: Path) -> None:
    bus = SimulatedBus(tmp_path / "usb.sock")
    bus.start()
    simulated = SimulatedUsbReader(bus, UsbFraming.SINGLE)
    simulated.start()
    with pytest.raises(NotConnected, match="usb_framing = split"):
        SamUsbPort(simulated.endpoint, UsbFraming.SPLIT).open()
    simulated.close()
    bus.close()
