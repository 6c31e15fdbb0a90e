"""A fleet that has been at work for two weeks, for pages to show."""

import random
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from uuid6 import uuid7

from central.centre import Centre
from central.fleet import conducting, operating
from central.fleet.health import DAY, HOUR, Standing
from central.fleet.rollouts import Plan, Wave
from central.fleet.wire import Heartbeat, Kind
from central.province.places import places
from central.province.records import Place
from central.storage.fleet.states import SampleRow, SpanRow
from central.storage.fleet.tables import fleet_state
from central.storage.matters import StoredMatter
from central.storage.province import PlaceRow

SEED = "7"
_PLACE = TypeAdapter(Place)
ITEMS = (
    "social-insurance-proof",
    "residence-permit-renewal",
    "medical-insurance-registration",
    "housing-fund-withdrawal",
)
_DEVICES = ("id_card", "receipt_printer", "document_printer", "camera", "code_scanner", "signature", "audio")
_FAULTS: dict[str, dict[str, Any]] = {
    "receipt_printer": {
        "state": "user_error",
        "fault": "receipt_printer.paper_out",
        "who": "staff",
        "substates": {"paper": "out"},
    },
    "document_printer": {"state": "user_error", "fault": "document_printer.toner_empty", "who": "staff"},
    "id_card": {"state": "no_device", "fault": "id_card.not_connected", "who": "technician"},
    "camera": {"state": "degraded", "fault": "camera.infrared_lost", "who": "technician"},
    "code_scanner": {"state": "offline", "fault": "code_scanner.no_answer", "who": "technician"},
}


def fill(centre: Centre, count: int) -> list[str]:
    """The names of the terminals. The centre is asked for its time."""
    chance = random.Random(SEED)
    stood = list(places(SEED))
    with centre.storage.transaction() as transaction:
        rows = [PlaceRow(one.code, one.kind, one.region, _PLACE.dump_json(one).decode()) for one in stood]
        transaction.provinces.add_places(rows)
    names = [one.code for one in stood if one.kind == "terminal"]
    names = (names + [f"GD99{number:05}" for number in range(count)])[:count]
    now = centre.now()
    _remember(centre, names, chance, now)
    _report(centre, names, chance)
    _use(centre, names, chance, now)
    _operate(centre, names)
    return names


def _report(centre: Centre, names: list[str], chance: random.Random) -> None:
    for name in names:
        centre.fleet.contact.heartbeat(name, Heartbeat.model_validate(_beat(chance)), 3)
    state = fleet_state.c
    with centre.storage._engine.begin() as connection:  # pyright: ignore[reportPrivateUsage]
        connection.execute(sa.update(fleet_state).values(first_at=centre.now() - 14 * DAY))
        for name in names[1:]:
            if chance.random() < 0.04:
                back = chance.uniform(900, 2 * DAY)
                earlier = sa.update(fleet_state).where(state.terminal == name)
                connection.execute(
                    earlier.values(heard_at=state.heard_at - back, silent_after=state.silent_after - back)
                )


def _beat(chance: random.Random) -> dict[str, Any]:
    broken = chance.choice(sorted(_FAULTS)) if chance.random() < 0.12 else ""
    left = chance.uniform(0.02, 1.0)
    return {
        "program": chance.choice(("1.3.2", "1.4.0", "1.4.0", "1.4.0")),
        "catalogue": 3,
        "uptime": chance.uniform(HOUR, 30 * DAY),
        "session": "running" if chance.random() < 0.2 else "idle",
        "service": "out_of_service" if chance.random() < 0.02 else "in_service",
        "devices": [_device(name, broken, chance) for name in _DEVICES],
        "supplies": [{"device": "document_printer", "name": "black", "left": left, "exact": True}],
        "queue": {"waiting": waiting, "oldest": waiting * 60.0}
        if (waiting := max(0, chance.randrange(-30, 9)))
        else {},
        "disk": {"free": chance.randrange(1, 200) << 30, "size": 256 << 30},
        "clock_trusted": chance.random() < 0.97,
    }


def _device(name: str, broken: str, chance: random.Random) -> dict[str, Any]:
    since = chance.uniform(130, 5 * DAY)
    if name == broken:
        return {"name": name, "since": since, "needed": name in ("id_card", "receipt_printer"), **_FAULTS[name]}
    return {"name": name, "state": "online", "since": since, "substates": {"paper": "ok"} if "printer" in name else {}}


def _remember(centre: Centre, names: list[str], chance: random.Random, now: float) -> None:
    """Two weeks of spans and samples."""
    first = now - 14 * DAY
    with centre.storage.transaction() as transaction:
        for name in names:
            for span in _spans(name, chance, first, now):
                transaction.fleet.states.end_span(span)
            for sample in _samples(name, chance, first, now, step=1 if name == names[0] else 6):
                transaction.fleet.states.sample(sample)


def _spans(name: str, chance: random.Random, first: float, now: float) -> Iterator[SpanRow]:
    at = first
    while at < now - 60:
        until = min(now - 1, at + chance.uniform(0.2, 6) * DAY)
        yield SpanRow(
            name, at, until, chance.choices((Standing.WORKING, Standing.DEGRADED, Standing.FAULTY), (90, 7, 3))[0]
        )
        at = until + (chance.uniform(60, 0.3 * DAY) if chance.random() < 0.3 else 0)


def _samples(name: str, chance: random.Random, first: float, now: float, step: int) -> Iterator[SampleRow]:
    left, a_day = chance.uniform(0.2, 1.0), chance.uniform(0.005, 0.12)
    for hour in range(int(first // HOUR) + 1, int(now // HOUR), step):
        busy = 8 <= (hour + 8) % 24 < 18
        left -= a_day / 10 * step * (2 * chance.random() if busy else 0)
        left = left if left > 0.02 else 1.0
        yield SampleRow(name, hour, hour * HOUR, max(0, chance.randrange(-5, 6)), {"document_printer.black": left})


def _use(centre: Centre, names: list[str], chance: random.Random, now: float) -> None:
    """Matters, at the hours people come."""
    rows: list[StoredMatter] = []
    for name in names:
        for seq in range(1, chance.randrange(5, 25)):
            at = now - chance.triangular(0, 3 * DAY, DAY)
            filed = chance.random() < 0.96
            rows.append(
                StoredMatter(
                    terminal=name, id=str(uuid7()), epoch=1, seq=seq, digest=f"{seq:064x}", previous="",
                    suite="standard", case_key="", item=chance.choice(ITEMS), item_version=1, created_wall=at,
                    created_monotonic=0.0, boot_id="", clock_trusted=True, received_at=at,
                    state="filed" if filed else "refused", stars=chance.choice((None, None, 5, 4)),
                )
            )  # fmt: skip
    with centre.storage.transaction() as transaction:
        transaction.matters.add(rows)


def _operate(centre: Centre, names: list[str]) -> None:
    """Commands, configurations, a roll-out, work orders."""
    given: tuple[tuple[Kind, dict[str, str]], ...] = (
        ("sync_now", {}),
        ("restart", {"what": "app"}),
        ("collect_bundle", {}),
    )
    with centre.fleet.work() as (transaction, now):
        for kind, arguments in given:
            operating.command(transaction, names[:1], kind, arguments, now=now, by="wang.min")
        for seconds in ("60", "45", "90"):
            change = {"journey.idle_seconds": seconds, "terminal.language": "zh-Hans"}
            operating.configure(transaction, names[:1], change, now=now, by="wang.min")
        known = centre.fleet.places.all(transaction)
        plan = Plan((Wave(5), Wave(25), Wave(100)))
        conducting.start(transaction, "program", {"version": "1.4.0"}, plan, known, now=now, by="wang.min")
    centre.fleet.rounds.make()
