"""Phone pairing of the reference: the terminal's side, and that of the page a phone opens."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from pydantic import TypeAdapter

from central.platforms.errors import Conflict, Denied, NotFound
from central.platforms.faults import Line
from central.platforms.phones.contract import Brought, Offer, Pairing, State
from central.sealing import Sealer
from central.storage.database import Storage
from central.storage.phones import PairingRow

EXPIRY: Final = 600.0
"""Seconds a pairing lasts."""
TRIES: Final = 3
LARGEST_PICTURE: Final = 6 << 20
_PAGE: Final = "/phone/"
_OPEN: Final = ("waiting", "opened", "matched", "joined", "done")
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_OFFER: Final = TypeAdapter(Offer)


@dataclass(frozen=True, repr=False)
class View:
    """What the page shows to the phone that asks."""

    state: State
    offer: Offer | None
    """``None`` when it is over."""
    terminal: str
    number: str
    """For the terminal; empty for any phone but the one."""
    mine: bool
    """Whether this is the one phone, or may become it."""


@dataclass(frozen=True, repr=False)
class ReferencePhones:
    line: Line
    storage: Storage
    sealer: Sealer
    now: Callable[[], float]

    def begin(self, terminal: str, offer: Offer) -> Pairing:
        return self.line.ask(lambda: self._begin(terminal, offer), lambda pairing: replace(pairing, id=""))

    def look(self, terminal: str, pairing_id: str) -> Pairing:
        return self.line.ask(lambda: self._look(terminal, pairing_id), lambda pairing: replace(pairing, id=""))

    def match(self, terminal: str, pairing_id: str, number: str) -> Pairing:
        def match() -> Pairing:
            self._match(self._get(terminal, pairing_id), number)
            return self._look(terminal, pairing_id)

        return self.line.ask(match, lambda pairing: replace(pairing, id=""))

    def end(self, terminal: str, pairing_id: str) -> None:
        self.line.ask(lambda: self._end(self._get(terminal, pairing_id)), lambda done: done)

    def sweep(self) -> int:
        """Forget those that are over; how many those were."""
        with self.storage.transaction() as transaction:
            return transaction.pairings.forget(self.now())

    # --- the phone ---------------------------------------------------------------------------------------------------

    def view(self, token: str, cookie: str) -> View:
        """Raises ``NotFound``."""
        row = self._by_token(token)
        mine = not row.phone or _is_phone(row, cookie)
        known = self._content(row) if row.state != "ended" else None
        number = known["number"] if known and row.phone and mine else ""
        return View(cast("State", row.state), _offer(known), row.terminal, number, mine)

    def open(self, token: str) -> str:
        """The cookie of the one phone. Raises ``NotFound``; ``Denied`` for a second one."""
        cookie = secrets.token_urlsafe(24)
        self._move(self._by_token(token), ("waiting",), {"state": "opened", "phone": _hashed(cookie)})
        return cookie

    def agree(self, token: str, cookie: str) -> None:
        """That it is this terminal. Raises ``NotFound``, ``Denied``."""
        self._move(self._mine(token, cookie), ("matched", "joined"), {"state": "joined"})

    def refuse(self, token: str, cookie: str) -> None:
        """It is another terminal: over. Raises ``NotFound``, ``Denied``."""
        self._end(self._mine(token, cookie))

    def bring(self, token: str, cookie: str, brought: Brought) -> None:
        """Raises ``NotFound``; ``Denied``: ``no-picture`` for what is none, ``denied`` when it is not the moment."""
        row = self._mine(token, cookie)
        if brought.picture and not brought.picture.startswith(_PICTURES):
            raise Denied("no-picture")
        offer = _offer(self._content(row))
        asked = {field.name for field in offer.fields} if offer else set[str]()
        answers = {name: value for name, value in brought.answers.items() if name in asked}
        told = {"answers": answers, "picture": base64.b64encode(brought.picture).decode()}
        sealed = self.sealer.seal(json.dumps(told).encode(), _brought(row))
        self._move(row, ("joined",), {"state": "done", "brought": sealed})

    def take(self, token: str, cookie: str) -> bytes:
        """The document. Raises ``NotFound``, ``Denied``."""
        row = self._mine(token, cookie)
        self._move(row, ("joined", "done"), {"state": "done"})
        offer = _offer(self._content(row))
        return offer.document if offer else b""

    # --- rows ----------------------------------------------------------------------------------------------------

    def _begin(self, terminal: str, offer: Offer) -> Pairing:
        token, pairing_id = secrets.token_urlsafe(24), secrets.token_hex(16)
        row = PairingRow(terminal, pairing_id, _hashed(token), "", "waiting", 0, self.now() + EXPIRY, None)
        told = {
            "offer": _OFFER.dump_python(replace(offer, document=b""), mode="json"),
            "document": base64.b64encode(offer.document).decode(),
            "number": f"{secrets.randbelow(9000) + 1000}",
        }
        sealed = self.sealer.seal(json.dumps(told).encode(), _given(row))
        with self.storage.transaction() as transaction:
            transaction.pairings.add(replace(row, content=sealed))
        return Pairing(pairing_id, "waiting", row.expires_at, _PAGE + token)

    def _look(self, terminal: str, pairing_id: str) -> Pairing:
        row = self._get(terminal, pairing_id)
        brought = None
        if row.brought is not None:
            told = json.loads(self.sealer.open(row.brought, _brought(row)))
            brought = Brought(told["answers"], base64.b64decode(told["picture"]))
        return Pairing(row.id, cast("State", row.state), row.expires_at, brought=brought)

    def _match(self, row: PairingRow, number: str) -> None:
        if row.state != "opened":
            raise Conflict("no-phone" if row.state == "waiting" else "over")
        if hmac.compare_digest(self._content(row)["number"].encode(), number.encode()):
            self._move(row, ("opened",), {"state": "matched"})
            return
        if row.tries + 1 >= TRIES:
            self._end(row)
        else:
            self._move(row, ("opened",), {"tries": row.tries + 1})
        raise Conflict("wrong-number")

    def _end(self, row: PairingRow) -> None:
        with self.storage.transaction() as transaction:
            transaction.pairings.move(row, _OPEN, {"state": "ended", "content": None, "brought": None})

    def _move(self, row: PairingRow, before: tuple[str, ...], values: dict[str, Any]) -> None:
        with self.storage.transaction() as transaction:
            if not transaction.pairings.move(row, before, values):
                raise Denied

    def _get(self, terminal: str, pairing_id: str) -> PairingRow:
        with self.storage.reading() as transaction:
            row = transaction.pairings.get(terminal, pairing_id)
        return self._living(row)

    def _by_token(self, token: str) -> PairingRow:
        with self.storage.reading() as transaction:
            row = transaction.pairings.by_token(_hashed(token))
        return self._living(row)

    def _living(self, row: PairingRow | None) -> PairingRow:
        """What has expired is wiped by whoever comes across it."""
        if row is None:
            raise NotFound
        if row.expires_at <= self.now() and row.state != "ended":
            self._end(row)
            return replace(row, state="ended", content=None, brought=None)
        return row

    def _mine(self, token: str, cookie: str) -> PairingRow:
        row = self._by_token(token)
        if not _is_phone(row, cookie):
            raise Denied
        return row

    def _content(self, row: PairingRow) -> dict[str, Any]:
        if row.content is None:
            raise Denied
        return json.loads(self.sealer.open(row.content, _given(row)))


def _offer(known: dict[str, Any] | None) -> Offer | None:
    if known is None:
        return None
    return replace(_OFFER.validate_python(known["offer"]), document=base64.b64decode(known["document"]))


def _is_phone(row: PairingRow, cookie: str) -> bool:
    return bool(row.phone) and hmac.compare_digest(row.phone, _hashed(cookie))


def _hashed(secret: str) -> str:
    return hashlib.sha256(f"kiosk-phone-1\n{secret}".encode()).hexdigest()


def _given(row: PairingRow) -> str:
    return f"pairing\n{row.terminal}\n{row.id}"


def _brought(row: PairingRow) -> str:
    return f"brought\n{row.terminal}\n{row.id}"
