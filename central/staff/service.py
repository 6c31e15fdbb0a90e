"""What the console needs to know of its staff, opened when the server starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from central.sealing import Blinder, Sealer
from central.staff.accounts import Accounts
from central.staff.passwords import Cost
from central.staff.sessions import Sessions
from central.staff.signing_in import SigningIn
from central.storage.database import Storage


@dataclass(frozen=True, repr=False)
class Staff:
    sessions: Sessions
    accounts: Accounts
    door: SigningIn

    @classmethod
    def build(cls, storage: Storage, key: bytes, now: Callable[[], float], cost: Cost | None = None) -> Self:
        """``key``: 32 bytes, the centre's; ``cost`` of passwords that are set from now on."""
        sealer, blinder, paid = Sealer(key), Blinder(key), cost or Cost()
        sessions = Sessions(storage, now)
        return cls(
            sessions,
            Accounts(storage, sealer, blinder, now, paid),
            SigningIn(storage, sealer, blinder, sessions, now, paid),
        )
