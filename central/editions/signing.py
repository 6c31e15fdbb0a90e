"""The signed document: a DSSE envelope (Dead Simple Signing Envelope, secure-systems-lab, v1.0.2).

It signs bytes, not a structure, so that reader and writer need not agree on how JSON is written, and it can carry
several signatures while a key is being changed.
"""

import base64
import hashlib
import json
from typing import Final, TypedDict

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE: Final = "application/vnd.kiosk.catalogue+json"


class Signature(TypedDict):
    keyid: str
    """SHA-256 of the raw public key, hexadecimal."""
    sig: str
    """Base64."""


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The envelope as JSON."""
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [signature(payload, key)],
    }
    return json.dumps(envelope).encode()


def signature(payload: bytes, key: Ed25519PrivateKey) -> Signature:
    key_id = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
    signed = key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    return {"keyid": key_id, "sig": base64.b64encode(signed).decode()}


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the DSSE protocol."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
