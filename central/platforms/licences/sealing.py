"""The reference store's seal: a DSSE envelope, signed with Ed25519, over metadata that names the layout's digest.

It is no seal of any office, and says so: every layout carries the word REFERENCE.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import TypeAdapter

from central.editions.signing import pre_authentication_encoding
from central.platforms.licences.contract import Document, Licence

PAYLOAD_TYPE: Final = "application/vnd.kiosk.licence+json"
WATERMARK: Final[Mapping[str, str]] = {
    "zh-Hans": "参考件 · 演示数据 · 无法律效力",
    "zh-Hant": "參考件 · 演示數據 · 無法律效力",
    "en": "REFERENCE · demonstration data · no legal effect",
}
_LICENCE: Final = TypeAdapter(Licence)
_CHECKS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class BadSeal(Exception):
    """The seal does not hold for this layout."""


def document(licence: Licence, key: Ed25519PrivateKey) -> Document:
    drawn = layout(licence)
    metadata = _LICENCE.dump_python(licence, mode="json")
    del metadata["state"]  # of the moment, not of the licence
    payload = _encoded({"metadata": metadata, "layout_sha256": hashlib.sha256(drawn).hexdigest()})
    return Document(licence, drawn, dsse(PAYLOAD_TYPE, payload, key))


def dsse(payload_type: str, payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """A signed envelope (secure-systems-lab, DSSE v1.0.2) as JSON."""
    signature = key.sign(pre_authentication_encoding(payload_type, payload))
    signatures = [{"keyid": key_id(key.public_key()), "sig": _base64(signature)}]
    return _encoded({"payloadType": payload_type, "payload": _base64(payload), "signatures": signatures})


def layout(licence: Licence) -> bytes:
    """The same bytes for the same licence, whatever its state."""
    rows = [{"field": name, "value": value} for name, value in licence.fields.items()]
    until = licence.valid_until.isoformat() if licence.valid_until else ""
    dates = [
        {"field": "valid_from", "value": licence.valid_from.isoformat()},
        {"field": "valid_until", "value": until},
        {"field": "licence_id", "value": licence.id},
    ]
    drawn = {"title": licence.title, "issuer": licence.issuer, "watermark": WATERMARK, "rows": rows + dates}
    return _encoded(drawn)


def opened(drawn: bytes, seal: bytes, key: Ed25519PublicKey) -> Mapping[str, Any]:
    """The metadata, when the seal holds. Raises :class:`BadSeal`."""
    try:
        envelope = json.loads(seal)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
        key.verify(signature, pre_authentication_encoding(PAYLOAD_TYPE, payload))
        content = json.loads(payload)
        if content["layout_sha256"] != hashlib.sha256(drawn).hexdigest():
            raise BadSeal
        return content["metadata"]
    except (InvalidSignature, binascii.Error, ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise BadSeal from None


def licence_id(kind: str, office: str, serial: str) -> str:
    """电子证照标识: the national root, kind, office, serial, version and check character (ISO/IEC 7064 MOD 37,36)."""
    parts = (_digits(kind, 12), _digits(office, 12), _digits(serial, 16), "001")
    return f"1.2.156.3005.2.{'.'.join(parts)}.{check_character(''.join(parts))}"


def check_character(text: str) -> str:
    """ISO/IEC 7064 MOD 37,36, of digits and capital letters."""
    product = 36
    for character in text:
        product = ((product + _CHECKS.index(character)) % 36 or 36) * 2 % 37
    return _CHECKS[(37 - product) % 36]


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _digits(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length].upper()


def _encoded(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
