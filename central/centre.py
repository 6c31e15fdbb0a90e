"""What the routes share, opened when the server starts."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final, Self, cast

from fastapi import Depends, FastAPI, Request

from central.attachments.contract import AttachmentStore
from central.attachments.opening import open_store
from central.authority import Authority
from central.casework.service import Casework
from central.editions import bundle
from central.editions.press import Press
from central.editions.shelf import Shelf
from central.enrolment import Enrolment
from central.fanout.broker import JetStream
from central.fanout.outgoing import Outgoing
from central.fanout.relay import Relay
from central.fleet.places import FromProvince, hall_of
from central.fleet.service import Fleet
from central.intake import Intake
from central.limits import REQUESTS_A_SECOND, REQUESTS_AT_ONCE, Buckets, Rush
from central.observe.watch import Watch
from central.platforms.opening import Platforms
from central.recovery import Recovery
from central.revocations import Revocations
from central.sealing import Sealer
from central.settings import Secrets, Settings
from central.staff.service import Staff
from central.storage.database import Storage

_CONTACT_SECONDS: Final = 600.0
"""A terminal's last contact and clock are written down so often at most: its heartbeats tell people more."""


@dataclass(frozen=True, repr=False)
class Centre:
    settings: Settings
    secrets: Secrets
    storage: Storage
    revoked: Revocations
    enrolment: Enrolment
    attachments: AttachmentStore
    intake: Intake
    recovery: Recovery
    casework: Casework
    relay: Relay | None
    """Where there is a broker to tell."""
    platforms: Platforms
    catalogue: Shelf
    press: Press
    requests: Buckets
    rush: Rush
    contacts: "Contacts"
    staff: Staff
    fleet: Fleet
    watch: Watch
    now: Callable[[], float] = time.time

    @classmethod
    def open(cls, settings: Settings, now: Callable[[], float] = time.time) -> Self:
        """Keys and tables are made when there are none. Raises ``BadSecret``, ``BadItem``, ``BadSettings``,
        ``StorageError``, ``OSError``."""
        secrets = Secrets.load_or_create(settings.data)
        authority = Authority.load_or_create(settings.data, datetime.fromtimestamp(now(), UTC))
        attachments = open_store(settings.attachments, secrets.storage_key)
        sealer = Sealer(secrets.storage_key)
        storage = Storage(settings.database)
        catalogue = _catalogue(settings, secrets, storage, now)
        revoked = Revocations(settings.data)
        outgoing = Outgoing(bool(settings.nats))
        places = FromProvince()
        casework = Casework.build(
            storage, secrets.storage_key, catalogue.all_items, outgoing, now, partial(hall_of, places)
        )
        opening = casework.opening
        return cls(
            settings=settings,
            secrets=secrets,
            storage=storage,
            revoked=revoked,
            enrolment=Enrolment(storage, authority, now, revoked),
            attachments=attachments,
            intake=Intake(storage, sealer, catalogue, attachments.missing, opening, now),
            recovery=Recovery(storage, sealer, opening, now),
            casework=casework,
            relay=Relay(storage, JetStream(settings.nats.split(",")), now) if settings.nats else None,
            platforms=Platforms.open(settings.data, storage, secrets.storage_key, now),
            catalogue=catalogue,
            press=Press(storage, now),
            requests=Buckets(REQUESTS_A_SECOND, REQUESTS_AT_ONCE),
            rush=Rush(),
            contacts=Contacts(storage, now),
            staff=Staff.build(storage, secrets.storage_key, now),
            fleet=Fleet(storage, places, now),
            watch=Watch.open(storage, settings.data),
            now=now,
        )

    def end(self) -> None:
        """No new request, and none is held open any longer: the server is about to end. From any thread."""
        self.watch.readiness.drain()
        self.fleet.waiting.close()

    def close(self) -> None:
        self.platforms.closing()
        self.storage.close()


def _catalogue(settings: Settings, secrets: Secrets, storage: Storage, now: Callable[[], float]) -> Shelf:
    bundle.put_out(storage, bundle.read(settings.catalogue), now())
    shelf = Shelf(storage, secrets.signing_key, now)
    shelf.look()
    return shelf


class Contacts:
    """When each terminal was last heard of, and how far its clock was off."""

    def __init__(self, storage: Storage, now: Callable[[], float]) -> None:
        self._storage = storage
        self._now = now
        self._noted: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_due(self, terminal: str) -> bool:
        """Once in a while, for one of those who ask at the same time."""
        now = self._now()
        with self._lock:
            if abs(now - self._noted.get(terminal, 0.0)) < _CONTACT_SECONDS:
                return False
            self._noted[terminal] = now
        return True

    def note(self, terminal: str, clock_offset: float) -> None:
        """Raises ``StorageUnavailable``."""
        with self._storage.transaction() as transaction:
            transaction.terminals.seen(terminal, now=self._now(), clock_offset=clock_offset)


def of(app: FastAPI) -> Centre:
    return cast("Centre", app.state.centre)


def _shared(request: Request) -> Centre:
    return of(request.app)


Shared = Annotated[Centre, Depends(_shared)]
