"""All platforms, opened with the centre: the connectors that ``platforms.toml`` names, else the reference ones.

A connector of somebody else is an entry point of the group ``central.platforms`` named ``platform.connector``::

    [project.entry-points."central.platforms"]
    "identity.gdca" = "gdca_connector:open"

The object named there takes a :class:`Context` and returns what the platform's ``contract.py`` describes.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Self

from central.keys import ed25519_key
from central.platforms import settings
from central.platforms.credit.reference import ReferenceCredit
from central.platforms.credit.reports import CreditReports
from central.platforms.desk import Desk
from central.platforms.errors import BadSettings
from central.platforms.faults import Faults, Line
from central.platforms.help.packing import HelpDesk
from central.platforms.help.reference import ReferenceHelp
from central.platforms.identity.checks import IdentityChecks
from central.platforms.identity.reference import Office as IdentityOffice
from central.platforms.identity.reference import ReferenceIdentity
from central.platforms.licences.checking import Licences
from central.platforms.licences.reference import Office as LicenceOffice
from central.platforms.licences.reference import ReferenceLicences
from central.platforms.maps.guide import Guide
from central.platforms.maps.reference import ReferenceMap
from central.platforms.payments.ledger import Ledger
from central.platforms.payments.reference import Office as PaymentOffice
from central.platforms.payments.reference import ReferencePayments
from central.platforms.phones.pairing import Phones
from central.platforms.phones.reference import ReferencePhones
from central.platforms.settings import REFERENCE, PlatformSettings
from central.platforms.sharing.reference import ReferenceSharing
from central.platforms.sharing.trail import SharingTrail
from central.province import building
from central.province.register import Register
from central.sealing import Blinder, Sealer
from central.storage.database import Storage
from central.storage.errors import StorageUnavailable

GROUP: Final = "central.platforms"
_SWEPT: Final = 60.0
"""Seconds from one sweep to the next."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Context:
    """What a connector may use."""

    options: Mapping[str, Any]
    """Of its section in ``platforms.toml``."""
    folder: Path
    """The centre's."""
    now: Callable[[], float]
    """Seconds since 1970."""


@dataclass(frozen=True, repr=False)
class Ground:
    """What the reference connectors stand on."""

    folder: Path
    storage: Storage
    register: Register
    sealer: Sealer
    blinder: Blinder
    faults: Faults
    closing: threading.Event
    now: Callable[[], float]

    @classmethod
    def lay(cls, folder: Path, storage: Storage, key: bytes, now: Callable[[], float]) -> Self:
        register = Register(storage, key)
        return cls(folder, storage, register, Sealer(key), Blinder(key), Faults(folder, now), threading.Event(), now)

    def line(self, name: str) -> Line:
        return Line(name, self.faults, self.closing)

    def identity(self) -> ReferenceIdentity:
        key = ed25519_key(self.folder / "identity.key")
        office = IdentityOffice(self.register, self.storage, self.sealer, key, self.now)
        return ReferenceIdentity(self.line("identity"), office)

    def licences(self) -> ReferenceLicences:
        key = ed25519_key(self.folder / "licences.key")
        office = LicenceOffice(self.register, self.storage, self.sealer, self.blinder, key, self.now)
        return ReferenceLicences(self.line("licences"), office)

    def sharing(self) -> ReferenceSharing:
        return ReferenceSharing(self.line("sharing"), self.register)

    def payments(self) -> ReferencePayments:
        office = PaymentOffice(self.register, self.storage, self.sealer, self.blinder, self.now)
        return ReferencePayments(self.line("payments"), office)

    def help(self) -> ReferenceHelp:
        return ReferenceHelp(self.line("help"))

    def maps(self) -> ReferenceMap:
        return ReferenceMap(self.line("maps"), self.register)

    def credit(self) -> ReferenceCredit:
        return ReferenceCredit(self.line("credit"), self.register)

    def phones(self) -> ReferencePhones:
        return ReferencePhones(self.line("phones"), self.storage, self.sealer, self.now)


@dataclass(frozen=True, repr=False)
class Platforms:
    """What the routes use."""

    chosen: PlatformSettings
    storage: Storage
    register: Register
    faults: Faults
    identity: IdentityChecks
    licences: Licences
    sharing: SharingTrail
    payments: Ledger
    help: HelpDesk
    maps: Guide
    credit: CreditReports
    phones: Phones
    payer: ReferencePayments | None
    """Behind the page that plays the payer; ``None``: a real platform has its own."""
    phone_pages: ReferencePhones | None
    closing: Callable[[], None]

    @classmethod
    def open(cls, folder: Path, storage: Storage, key: bytes, now: Callable[[], float]) -> Self:
        """Connects to nothing yet. Raises :class:`BadSettings`, :class:`central.keys.BadSecret`, ``OSError``."""
        chosen, ground = settings.load(folder), Ground.lay(folder, storage, key, now)
        connectors = {name: _connector(name, chosen, ground) for name in settings.NAMES}
        desks: dict[str, Desk[Any]] = {
            name: Desk(name, connector, chosen.choices[name].limits) for name, connector in connectors.items()
        }
        identity = IdentityChecks(desks["identity"], storage, ground.blinder, now)

        def close() -> None:
            ground.closing.set()
            for desk in desks.values():
                desk.close()

        return cls(
            chosen=chosen,
            storage=storage,
            register=ground.register,
            faults=ground.faults,
            identity=identity,
            licences=Licences(desks["licences"]),
            sharing=SharingTrail(desks["sharing"], storage, identity, now),
            payments=Ledger(desks["payments"], storage, ground.sealer, ground.blinder, now),
            help=HelpDesk(desks["help"], ed25519_key(folder / "catalogue.key")),
            maps=Guide(desks["maps"], storage, now),
            credit=CreditReports(desks["credit"], now),
            phones=Phones(desks["phones"]),
            payer=connectors["payments"] if isinstance(connectors["payments"], ReferencePayments) else None,
            phone_pages=connectors["phones"] if isinstance(connectors["phones"], ReferencePhones) else None,
            closing=close,
        )

    async def attend(self) -> None:
        """For ever, beside the requests: what phones brought does not outlast its minutes."""
        while True:
            await asyncio.sleep(_SWEPT)
            if self.phone_pages:
                try:
                    await asyncio.to_thread(self.phone_pages.sweep)
                except StorageUnavailable as error:
                    log.warning("phones could not be swept: %s", error)

    def populate(self) -> None:
        """Give a centre that has just begun the small province its settings ask for. Raises ``StorageUnavailable``."""
        if self.chosen.persons:
            building.begin(self.storage, self.register)
            building.grow_first(self.storage, self.register, self.chosen.persons)


def _connector(name: str, chosen: PlatformSettings, ground: Ground) -> Any:
    choice = chosen.choices[name]
    if choice.use == REFERENCE:
        return getattr(ground, name)()  # its methods are named as the platforms
    return _plugged(name, choice.use)(Context(choice.options, ground.folder, ground.now))


def _plugged(name: str, use: str) -> Callable[[Context], Any]:
    for point in entry_points(group=GROUP, name=f"{name}.{use}"):
        return point.load()
    raise BadSettings(f"{settings.FILE}: no entry point {name}.{use} of the group {GROUP} is installed")
