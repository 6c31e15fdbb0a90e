"""Against the examples of the standards, and both ways against another implementation."""

import ctypes
import gc
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gmssl_pyx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import sm2, suites
from offline_queue.crypto_errors import BadKey, BadSeal, BadSignature, CryptoError, GmUnavailable
from tests.offline_queue.sm2_keys import number_of, point_of, private_pem, public_pem

# GM/T 0003.5-2012, the recommended curve: A.2 signature, C.2 encryption
NUMBER = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
POINT = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SIGNATURE = bytes.fromhex(
    "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
ENCRYPTED = bytes.fromhex(
    "307C022004EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "022100E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
    "042059983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766041321886CA989CA9C7D58087307CA93092D651EFA"
)
KEY = sm2.PrivateKey.load(private_pem(NUMBER, POINT))
PUBLIC = sm2.PublicKey.load(public_pem(POINT))


def test_signature_of_the_standard() -> None:
    PUBLIC.verify(SIGNATURE, b"message digest")
    with pytest.raises(BadSignature):
        PUBLIC.verify(SIGNATURE, b"message digest.")


def test_encryption_of_the_standard() -> None:
    assert KEY.decrypt(ENCRYPTED) == b"encryption standard"


def test_public_half_of_the_standards_key() -> None:
    assert KEY.public().pem() == PUBLIC.pem() == public_pem(POINT)
    assert KEY.pem() == private_pem(NUMBER, POINT)


def test_another_implementation_believes_our_signatures() -> None:
    key = sm2.PrivateKey.generate()
    for message in (b"", b"message", bytes(range(256)) * 300):
        assert gmssl_pyx.sm2_verify(point_of(key.public().pem()), message, key.sign(message))


def test_we_believe_another_implementations_signatures() -> None:
    point, number = gmssl_pyx.sm2_key_generate()
    for message in (b"", b"message", bytes(range(256)) * 300):
        sm2.PublicKey.load(public_pem(point)).verify(gmssl_pyx.sm2_sign(number, point, message), message)


def test_encrypted_both_ways_with_another_implementation() -> None:
    key = sm2.PrivateKey.generate()
    assert gmssl_pyx.sm2_decrypt(number_of(key.pem()), key.public().encrypt(b"a key")) == b"a key"
    assert key.decrypt(gmssl_pyx.sm2_encrypt(point_of(key.public().pem()), b"a key")) == b"a key"


def test_signatures_of_another_identifier_are_refused() -> None:
    point, number = gmssl_pyx.sm2_key_generate()
    with pytest.raises(BadSignature):
        sm2.PublicKey.load(public_pem(point)).verify(gmssl_pyx.sm2_sign(number, point, b"m", b"ALICE"), b"m")


@given(st.binary(max_size=80))
def test_garbage_is_no_signature(data: bytes) -> None:
    with pytest.raises(BadSignature):
        PUBLIC.verify(data, b"message digest")


@given(st.integers(0, len(SIGNATURE) - 1), st.integers(1, 255))
def test_no_byte_of_a_signature_can_change(position: int, change: int) -> None:
    damaged = bytearray(SIGNATURE)
    damaged[position] ^= change
    with pytest.raises(BadSignature):
        PUBLIC.verify(bytes(damaged), b"message digest")


@given(st.integers(0, len(ENCRYPTED) - 1), st.integers(1, 255))
def test_no_byte_of_what_is_encrypted_can_change(position: int, change: int) -> None:
    damaged = bytearray(ENCRYPTED)
    damaged[position] ^= change
    with pytest.raises(BadSeal):
        KEY.decrypt(bytes(damaged))


@given(st.binary(max_size=200))
def test_garbage_is_not_decrypted(data: bytes) -> None:
    with pytest.raises(BadSeal):
        KEY.decrypt(data)


def test_a_point_off_the_curve_is_no_key() -> None:
    with pytest.raises(BadKey):
        sm2.PublicKey.load(public_pem(POINT[:-1] + bytes([POINT[-1] ^ 1])))


def test_a_key_of_another_curve_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadKey):
        sm2.PrivateKey.load(suites.private_pem(other))
    with pytest.raises(BadKey):
        sm2.PublicKey.load(suites.public_pem(other.public_key()))


def test_threads_may_share_a_key() -> None:
    def sign(number: int) -> None:
        message = number.to_bytes(4)
        key.public().verify(key.sign(message), message)

    key = sm2.PrivateKey.generate()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sign, range(100)))


def test_failures_leave_nothing_behind_in_openssls_list() -> None:
    """The thread's TLS connections read the same list."""
    library = ctypes.CDLL(sm2.LIBRARY)
    with pytest.raises(BadKey):
        sm2.PublicKey.load("nothing")
    with pytest.raises(BadSignature):
        PUBLIC.verify(b"garbage", b"")
    with pytest.raises(BadSeal):
        KEY.decrypt(b"garbage")
    assert library.ERR_peek_error() == 0


class Counting:
    """OpenSSL, with a count of what it hands out and takes back."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.held: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            result = getattr(self.library, name)(*arguments)
            for kind in ("BIO", "EVP_MD_CTX", "EVP_PKEY_CTX"):
                self.held[kind] += name.startswith(f"{kind}_new") and bool(result)
                self.held[kind] -= name == f"{kind}_free"
            self.held["EVP_PKEY"] += name.startswith(("PEM_read", "EVP_PKEY_generate")) and bool(result)
            self.held["EVP_PKEY"] -= name == "EVP_PKEY_free"
            return result

        return call


def use_everything() -> None:
    key = sm2.PrivateKey.load(sm2.PrivateKey.generate().pem())
    key.public().verify(key.sign(b"m"), b"m")
    key.decrypt(key.public().encrypt(b"k"))
    for failing in (
        lambda: key.public().verify(b"garbage", b"m"),
        lambda: key.decrypt(b"garbage"),
        lambda: sm2.PublicKey.load("garbage"),
        lambda: sm2.PublicKey.load(suites.generate().public().pem()),
    ):
        with pytest.raises(CryptoError):
            failing()


def test_all_is_freed_after_success_and_after_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(sm2.openssl())
    monkeypatch.setattr(sm2, "openssl", lambda: counting)
    use_everything()
    gc.collect()
    assert set(counting.held.values()) == {0}


def test_a_machine_without_the_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "LIBRARY", "libcrypto.so.none")
    sm2.openssl.cache_clear()
    try:
        with pytest.raises(GmUnavailable, match="gm needs OpenSSL 3"):
            suites.generate("gm")
        suites.generate("standard")
    finally:
        monkeypatch.undo()
        sm2.openssl.cache_clear()


def test_a_library_without_sm2_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "ALGORITHM", b"SM0")
    sm2.openssl.cache_clear()
    try:
        with pytest.raises(GmUnavailable, match="without SM2"):
            suites.load_verify_key(PUBLIC.pem(), "gm")
    finally:
        monkeypatch.undo()
        sm2.openssl.cache_clear()
