import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from central.editions import signing
from kiosk.catalogue import signature
from kiosk.catalogue.signature import BadKey, BadSignature, load_public_key, sign, verify
from tests.catalogue.helpers import KEY, OTHER_KEY, document, payload

PUBLIC = KEY.public_key()


def test_what_was_signed_comes_back() -> None:
    assert verify(document(), [PUBLIC]) == payload()
    assert verify(document(), [OTHER_KEY.public_key(), PUBLIC]) == payload()


@pytest.mark.parametrize("keys", [[], [OTHER_KEY.public_key()]])
def test_no_known_key(keys: list[signature.Ed25519PublicKey]) -> None:
    with pytest.raises(BadSignature, match="known key"):
        verify(document(), keys)


def test_a_key_can_be_changed_without_a_gap() -> None:
    both = json.loads(document())
    both["signatures"] += json.loads(document(key=OTHER_KEY))["signatures"]
    for key in (KEY, OTHER_KEY):
        assert verify(json.dumps(both).encode(), [key.public_key()]) == payload()


@given(st.integers(0, len(payload()) - 1), st.integers(1, 255))
def test_any_changed_byte_shows(position: int, change: int) -> None:
    altered = bytearray(payload())
    altered[position] ^= change
    forged = json.loads(document())
    forged["payload"] = base64.b64encode(altered).decode()
    with pytest.raises(BadSignature):
        verify(json.dumps(forged).encode(), [PUBLIC])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payloadType", "application/other"),
        ("payload", "???"),
        ("signatures", []),
        ("signatures", None),
        ("signatures", [{"keyid": signature.key_id(PUBLIC), "sig": ""}]),
        ("signatures", [{"keyid": signature.key_id(PUBLIC), "sig": "AAAA"}]),
        ("signatures", [{"keyid": "", "sig": "AAAA"}]),
    ],
)
def test_a_malformed_document_is_refused(field: str, value: object) -> None:
    with pytest.raises(BadSignature):
        verify(json.dumps(json.loads(document()) | {field: value}).encode(), [PUBLIC])


@given(st.binary(max_size=50))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(data, [PUBLIC])


def test_both_sides_write_the_same_document() -> None:
    assert json.loads(signing.sign(payload(), KEY)) == json.loads(sign(payload(), KEY))


def test_encoding_before_signing_is_that_of_the_standard() -> None:
    """The example of the DSSE protocol text."""
    encoded = signing.pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_public_key_files() -> None:
    pem = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert load_public_key(pem).public_bytes_raw() == PUBLIC.public_bytes_raw()
    elliptic = generate_private_key(SECP256R1()).public_key()
    foreign = elliptic.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for wrong in (b"", b"garbage", pem[:40], foreign):
        with pytest.raises(BadKey):
            load_public_key(wrong)


def test_signing_is_repeatable() -> None:
    key = Ed25519PrivateKey.generate()
    assert sign(b"x", key) == sign(b"x", key)
