"""SM2 keys between bare numbers, as standards and other implementations have them, and PEM."""

import base64
import textwrap

_CURVE = "301306072a8648ce3d020106082a811ccf5501822d"
_PUBLIC = bytes.fromhex("3059" + _CURVE + "03420004")
_PRIVATE = bytes.fromhex("308187020100" + _CURVE + "046d306b0201010420")
_PUBLIC_AFTER_PRIVATE = bytes.fromhex("a14403420004")


def public_pem(point: bytes) -> str:
    """``point``: 64 bytes, x and y."""
    return _pem("PUBLIC KEY", _PUBLIC + point)


def private_pem(number: bytes, point: bytes) -> str:
    return _pem("PRIVATE KEY", _PRIVATE + number + _PUBLIC_AFTER_PRIVATE + point)


def point_of(public: str) -> bytes:
    return _der(public)[-64:]


def number_of(private: str) -> bytes:
    return _der(private)[len(_PRIVATE) :][:32]


def _der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.split("\n")[1:-2]))


def _pem(label: str, der: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
