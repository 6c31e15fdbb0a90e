"""A small catalogue, signed by a key of the test."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.catalogue.items import LANGUAGES
from kiosk.catalogue.signature import sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def texts(text: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


def item_fields(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "code": "proof",
        "version": 1,
        "title": texts("证明"),
        "summary": texts("打印证明"),
        "department": texts("部门"),
        "region": "440000",
        "identity_level": "card",
        "steps": ["consent", "submit"],
        "devices": ["id_card", "receipt_printer"],
        "network": "queueable",
        "pickup": texts("窗口"),
    }
    return fields | changes


def payload(version: int = 1, **changes: Any) -> bytes:
    return json.dumps({"version": version, "items": [item_fields(**changes)]}).encode()


def document(version: int = 1, key: Ed25519PrivateKey = KEY, **changes: Any) -> bytes:
    return sign(payload(version, **changes), key)
