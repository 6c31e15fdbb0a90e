"""The signed catalogue document: a DSSE envelope (Dead Simple Signing Envelope, secure-systems-lab, v1.0.2), Ed25519.

JSON on the wire: ``payloadType``, ``payload`` (base64 of the catalogue's own JSON), ``signatures`` (``keyid``: SHA-256
of the raw public key in hexadecimal, ``sig``: base64). The signature covers bytes and their type, not a structure, so
that reader and writer need not agree on how JSON is written; several signatures let a key be changed without a gap.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError

PAYLOAD_TYPE: Final = "application/vnd.kiosk.catalogue+json"


class BadSignature(Exception):
    """The document is none, or no known key signed it."""


class BadKey(Exception):
    """The file holds no Ed25519 public key in PEM form."""


class _Signature(BaseModel):
    model_config = ConfigDict(extra="ignore")
    keyid: str
    sig: Base64Bytes


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")
    payloadType: str  # noqa: N815 - the name on the wire
    payload: Base64Bytes
    signatures: list[_Signature]


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The document as the centre serves it."""
    signature = key.sign(_pre_authentication_encoding(PAYLOAD_TYPE, payload))
    document = _Document(
        payloadType=PAYLOAD_TYPE,
        payload=base64.b64encode(payload),
        signatures=[_Signature(keyid=key_id(key.public_key()), sig=base64.b64encode(signature))],
    )
    return document.model_dump_json().encode()


def verify(document: bytes, keys: Iterable[Ed25519PublicKey]) -> bytes:
    """The payload that one of ``keys`` signed. Raises :class:`BadSignature`."""
    try:
        parsed = _Document.model_validate_json(document)
    except ValidationError:
        raise BadSignature("no signed document") from None
    if parsed.payloadType != PAYLOAD_TYPE:
        raise BadSignature("a document of another kind")
    known = {key_id(key): key for key in keys}
    if not any(_fits(parsed, signature, known) for signature in parsed.signatures):
        raise BadSignature("no signature of a known key")
    return parsed.payload


def payload_of(document: bytes) -> bytes:
    """Whoever signed it. Raises :class:`BadSignature` when it is no such document."""
    try:
        return _Document.model_validate_json(document).payload
    except ValidationError:
        raise BadSignature("no signed document") from None


def load_public_key(pem: bytes) -> Ed25519PublicKey:
    """Raise :class:`BadKey`."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey
    return key


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _fits(document: _Document, signature: _Signature, known: dict[str, Ed25519PublicKey]) -> bool:
    key = known.get(signature.keyid)
    if key is None:
        return False
    try:
        key.verify(signature.sig, _pre_authentication_encoding(document.payloadType, document.payload))
    except InvalidSignature:
        return False
    return True


def _pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the DSSE protocol."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
