"""Who this terminal is to the centre: enrolled by itself, renewed in time, known again to a centre that forgot it."""

import logging
from collections.abc import Callable
from typing import Final

import httpx

from offline_queue import enrolment
from offline_queue.credentials import BadIdentity, Credentials, CredentialStore, needs_renewal
from offline_queue.retry import Failure, FailureKind

log = logging.getLogger(__name__)

_FORGOTTEN: Final = "unknown-key"
_REVOKED: Final = "revoked"
_ENDED: Final = "expired"
DAY: Final = 86400.0


class Membership:
    """``code`` gives the one-time code of the centre; empty next door to an embedded one. ``client`` signs its requests
    as :meth:`identity` says."""

    def __init__(self, store: CredentialStore, client: httpx.Client, code: Callable[[], str]) -> None:
        self._store = store
        self._client = client
        self._code = code
        self._credentials: Credentials | None = None

    @property
    def terminal(self) -> str:
        return self._store.terminal

    def identity(self) -> Credentials | None:
        return self._credentials

    def join(self) -> Credentials:
        """What is on the disk, else what the centre grants.

        Raises ``EnrolmentRefused``, ``TransportFailed``, ``CryptoError``, ``OSError``.
        """
        if self._credentials is None:
            self._credentials = self._load() or self._enrol()
        return self._credentials

    def renew_in_time(self, centre_now: float) -> bool:
        """Whether there is a new certificate: in the last third of the old one's life, by the centre's clock. Raises as
        :meth:`join`."""
        credentials = self._credentials
        if credentials is None or not needs_renewal(credentials.grant, centre_now):
            return False
        self._credentials = enrolment.renew(self._store, self._client, credentials)
        log.info("sync: the certificate is renewed")
        return True

    def mend(self, failure: Failure) -> bool:
        """The centre did not take the key: have it known again, or get another. Whether there is hope now. Raises as
        :meth:`join`."""
        credentials = self._credentials
        if failure.kind is not FailureKind.UNAUTHORISED or credentials is None:
            return False
        why = failure.detail.rpartition(" ")[2]
        if why in (_ENDED, _FORGOTTEN, _REVOKED) and (newer := self._newer(credentials)):
            self._credentials = newer
        elif why == _ENDED:
            self._credentials = enrolment.renew(self._store, self._client, credentials)
        elif why == _FORGOTTEN:
            log.warning("sync: the centre does not know this terminal any more")
            self._credentials = self._come_back(credentials) or self._enrol()
        elif why == _REVOKED:
            log.warning("sync: the centre has revoked the key of this terminal")
            self._credentials = self._enrol()
        else:
            return False
        return True

    def days_left(self, centre_now: float) -> float | None:
        return (self._credentials.grant.not_after - centre_now) / DAY if self._credentials else None

    def _load(self) -> Credentials | None:
        try:
            return self._store.load()
        except BadIdentity as error:
            log.error("sync: %s", error)
            return None

    def _newer(self, old: Credentials) -> Credentials | None:
        """A technician may have enrolled this terminal meanwhile."""
        found = self._load()
        return found if found and found.key_id != old.key_id else None

    def _come_back(self, credentials: Credentials) -> Credentials | None:
        """``None`` when this centre never knew the key, or knows better."""
        if not credentials.grant.voucher:
            return None
        try:
            known = enrolment.come_back(self._store, self._client, credentials)
        except enrolment.EnrolmentRefused as error:
            log.warning("sync: not taken in again with the old key: %s", error)
            return None
        log.warning("sync: taken in again with the old key, epoch %d", known.grant.epoch)
        return known

    def _enrol(self) -> Credentials:
        credentials = enrolment.enrol(self._store, self._client, self._code())
        log.info("sync: enrolled at the centre, epoch %d", credentials.grant.epoch)
        return credentials
