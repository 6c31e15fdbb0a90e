"""Attachments, and what the centre has of a terminal, over the transport."""

import base64
import json

import httpx
import pytest

from offline_queue import http_signature
from offline_queue.contract import MatterState, Receipt
from offline_queue.retry import FailureKind
from offline_queue.transport import Copy, TransportFailed
from tests.offline_queue.asking import DIGEST, filed, is_signed, talking_to, told
from tests.offline_queue.helpers import NOW
from tests.offline_queue.web import Reply, web


def test_a_piece_goes_with_its_place_and_the_whole_length() -> None:
    answer = Reply(204, b"", {"Upload-Offset": "12"})
    with web(lambda _: answer) as centre, talking_to(centre.url) as transport:
        assert transport.upload(DIGEST, 7, b"bytes", 99, "gm") == 12
    (asked,) = centre.asked
    assert is_signed(asked)
    assert (asked.method, asked.path, asked.body) == ("PATCH", f"/v1/attachments/{DIGEST}", b"bytes")
    names = ("Upload-Offset", "Upload-Length", "Content-Type", "Kiosk-Suite")
    assert [asked.headers[name] for name in names] == ["7", "99", "application/offset+octet-stream", "gm"]


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (Reply(409, b"{}", {"Upload-Offset": "3"}), 3),
        (Reply(422, b"{}"), 0),
    ],
)
def test_the_centre_may_want_another_piece(reply: Reply, wanted: int) -> None:
    with web(lambda _: reply) as centre, talking_to(centre.url) as transport:
        assert transport.upload(DIGEST, 7, b"bytes", 99, "standard") == wanted
    assert "Kiosk-Suite" not in centre.asked[0].headers


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(204, b""), FailureKind.SERVER),
        (Reply(204, b"", {"Upload-Offset": "-4"}), FailureKind.SERVER),
        (Reply(507, b""), FailureKind.SERVER),
        (Reply(413, b""), FailureKind.TOO_LARGE),
        (Reply(401, b""), FailureKind.UNAUTHORISED),
    ],
)
def test_an_upload_that_fails(reply: Reply, kind: FailureKind) -> None:
    with web(lambda _: reply) as centre, talking_to(centre.url) as transport, pytest.raises(TransportFailed) as failed:
        transport.upload(DIGEST, 0, b"bytes", 99, "standard")
    assert failed.value.failure.kind is kind


def test_how_far_an_attachment_is() -> None:
    with web(told({"offset": 5, "complete": False})) as centre, talking_to(centre.url) as transport:
        progress = transport.progress(DIGEST, "standard")
    assert (progress.offset, progress.complete) == (5, False)
    assert is_signed(centre.asked[0])


# --- what the centre has --------------------------------------------------------------------------------------------


def test_standing_and_clock() -> None:
    answer = {"time": NOW - 40, "settled": {"epoch": 3, "count": 17}, "not_after": NOW + 5}
    with web(told(answer)) as centre, talking_to(centre.url) as transport:
        standing = transport.standing(3)
        transport.standing()
    assert (standing.epoch, standing.settled, standing.not_after) == (3, 17, NOW + 5)
    assert standing.skew == pytest.approx(40, abs=5)
    assert [asked.path for asked in centre.asked] == ["/v1/terminal?epoch=3", "/v1/terminal"]
    assert all(is_signed(asked) for asked in centre.asked)


def test_receipts_are_offered_and_copies_sent() -> None:
    receipt = Receipt("m1", 1, 1, DIGEST, MatterState.FILED, NOW, kept=True)
    with web(told({"unknown": ["m1"]})) as centre, talking_to(centre.url) as transport:
        assert transport.unknown([receipt]) == {"m1"}
        centre.answer = told({"answers": [filed("m1")]})
        restored = transport.restore([Copy("m1", DIGEST, b"\x00sealed")])
    assert restored["m1"].answer.number == "44-1"
    offered, sent = centre.asked
    assert json.loads(offered.body) == {"receipts": [{"id": "m1", "digest": DIGEST}]}
    line = json.loads(sent.body)
    assert base64.b64decode(line.pop("sealed")) == b"\x00sealed"
    assert line == {"id": "m1", "digest": DIGEST}
    assert sent.body.endswith(b"\n")


def test_two_requests_never_share_a_nonce() -> None:
    with web(told({"offset": 5, "complete": False})) as centre, talking_to(centre.url) as transport:
        for _ in range(3):
            transport.progress(DIGEST, "standard")
    assert len({http_signature.read(httpx.Headers(asked.headers.items())).nonce for asked in centre.asked}) == 3
