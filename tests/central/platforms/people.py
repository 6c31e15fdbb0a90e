"""The holder of the first simulated card, and the routes as the terminal with that card asks them."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from central.platforms.identity.reference import ReferenceIdentity
from tests.central.helpers import Running

NAME: Final = "证件样本"
NUMBER: Final = "11010519491231002X"
OTHER_NAME: Final = "样本乙"
OTHER_NUMBER: Final = "440606198506150014"
NOBODY: Final = "449900190001010006"


@dataclass
class Clock:
    """Of the platforms; a test moves it."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


def ask(client: httpx.Client, path: str, **body: Any) -> httpx.Response:
    return client.post(f"/v1/platforms/{path}", json=body)


def told(client: httpx.Client, path: str, **body: Any) -> Any:
    response = ask(client, path, **body)
    assert response.is_success, response.text
    return response.json()


def evidence(client: httpx.Client, name: str = NAME, number: str = NUMBER) -> str:
    answer = told(client, "identity/verifications", name=name, number=number)
    assert answer["outcome"] == "match"
    return answer["evidence"]


def phone_code(centre: Running) -> str:
    """The one-time code that the person's phone shows."""
    authority = centre.centre.platforms.identity.desk.ask(lambda one: one)
    assert isinstance(authority, ReferenceIdentity)
    return authority.issue(NUMBER)
