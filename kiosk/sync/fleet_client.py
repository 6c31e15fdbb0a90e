"""What a terminal tells the centre of itself and is told, on the wire (docs/sync-protocol.md)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offline_queue.http_client import exchange, failure
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import TransportFailed


class _Told(BaseModel):
    """A newer centre may tell more."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Command(_Told):
    id: str = Field(min_length=1, max_length=64)
    kind: str = Field(max_length=64)
    arguments: Mapping[str, str] = {}
    expires: float = Field(allow_inf_nan=False)
    """Seconds since 1970, by the centre's clock."""


class Commands(_Told):
    time: float = Field(allow_inf_nan=False)
    """Seconds since 1970, by the centre's clock."""
    commands: Sequence[Command]


class Desired(_Told):
    configuration: int = 0
    catalogue: int = 0
    program: str = ""


class Orders(Commands):
    interval: float = Field(gt=0, le=86400)
    splay: float = Field(ge=0, le=86400)
    wait: float = Field(ge=0, le=3600)
    desired: Desired = Desired()


class _Settings(_Told):
    settings: Mapping[str, str]


Model = TypeVar("Model", bound=BaseModel)


class FleetClient(Protocol):
    """All methods raise ``TransportFailed``."""

    def heartbeat(self, body: Mapping[str, Any]) -> Orders: ...

    def settings(self, version: int) -> Mapping[str, str]:
        """What the centre sets in that version, by ``section.key``."""
        ...

    def next(self, wait: float, after: str) -> Commands:
        """Commands later than ``after``, as soon as there are any, at the latest after ``wait`` seconds."""
        ...


class HttpFleetClient:
    """Implements :class:`FleetClient`. ``client`` and ``patient`` sign their requests; ``patient`` waits for an answer
    as long as the centre may hold it."""

    def __init__(self, client: httpx.Client, patient: httpx.Client) -> None:
        self._client = client
        self._patient = patient

    def heartbeat(self, body: Mapping[str, Any]) -> Orders:
        request = self._client.build_request("POST", "/v1/heartbeats", json=body)
        return _answer(Orders, exchange(self._client, request))

    def settings(self, version: int) -> Mapping[str, str]:
        request = self._client.build_request("GET", f"/v1/configurations/{version}")
        return _answer(_Settings, exchange(self._client, request)).settings

    def next(self, wait: float, after: str) -> Commands:
        asked = {"wait": f"{wait:g}", **({"after": after} if after else {})}
        request = self._patient.build_request("GET", "/v1/commands/next", params=asked)
        return _answer(Commands, exchange(self._patient, request))


def _answer(model: type[Model], response: httpx.Response) -> Model:
    if not response.is_success:
        raise TransportFailed(failure(response))
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise TransportFailed(Failure(FailureKind.SERVER, "an answer of another form")) from None
