"""What can be wrong with keys, signatures and seals. Pure."""


class CryptoError(Exception):
    """A key, a signature or a seal is not good."""

    def __str__(self) -> str:
        detail = super().__str__()
        return f"{self.__doc__} ({detail})" if detail else str(self.__doc__)


class BadKey(CryptoError):
    """The PEM holds no key of the suite that is set."""


class BadSignature(CryptoError):
    """The signature is not that of this key over this content."""


class BadSeal(CryptoError):
    """The sealed content was changed, belongs elsewhere or was sealed for another key."""


class GmUnavailable(CryptoError):
    """gm needs OpenSSL 3: install the package libssl3, or set the suite to standard."""
