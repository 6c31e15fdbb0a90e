"""A person who goes through every platform: name and number are in no log, no address and no file in the open."""

import base64
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from central.platforms.faults import Fault
from central.platforms.settings import NAMES
from central.province import building
from tests.central.helpers import Running, running
from tests.central.platforms.people import NAME, NUMBER, ask, evidence, phone_code, told

ANSWER: Final = "金丝雀路四十四号"
PICTURE: Final = b"\xff\xd8\xffcanary picture of a lease"
DOCUMENT: Final = b"%PDF-1.4 canary receipt"
QUERY: Final = "canary query 11010519491231002X"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "central") as made:
        building.begin(made.centre.storage, made.centre.platforms.register)
        yield made


def test_a_person_leaves_nothing_in_the_open(centre: Running, caplog: pytest.LogCaptureFixture) -> None:
    addresses: list[str] = []

    def note(request: httpx.Request) -> None:
        addresses.append(str(request.url))

    with caplog.at_level(logging.DEBUG), centre.client() as terminal, centre.anonymous() as phone:
        for client in (terminal, phone):
            client.event_hooks["request"].append(note)
        secrets = go_everywhere(centre, terminal, phone)
        for name in NAMES:
            centre.centre.platforms.faults.set(name, Fault("wrong"))
        fail_everywhere(terminal)
    assert len(addresses) > 20
    logs = caplog.text + repr([record.__dict__ for record in caplog.records])
    for word in secrets:
        assert word not in logs
        assert not any(word in address for address in addresses)
        assert found_in(centre.data, word.encode()) == []
    assert not [address for address in addresses if "%" in address]
    links = {match for address in addresses for match in re.findall(r"/(?:pay|phone)/([\w-]{16,})", address)}
    assert len(links) == 4
    own = repr([record.__dict__ for record in caplog.records if record.name.startswith("central")])
    assert "/phone/{token}" in own
    assert not [link for link in links if link in own], "whoever reads logs must not hold links"


def test_the_search_finds_what_lies_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"..." + NUMBER.encode())
    assert found_in(tmp_path, NUMBER.encode()) == ["file"]


def go_everywhere(centre: Running, terminal: httpx.Client, phone: httpx.Client) -> list[str]:
    """What must be found nowhere."""
    holder = centre.centre.platforms.register.person(NUMBER)
    assert holder is not None
    proof = {"number": NUMBER, "evidence": evidence(terminal)}
    told(terminal, "identity/codes", code=phone_code(centre))
    for licence in told(terminal, "licences/mine", **proof)["licences"]:
        shown = told(terminal, "licences/show", id=licence["id"], **proof)
        told(terminal, "licences/verify", layout=shown["layout"], seal=shown["seal"])
    items = [one["code"] for one in terminal.get("/v1/platforms/sharing/items").json()["items"]]
    told(terminal, "sharing/fetch", items=items, service="x", consent="x-1", **proof)
    told(terminal, "sharing/accesses", **proof)
    told(terminal, "credit/report", **proof)
    told(terminal, "credit/eligibility", **proof)
    told(terminal, "help/search", query=QUERY)
    bill = holder.bills[0]
    told(terminal, "payments/bills", number=bill.number)
    paid = {"key": "0190b6a4-7a50-7000", "item": "fine", "amount": bill.amount, "bill": bill.number}
    url = told(terminal, "payments", **paid)["pay_url"]
    phone.get(url)
    phone.post(f"{url}/pay")
    terminal.get(f"/v1/platforms/payments/{paid['key']}")
    told(terminal, f"payments/{paid['key']}/reversal", reason="citizen")
    take_the_phone(terminal, phone)
    person = holder.person
    return [NAME, NUMBER, person.address, person.bank_card, person.phone, bill.number, bill.title,
            ANSWER, "canary picture", "canary receipt", "canary query"]  # fmt: skip


def take_the_phone(terminal: httpx.Client, phone: httpx.Client) -> None:
    title = {"zh-Hans": "填表"}
    offers: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"purpose": "form", "fields": [{"name": "a", "label": title, "kind": "text"}]}, {"data": {"a": ANSWER}}),
        ({"purpose": "picture"}, {"files": {"picture": ("x.jpg", PICTURE)}}),
        ({"purpose": "receipt", "document": base64.b64encode(DOCUMENT).decode()}, {}),
    ]
    for (offer, brought), way in zip(offers, ("answers", "picture", "document"), strict=True):
        pairing = told(terminal, "phones", title=title, **offer)
        url = pairing["url"]
        phone.cookies = httpx.Cookies(phone.post(f"{url}/opening").cookies)
        (number,) = re.findall(r'class="number">(\d{4})<', phone.get(url).text)
        told(terminal, f"phones/{pairing['id']}/number", number=number)
        phone.post(f"{url}/agreement")
        assert phone.post(f"{url}/{way}", **brought).status_code in (200, 303)
        assert terminal.get(f"/v1/platforms/phones/{pairing['id']}").json()["state"] == "done"
    phone.cookies.clear()


def fail_everywhere(terminal: httpx.Client) -> None:
    for path in ("identity/verifications", "identity/codes", "licences/mine", "sharing/fetch", "credit/report"):
        answer = ask(terminal, path, name=NAME, number=NUMBER)
        assert answer.status_code in (422, 502)
        assert NAME not in answer.text
        assert NUMBER not in answer.text


def found_in(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word in path.read_bytes()]
