"""The reference centre as the demo sees it from outside: a process, its HTTP interface, its records."""

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

from kiosk.demo.waiting import wait_for
from kiosk.sync.membership import Membership
from offline_queue.credentials import CredentialStore
from offline_queue.http_client import Signature, open_client

START_SECONDS: Final = 30.0
VISITOR: Final = "DEMOVISITOR"


class Centre:
    """Context manager with its folder ``data``. ``start`` keeps the port of before: the terminal finds it again."""

    def __init__(self, data: Path, log: Path) -> None:
        self.data = data
        self._log = log
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        argv = [sys.executable, "-m", "central", "serve", "--port", str(self._port), "--data", str(self.data)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        self._port = int(wait_for("the centre", self._address).rsplit(":", 1)[1])

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(START_SECONDS)
            self._process = None

    def _address(self) -> str | None:
        file = self.data / "address"
        return file.read_text().strip() if file.exists() else None


class Visitor:
    """A terminal of its own, enrolled next door, that asks the centre what it has. Context manager."""

    def __init__(self, data: Path, identity: Path) -> None:
        self._client = open_client((data / "address").read_text().strip())
        membership = Membership(CredentialStore(identity, secrets.token_bytes(32), VISITOR), self._client, str)
        self._client.auth = Signature(membership.identity)
        membership.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def look_up(self, reference: str) -> Mapping[str, Any] | None:
        """What the centre says of a reference number; ``None`` when it knows none."""
        answer = self._client.get(f"/v1/matters/{reference}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        answer.raise_for_status()
        return answer.json()


def wait_for_record(data: Path, reference: str) -> Mapping[str, Any]:
    with TemporaryDirectory() as folder, Visitor(data, Path(folder)) as visitor:
        return wait_for(f"record {reference} at the centre", lambda: visitor.look_up(reference))


def services(data: Path) -> list[dict[str, Any]]:
    """Every matter of a citizen that the centre has (no ratings), without personal data."""
    argv = [sys.executable, "-m", "central", "records", "--data", str(data)]
    output = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return [one for one in map(json.loads, output.splitlines()) if one["item"] != "rating"]
