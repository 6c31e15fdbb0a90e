"""What both suites promise, and what only one has."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization as pems
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import suites
from offline_queue.crypto_errors import BadKey, BadSeal, BadSignature
from offline_queue.hashing import SUITES, Suite
from offline_queue.suites import Cipher, SigningKey, Sm4Gcm

KEYS = {suite: suites.generate(suite) for suite in SUITES}
CIPHERS = {suite: Cipher(bytes(range(32)), suite) for suite in SUITES}
each_suite = pytest.mark.parametrize("suite", SUITES)
any_suite = st.sampled_from(SUITES)


@pytest.fixture(params=SUITES)
def key(request: pytest.FixtureRequest) -> SigningKey:
    return KEYS[request.param]


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_key_and_its_halves_know_their_suite(key: SigningKey) -> None:
    assert KEYS[key.suite] is key
    assert key.public().suite == key.suite


def test_keys_come_back_from_their_pem(key: SigningKey) -> None:
    again = suites.load_signing_key(key.pem(), key.suite)
    public = suites.load_verify_key(again.public().pem(), key.suite)
    public.verify(again.sign(b"data"), b"data")
    assert public.pem() == key.public().pem()
    assert again.pem() == key.pem()


@given(any_suite, st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_good_for_its_data_alone(suite: Suite, data: bytes, other: bytes) -> None:
    signature = KEYS[suite].sign(data)
    KEYS[suite].public().verify(signature, data)
    if other != data:
        with pytest.raises(BadSignature):
            KEYS[suite].public().verify(signature, other)


def test_another_keys_signature_is_refused(key: SigningKey) -> None:
    with pytest.raises(BadSignature):
        suites.generate(key.suite).public().verify(key.sign(b"data"), b"data")


@given(any_suite, st.binary(max_size=100))
def test_garbage_is_no_signature(suite: Suite, signature: bytes) -> None:
    with pytest.raises(BadSignature):
        KEYS[suite].public().verify(signature, b"data")


def test_a_key_of_the_other_suite_is_refused(key: SigningKey) -> None:
    other: Suite = "standard" if key.suite == "gm" else "gm"
    with pytest.raises(BadKey):
        suites.load_signing_key(key.pem(), other)
    with pytest.raises(BadKey):
        suites.load_verify_key(key.public().pem(), other)


def test_the_halves_are_not_taken_for_each_other(key: SigningKey) -> None:
    with pytest.raises(BadKey):
        suites.load_verify_key(key.pem(), key.suite)
    with pytest.raises(BadKey):
        suites.load_signing_key(key.public().pem(), key.suite)


@given(any_suite, st.text(st.characters()))
def test_garbage_is_no_key(suite: Suite, text: str) -> None:
    for load in (suites.load_signing_key, suites.load_verify_key):
        with pytest.raises(BadKey):
            load(text, suite)


@each_suite
def test_a_key_under_a_password_is_refused_without_asking(suite: Suite) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        pems.Encoding.PEM, pems.PrivateFormat.PKCS8, pems.BestAvailableEncryption(b"password")
    )
    with pytest.raises(BadKey):
        suites.load_signing_key(pem.decode(), suite)


def test_repr_tells_nothing_of_a_key(key: SigningKey) -> None:
    assert key.pem().split("\n")[1] not in repr(key)


# --- sealing ---------------------------------------------------------------------------------------------------------


@given(any_suite, st.binary(), st.binary())
def test_sealed_content_opens_at_its_place(suite: Suite, content: bytes, place: bytes) -> None:
    sealed = CIPHERS[suite].seal(content, place)
    assert CIPHERS[suite].open(sealed, place) == content
    with pytest.raises(BadSeal):
        CIPHERS[suite].open(sealed, place + b"2")


@given(any_suite, st.data())
def test_no_byte_of_sealed_content_can_change(suite: Suite, data: st.DataObject) -> None:
    sealed = bytearray(CIPHERS[suite].seal(b"content", b"place"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadSeal):
        CIPHERS[suite].open(bytes(sealed), b"place")


@given(any_suite, st.binary(max_size=80))
def test_garbage_does_not_open(suite: Suite, data: bytes) -> None:
    with pytest.raises(BadSeal):
        CIPHERS[suite].open(data, b"place")


@each_suite
def test_sealed_content_opens_with_its_key_alone(suite: Suite) -> None:
    sealed = CIPHERS[suite].seal(b"content", b"place")
    with pytest.raises(BadSeal):
        Cipher(bytes(32), suite).open(sealed, b"place")


@each_suite
def test_the_same_content_never_looks_the_same(suite: Suite) -> None:
    assert CIPHERS[suite].seal(b"content", b"") != CIPHERS[suite].seal(b"content", b"")


@each_suite
@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(suite: Suite, size: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Cipher(bytes(size), suite)


# --- SM4, as the standards have it -----------------------------------------------------------------------------------

SM4_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


def test_sm4_once() -> None:
    """GM/T 0002-2012, A.1."""
    encryptor = BlockCipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()  # noqa: S305 - one block
    assert encryptor.update(SM4_KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_a_million_times() -> None:
    """GM/T 0002-2012, A.2: CBC over zeros encrypts each block's outcome again."""
    encryptor = BlockCipher(algorithms.SM4(SM4_KEY), modes.CBC(SM4_KEY)).encryptor()
    zeros = bytes(16 * 10_000)
    blocks = [encryptor.update(zeros)[-16:] for _ in range(100)]
    assert blocks[-1].hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_sm4_gcm() -> None:
    """RFC 8998, A.1."""
    cipher, nonce = Sm4Gcm(SM4_KEY), bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.encrypt(nonce, plain, associated) == sealed
    assert cipher.decrypt(nonce, sealed, associated) == plain
    with pytest.raises(InvalidTag):
        cipher.decrypt(nonce, sealed, b"")
