"""The catalogue of services: items as TOML files, published as one signed version.

The signed document is a DSSE envelope (Dead Simple Signing Envelope, secure-systems-lab, v1.0.2): it signs bytes, not a
structure, so that reader and writer need not agree on how JSON is written, and it can carry several signatures while a
key is being changed.
"""

import base64
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE: Final = "application/vnd.kiosk.catalogue+json"
Texts = dict[str, str]


class BadCatalogue(Exception):
    """A file of the catalogue folder cannot be published."""


@dataclass(frozen=True)
class Edition:
    """What the terminals fetch."""

    version: int
    document: bytes
    etag: str
    titles: Mapping[str, Texts]
    """By code of the item."""


def publish(folder: Path, key: Ed25519PrivateKey) -> Edition:
    """``catalogue.toml`` says the version and which items, in what order. Raises :class:`BadCatalogue`."""
    head = _read(folder / "catalogue.toml")
    try:
        items = [_item(folder, str(code)) for code in head["items"]]
        version = int(head["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCatalogue(f"catalogue.toml: {error}") from None
    payload = json.dumps({"version": version, "items": items}, ensure_ascii=False, sort_keys=True)
    document = sign(payload.encode(), key)
    titles = {item["code"]: item["title"] for item in items}
    return Edition(version, document, f'"{hashlib.sha256(document).hexdigest()}"', titles)


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The DSSE envelope as JSON. The key id is the SHA-256 of the raw public key."""
    key_id = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
    signature = key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope).encode()


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the DSSE protocol."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _item(folder: Path, code: str) -> dict[str, Any]:
    item = _read(folder / f"{code}.toml")
    if item.get("code") != code or type(item.get("version")) is not int or not isinstance(item.get("title"), dict):
        raise BadCatalogue(f"{code}.toml: needs code = {code!r}, a version and a title")
    return item


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadCatalogue(f"{path.name}: {error}") from None
