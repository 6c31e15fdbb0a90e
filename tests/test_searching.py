import base64
import gzip
import zlib

import pytest

from tests.searching import Search

SECRETS = ("样本甲乙", "440606199001010014", "广东省佛山市顺德区样本路１号")


@pytest.mark.parametrize("secret", SECRETS)
def test_the_search_finds_every_spelling(secret: str) -> None:
    text = secret.encode()
    hidden = [
        text,
        secret[::-1].encode(),
        *(secret.encode(encoding) for encoding in ("utf-16-le", "utf-16-be", "gbk")),
        *(base64.b64encode(b"x" * shift + text + b"tail") for shift in range(3)),
        *(base64.urlsafe_b64encode(b"\xff" * shift + text) for shift in range(3)),
        text.hex().encode(),
        gzip.compress(b"before" + text),
        b"%PDF stream" + zlib.compress(text),
        ascii(secret).encode(),
    ]
    search = Search([secret])
    assert [data for data in hidden if not search.tells(b"\0\1 " + data + b" behind")] == []


def test_the_search_finds_marks_and_nothing_else() -> None:
    search = Search(SECRETS, [b"\x89mark"])
    assert search.tells(b"before\x89mark")
    assert not search.tells("证件样本 440606********0014 样**".encode())
