"""SM2 (GM/T 0003) by the system's OpenSSL 3: signatures with SM3 and encryption.

A thin binding, since ``cryptography`` does not offer SM2 and the Python packages that do are several times slower. The
library is looked for when the first key is made or loaded: nothing happens at import. Threads may share keys.
"""

import ctypes
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p, create_string_buffer
from functools import cache
from typing import Any, Final, Self

from offline_queue.crypto_errors import BadKey, BadSeal, BadSignature, CryptoError, GmUnavailable
from offline_queue.hashing import Suite

LIBRARY: Final = "libcrypto.so.3"
ALGORITHM: Final = b"SM2"
ID: Final = b"1234567812345678"
"""The distinguishing identifier where parties agreed on none (GM/T 0009)."""

_POINTER, _SIZE = c_void_p, c_size_t
_SIZE_POINTER: Final = POINTER(c_size_t)
# Functions of OpenSSL 3.0: name -> what it returns, what it takes.
_FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "ERR_clear_error": (None, ()),
    "BIO_new_mem_buf": (_POINTER, (c_char_p, c_int)),
    "BIO_s_mem": (_POINTER, ()),
    "BIO_new": (_POINTER, (_POINTER,)),
    "BIO_ctrl_pending": (_SIZE, (_POINTER,)),
    "BIO_read": (c_int, (_POINTER, c_char_p, c_int)),
    "BIO_free": (c_int, (_POINTER,)),
    "PEM_read_bio_PrivateKey": (_POINTER, (_POINTER, _POINTER, _POINTER, c_char_p)),
    "PEM_read_bio_PUBKEY": (_POINTER, (_POINTER, _POINTER, _POINTER, c_char_p)),
    "PEM_write_bio_PKCS8PrivateKey": (c_int, (_POINTER, _POINTER, _POINTER, c_char_p, c_int, _POINTER, _POINTER)),
    "PEM_write_bio_PUBKEY": (c_int, (_POINTER, _POINTER)),
    "EVP_PKEY_is_a": (c_int, (_POINTER, c_char_p)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_new_from_name": (_POINTER, (_POINTER, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new": (_POINTER, (_POINTER, _POINTER)),
    "EVP_PKEY_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (_POINTER, c_char_p, c_int)),
    "EVP_PKEY_keygen_init": (c_int, (_POINTER,)),
    "EVP_PKEY_generate": (c_int, (_POINTER, POINTER(_POINTER))),
    "EVP_PKEY_encrypt_init": (c_int, (_POINTER,)),
    "EVP_PKEY_encrypt": (c_int, (_POINTER, c_char_p, _SIZE_POINTER, c_char_p, _SIZE)),
    "EVP_PKEY_decrypt_init": (c_int, (_POINTER,)),
    "EVP_PKEY_decrypt": (c_int, (_POINTER, c_char_p, _SIZE_POINTER, c_char_p, _SIZE)),
    "EVP_sm3": (_POINTER, ()),
    "EVP_MD_CTX_new": (_POINTER, ()),
    "EVP_MD_CTX_free": (None, (_POINTER,)),
    "EVP_DigestSignInit": (c_int, (_POINTER, POINTER(_POINTER), _POINTER, _POINTER, _POINTER)),
    "EVP_DigestSign": (c_int, (_POINTER, c_char_p, _SIZE_POINTER, c_char_p, _SIZE)),
    "EVP_DigestVerifyInit": (c_int, (_POINTER, POINTER(_POINTER), _POINTER, _POINTER, _POINTER)),
    "EVP_DigestVerify": (c_int, (_POINTER, c_char_p, _SIZE, c_char_p, _SIZE)),
}


@cache
def openssl() -> Any:
    """Raises ``GmUnavailable``."""
    try:
        library = ctypes.CDLL(LIBRARY)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise GmUnavailable(str(error)) from None
    context = library.EVP_PKEY_CTX_new_from_name(None, ALGORITHM, None)
    library.ERR_clear_error()
    if not context:
        raise GmUnavailable("built without SM2")
    library.EVP_PKEY_CTX_free(context)
    return library


class _Key:
    suite: Suite = "gm"

    def __init__(self, pointer: int) -> None:
        """Owns what it is given."""
        self._pointer = pointer
        weakref.finalize(self, openssl().EVP_PKEY_free, pointer)


class PublicKey(_Key):
    @classmethod
    def load(cls, pem: str) -> Self:
        """Raises ``BadKey``, ``GmUnavailable``."""
        return cls(_read_pem(openssl().PEM_read_bio_PUBKEY, pem))

    def pem(self) -> str:
        return _written_pem(lambda bio: openssl().PEM_write_bio_PUBKEY(bio, self._pointer))

    def verify(self, signature: bytes, data: bytes) -> None:
        """``signature`` is DER (GM/T 0009). Raises ``BadSignature``."""
        library = openssl()
        with _digest(library.EVP_DigestVerifyInit, self._pointer) as context:
            if library.EVP_DigestVerify(context, signature, len(signature), data, len(data)) != 1:
                raise BadSignature

    def encrypt(self, data: bytes) -> bytes:
        """DER as GM/T 0009 has it; for keys, not for files."""
        library = openssl()
        with _operation(library.EVP_PKEY_encrypt_init, self._pointer) as context:
            return _sized(lambda out, size: library.EVP_PKEY_encrypt(context, out, size, data, len(data)))


class PrivateKey(_Key):
    @classmethod
    def generate(cls) -> Self:
        """Raises ``GmUnavailable``."""
        library, key = openssl(), c_void_p()
        with _freed(library.EVP_PKEY_CTX_new_from_name(None, ALGORITHM, None), library.EVP_PKEY_CTX_free) as context:
            _check(library.EVP_PKEY_keygen_init(context))
            _check(library.EVP_PKEY_generate(context, byref(key)))
        return cls(_present(key.value))

    @classmethod
    def load(cls, pem: str) -> Self:
        """Raises ``BadKey``, ``GmUnavailable``."""
        return cls(_read_pem(openssl().PEM_read_bio_PrivateKey, pem))

    def pem(self) -> str:
        """PKCS#8, not encrypted."""
        none = (None, None, 0, None, None)
        return _written_pem(lambda bio: openssl().PEM_write_bio_PKCS8PrivateKey(bio, self._pointer, *none))

    def public(self) -> PublicKey:
        return PublicKey.load(_written_pem(lambda bio: openssl().PEM_write_bio_PUBKEY(bio, self._pointer)))

    def sign(self, data: bytes) -> bytes:
        """DER (GM/T 0009), by the identifier :data:`ID`."""
        library = openssl()
        with _digest(library.EVP_DigestSignInit, self._pointer) as context:
            return _sized(lambda out, size: library.EVP_DigestSign(context, out, size, data, len(data)))

    def decrypt(self, data: bytes) -> bytes:
        """Raises ``BadSeal``."""
        library = openssl()
        with _operation(library.EVP_PKEY_decrypt_init, self._pointer) as context:
            try:
                return _sized(lambda out, size: library.EVP_PKEY_decrypt(context, out, size, data, len(data)))
            except CryptoError:
                raise BadSeal from None


@contextmanager
def _digest(begin: Callable[..., int], key: int) -> Generator[int]:
    """A context that signs or verifies with SM3 and :data:`ID`."""
    library, inner = openssl(), c_void_p()
    with _freed(library.EVP_MD_CTX_new(), library.EVP_MD_CTX_free) as context:
        _check(begin(context, byref(inner), library.EVP_sm3(), None, key))
        _check(library.EVP_PKEY_CTX_set1_id(inner, ID, len(ID)))
        yield context


@contextmanager
def _operation(begin: Callable[[int], int], key: int) -> Generator[int]:
    library = openssl()
    with _freed(library.EVP_PKEY_CTX_new(key, None), library.EVP_PKEY_CTX_free) as context:
        _check(begin(context))
        yield context


@contextmanager
def _freed(pointer: int | None, free: Callable[[int], object]) -> Generator[int]:
    pointer = _present(pointer)
    try:
        yield pointer
    finally:
        free(pointer)
        # Python's ssl module may use the same library, and takes what it finds in the thread's list for its own.
        openssl().ERR_clear_error()


def _sized(call: Callable[[Any, Any], int]) -> bytes:
    """What ``call`` writes: OpenSSL is asked for the size first, which may be more than it needs."""
    size = c_size_t()
    _check(call(None, byref(size)))
    out = create_string_buffer(size.value)
    _check(call(out, byref(size)))
    return out.raw[: size.value]


def _read_pem(read: Callable[..., int | None], pem: str) -> int:
    library, data = openssl(), pem.encode(errors="replace")
    with _freed(library.BIO_new_mem_buf(data, len(data)), library.BIO_free) as bio:
        # With a password, though an empty one, OpenSSL does not ask for it at the terminal.
        key = read(bio, None, None, b"")
    if not key:
        raise BadKey("unreadable")
    if not library.EVP_PKEY_is_a(key, ALGORITHM):
        library.EVP_PKEY_free(key)
        raise BadKey("not of SM2")
    return key


def _written_pem(write: Callable[[int], int]) -> str:
    library = openssl()
    with _freed(library.BIO_new(library.BIO_s_mem()), library.BIO_free) as bio:
        _check(write(bio))
        out = create_string_buffer(library.BIO_ctrl_pending(bio))
        _check(library.BIO_read(bio, out, len(out)))
        return out.raw.decode()


def _present(pointer: int | None) -> int:
    if not pointer:
        raise CryptoError("OpenSSL has no memory")
    return pointer


def _check(result: int) -> None:
    if result <= 0:
        raise CryptoError("OpenSSL refused")
