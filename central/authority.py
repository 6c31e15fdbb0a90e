"""The centre's own certificate authority: vouches for the keys of its terminals."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.files import write_durably
from central.keys import BadSecret, ed25519_key

NAME: Final = "Central platform terminal authority"
VALIDITY: Final = timedelta(days=90)
"""Of a terminal's certificate."""
_OWN_VALIDITY: Final = timedelta(days=30 * 365)
_CLOCKS_DIFFER: Final = timedelta(days=1)
"""A certificate counts from a day before it is made: clocks differ."""


@dataclass(frozen=True)
class Authority:
    key: Ed25519PrivateKey
    certificate: x509.Certificate

    @classmethod
    def load_or_create(cls, folder: Path, now: datetime) -> Self:
        """``authority.key`` (0600) and ``authority.crt``. Raises :class:`BadSecret`, ``OSError``.

        A key without its certificate is what a kill at the first start leaves: the certificate is made then.
        """
        key = ed25519_key(folder / "authority.key")
        path = folder / "authority.crt"
        if not path.exists():
            write_durably(path, _self_signed(key, now).public_bytes(Encoding.PEM), 0o644)
        return cls(key, _certificate_of(key, path.read_bytes()))

    def certify(self, terminal: str, public_key: Ed25519PublicKey, key_id: bytes, now: datetime) -> str:
        """PEM, for signing requests alone. Common name the terminal, subject key identifier the key's id; the serial
        number is random, for no two certificates of one authority may share it (RFC 5280, 4.1.2.2)."""
        builder = _builder(_name(terminal), self.certificate.subject, now, now + VALIDITY).public_key(public_key)
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            (x509.SubjectKeyIdentifier(key_id), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False),
        ):
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, None).public_bytes(Encoding.PEM).decode()


def _self_signed(key: Ed25519PrivateKey, now: datetime) -> x509.Certificate:
    name = _name(NAME)
    builder = _builder(name, name, now, now + _OWN_VALIDITY)
    builder = builder.public_key(key.public_key())
    for extension, critical in (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(key_cert_sign=True, crl_sign=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, None)


def _certificate_of(key: Ed25519PrivateKey, pem: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        raise BadSecret("authority.crt is damaged") from None
    if certificate.public_key() != key.public_key():
        raise BadSecret("authority.crt is of another key than authority.key")
    return certificate


def _builder(subject: x509.Name, issuer: x509.Name, start: datetime, end: datetime) -> x509.CertificateBuilder:
    names = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    dated = names.not_valid_before(start - _CLOCKS_DIFFER).not_valid_after(end)
    return dated.serial_number(x509.random_serial_number())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})
