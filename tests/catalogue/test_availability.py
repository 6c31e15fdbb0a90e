from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import WORKING, DeviceStatus, State
from kiosk.catalogue.availability import NETWORK, QUEUE, Availability, QueueState, Reason, availability
from kiosk.catalogue.items import ServiceItem
from tests.catalogue.helpers import item_fields

QUEUEABLE = ServiceItem.model_validate(item_fields())
ONLINE_ONLY = ServiceItem.model_validate(item_fields(network="online_only"))
GOOD = {"id_card": DeviceStatus(State.ONLINE), "receipt_printer": DeviceStatus(State.DEGRADED, "paper_low")}
JAMMED = GOOD | {"receipt_printer": DeviceStatus(State.USER_ERROR, "paper_jam")}
GONE = {"id_card": DeviceStatus(State.OFFLINE)}


@pytest.mark.parametrize(
    ("item", "devices", "online", "queue", "expected"),
    [
        (QUEUEABLE, GOOD, True, "accepting", Availability("available")),
        (QUEUEABLE, GOOD, False, "accepting", Availability("limited", (Reason(NETWORK),))),
        (QUEUEABLE, GOOD, None, "accepting", Availability("limited", (Reason(NETWORK),))),
        (QUEUEABLE, GOOD, True, "full", Availability("unavailable", (Reason(QUEUE, "queue.full"),))),
        (ONLINE_ONLY, GOOD, True, "full", Availability("available")),
        (ONLINE_ONLY, GOOD, True, "accepting", Availability("available")),
        (ONLINE_ONLY, GOOD, False, "accepting", Availability("unavailable", (Reason(NETWORK),))),
        (QUEUEABLE, JAMMED, True, "accepting", Availability("unavailable", (Reason("receipt_printer", "paper_jam"),))),
        (
            ONLINE_ONLY,
            GONE,
            False,
            "unavailable",
            Availability(
                "unavailable",
                (
                    Reason("id_card", "offline"),
                    Reason("receipt_printer", "no_device"),
                    Reason(QUEUE, "queue.unavailable"),
                    Reason(NETWORK),
                ),
            ),
        ),
    ],
)
def test_what_is_missing_decides(
    item: ServiceItem, devices: dict[str, DeviceStatus], online: bool | None, queue: QueueState, expected: Availability
) -> None:
    assert availability(item, devices, online, queue) == expected


@given(st.sampled_from(State), st.sampled_from([True, False, None]), st.sampled_from(get_args(QueueState)))
def test_never_offered_without_a_device_it_needs(state: State, online: bool | None, queue: QueueState) -> None:
    found = availability(QUEUEABLE, GOOD | {"id_card": DeviceStatus(state)}, online, queue)
    assert (found.level == "unavailable") == (state not in WORKING or queue != "accepting")
    assert bool(found.reasons) == (found.level != "available")


def test_devices_it_does_not_need_do_not_matter() -> None:
    broken = GOOD | {"document_printer": DeviceStatus(State.HARDWARE_ERROR, "fuser")}
    assert availability(QUEUEABLE, broken, online=True, queue="accepting").level == "available"
