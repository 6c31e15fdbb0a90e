import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import State
from drivers.errors import ProtocolError, Who
from drivers.power import protocol
from drivers.power.contract import Battery, Supply
from drivers.power.protocol import NutRedactor, Reply, ReplyParser, command, split

LIST = (
    b"BEGIN LIST VAR hall\n"
    b'VAR hall battery.charge "97"\n'
    b'VAR hall device.model "Smart \\"UPS\\" \\\\ 1000"\n'
    b'VAR hall ups.alarm ""\n'
    b'VAR hall ups.status "OL CHRG"\n'
    b"END LIST VAR hall\n"
)
VARIABLES = {
    "battery.charge": "97",
    "device.model": 'Smart "UPS" \\ 1000',
    "ups.alarm": "",
    "ups.status": "OL CHRG",
}


def parsed(*portions: bytes) -> Reply | None:
    parser, reply = ReplyParser(), None
    for portion in portions:
        assert reply is None
        parser.receive_data(portion)
        reply = parser.next_reply()
    return reply


# --- bytes -----------------------------------------------------------------------------------------------------------


def test_a_list_whole() -> None:
    reply = parsed(LIST)
    assert reply
    assert protocol.variables(reply) == VARIABLES


def test_a_list_byte_by_byte() -> None:
    assert parsed(*(LIST[at : at + 1] for at in range(len(LIST)))) == parsed(LIST)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"OK\n", Reply((("OK",),))),
        (b"OK TRACKING 12\r\n", Reply((("OK", "TRACKING", "12"),))),
        (b"ERR DATA-STALE\n", Reply(error="DATA-STALE")),
        (b'ERR INVALID-ARGUMENT "why"\n', Reply(error="INVALID-ARGUMENT")),
        (b"BEGIN LIST UPS\nEND LIST UPS\n", Reply(is_list=True)),
    ],
)
def test_other_replies(line: bytes, reply: Reply) -> None:
    assert parsed(line) == reply


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0\0\0\n",
        b"BEGIN LIST VAR hall\nUPS hall\n",
        b"x" * 5000,
        b"BEGIN LIST VAR hall\n" + b'VAR hall a "b"\n' * 10_000,
    ],
)
def test_what_is_no_reply(garbage: bytes) -> None:
    with pytest.raises(ProtocolError):
        parsed(garbage)


def test_a_list_of_something_else_is_no_list_of_variables() -> None:
    with pytest.raises(ProtocolError):
        protocol.variables(Reply((("UPS", "hall", "a UPS"),), is_list=True))


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_any_bytes_are_a_reply_or_an_error_or_nothing_yet(portions: list[bytes]) -> None:
    parser = ReplyParser()
    for portion in portions:
        parser.receive_data(portion)
        try:
            parser.next_reply()
        except ProtocolError:
            return


@given(st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="\n"), min_size=1))
def test_what_is_quoted_is_read_again(word: str) -> None:
    line = command("PASSWORD", word) if word.isprintable() else b""
    assert not line or split(line.decode().removesuffix("\n")) == ("PASSWORD", word)


def test_a_name_makes_no_second_command() -> None:
    with pytest.raises(ProtocolError):
        command("LIST", "VAR", "hall\nFSD hall")


def test_a_trace_keeps_no_password() -> None:
    line = command("PASSWORD", "sesame")
    redacted = NutRedactor().sent(line)
    assert b"sesame" not in redacted
    assert len(redacted) == len(line)
    assert NutRedactor().sent(b"LIST UPS\n") == b"LIST UPS\n"


# --- meaning ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "state", "fault", "who", "supply", "battery"),
    [
        ("OL", State.ONLINE, "", Who.NOBODY, Supply.MAINS, Battery.OK),
        ("OL CHRG BOOST", State.ONLINE, "", Who.NOBODY, Supply.MAINS, Battery.OK),
        ("OL HB", State.ONLINE, "", Who.NOBODY, Supply.MAINS, Battery.OK),
        ("OB DISCHRG", State.DEGRADED, "power.on_battery", Who.STAFF, Supply.BATTERY, Battery.OK),
        ("OB DISCHRG LB", State.DEGRADED, "power.battery_low", Who.STAFF, Supply.BATTERY, Battery.LOW),
        ("OL LB CHRG", State.DEGRADED, "power.recharging", Who.NOBODY, Supply.MAINS, Battery.LOW),
        ("OL RB", State.DEGRADED, "power.replace_battery", Who.TECHNICIAN, Supply.MAINS, Battery.REPLACE),
        ("OB LB RB", State.DEGRADED, "power.battery_low", Who.STAFF, Supply.BATTERY, Battery.REPLACE),
        ("OL OVER", State.DEGRADED, "power.overload", Who.STAFF, Supply.MAINS, Battery.OK),
        ("OL BYPASS", State.DEGRADED, "power.bypass", Who.TECHNICIAN, Supply.BYPASS, Battery.OK),
        ("BYPASS", State.DEGRADED, "power.bypass", Who.TECHNICIAN, Supply.BYPASS, Battery.OK),
        ("OL CAL", State.BUSY, "power.testing", Who.NOBODY, Supply.MAINS, Battery.OK),
        ("OB CAL DISCHRG", State.BUSY, "power.testing", Who.NOBODY, Supply.BATTERY, Battery.OK),
        ("FSD OB LB", State.DEGRADED, "power.shutting_down", Who.STAFF, Supply.BATTERY, Battery.LOW),
        ("OFF", State.HARDWARE_ERROR, "power.off", Who.TECHNICIAN, Supply.OFF, Battery.OK),
        ("OL ALARM", State.DEGRADED, "power.alarm", Who.TECHNICIAN, Supply.MAINS, Battery.OK),
        ("WAIT", State.STARTING, "", Who.NOBODY, Supply.UNKNOWN, Battery.UNKNOWN),
    ],
)
def test_flags(flags: str, state: State, fault: str, who: Who, supply: Supply, battery: Battery) -> None:
    status = protocol.status({"ups.status": flags})
    assert (status.state, status.fault, status.who) == (state, fault, who)
    assert (status.supply, status.battery) == (supply, battery)


def test_a_device_without_the_low_flag_is_low_by_its_own_limit() -> None:
    told = {"ups.status": "OB", "battery.charge": "19.4", "battery.charge.low": "20"}
    assert protocol.status(told).fault == "power.battery_low"
    assert protocol.status({**told, "battery.charge": "80"}).fault == "power.on_battery"
    assert protocol.status({**told, "ups.status": "OL"}).fault == ""
    assert protocol.status({"ups.status": "OB", "battery.runtime": "100", "battery.runtime.low": "120"}).fault == (
        "power.battery_low"
    )


def test_figures_are_rounded_and_what_is_not_told_is_unknown() -> None:
    told = {"ups.status": "OL", "battery.charge": "97.4", "battery.runtime": "1799", "ups.load": "n/a"}
    status = protocol.status(told)
    assert (status.charge, status.runtime, status.load) == (97, 1800, None)
    assert status.substates()["load"] == "unknown"


@pytest.mark.parametrize(
    ("text", "passed"),
    [("Done and passed", True), ("OK - Battery GOOD", True), ("Done and error", False), ("Failed", False), ("", None)],
)
def test_results_of_a_battery_test(text: str, passed: bool | None) -> None:
    assert protocol.test_result({"ups.test.result": text}) is passed


def test_a_ups_without_a_status_is_no_good_news() -> None:
    with pytest.raises(ProtocolError):
        protocol.status({"battery.charge": "100"})


@given(st.dictionaries(st.sampled_from([*VARIABLES, "battery.runtime", "ups.load"]), st.text(max_size=12)))
def test_any_variables_make_a_status_or_an_error(told: dict[str, str]) -> None:
    try:
        status = protocol.status(told)
    except ProtocolError:
        assert not told.get("ups.status", "").strip()
    else:
        assert bool(status.fault) == (status.state not in (State.ONLINE, State.STARTING))
