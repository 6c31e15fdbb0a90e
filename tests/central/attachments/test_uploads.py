"""Attachments over the wire, and the matters that wait for them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from central.attachments.contract import LARGEST
from central.attachments.files import AttachmentFiles
from central.centre import Centre
from offline_queue import hashing
from offline_queue.envelope import Attachment
from offline_queue.hashing import Suite
from tests.central.helpers import CANARY, TERMINAL, Running, is_problem, own_key, post, proof, running

CONTENT = CANARY.encode() * 1000
DIGEST = hashing.digest(CONTENT)


def headers(offset: int, length: int, suite: Suite | str = "standard", **changes: str) -> dict[str, str]:
    return {
        "Upload-Offset": str(offset),
        "Upload-Length": str(length),
        "Content-Type": "application/offset+octet-stream",
        "Kiosk-Suite": suite,
        **changes,
    }


def patch(client: httpx.Client, piece: bytes, offset: int, digest: str = DIGEST, length: int = 0) -> httpx.Response:
    return client.patch(f"/v1/attachments/{digest}", content=piece, headers=headers(offset, length or len(CONTENT)))


def test_an_upload_goes_on_where_it_was_cut(client: httpx.Client) -> None:
    assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 0, "complete": False}
    first = patch(client, CONTENT[:5000], 0)
    assert (first.status_code, first.headers["Upload-Offset"], first.content) == (204, "5000", b"")
    again = patch(client, CONTENT[:5000], 0)
    assert is_problem(again, 409)
    assert again.headers["Upload-Offset"] == "5000"
    assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 5000, "complete": False}
    last = patch(client, CONTENT[5000:], 5000)
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": len(CONTENT), "complete": True}


def test_another_content_begins_again(client: httpx.Client) -> None:
    wrong = patch(client, CONTENT[::-1], 0)
    assert is_problem(wrong, 422)
    assert wrong.headers["Upload-Offset"] == "0"
    assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 0, "complete": False}


def test_attachments_are_a_terminals_own(centre: Running, client: httpx.Client) -> None:
    patch(client, CONTENT, 0)
    with centre.client(centre.enrolled("GD440200")) as other:
        assert other.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 0, "complete": False}
    assert centre.centre.attachments.read(TERMINAL, DIGEST) == CONTENT


def test_digests_of_the_other_suite(client: httpx.Client) -> None:
    digest = hashing.digest(CONTENT, "gm")
    made = client.patch(f"/v1/attachments/{digest}", content=CONTENT, headers=headers(0, len(CONTENT), "gm"))
    assert made.status_code == 204


def test_a_matter_waits_for_its_attachments(client: httpx.Client) -> None:
    files = tuple(
        Attachment(name, hashing.digest(name.encode()), len(name), "image/jpeg") for name in ("front", "back")
    )
    envelope = proof(1, attachments=files)
    (answer,) = post(client, [envelope])
    assert (answer["outcome"], answer["missing"]) == ("later", [file.digest for file in files])
    assert patch(client, b"back", 0, files[1].digest, 4).status_code == 204
    (answer,) = post(client, [envelope])
    assert (answer["outcome"], answer["missing"]) == ("later", [files[0].digest])
    assert patch(client, b"front", 0, files[0].digest, 5).status_code == 204
    (answer,) = post(client, [envelope])
    assert answer["outcome"] == "filed"


@pytest.mark.parametrize("kept", ["disk", "s3"])
def test_two_workers_see_one_upload(request: pytest.FixtureRequest, tmp_path: Path, kept: str) -> None:
    place = str(tmp_path / "shared") if kept == "disk" else str(request.getfixturevalue("s3_place"))
    file = Attachment("page", DIGEST, len(CONTENT), "image/jpeg")
    envelope = proof(1, attachments=(file,))
    with running(tmp_path, attachments=place) as one, running(tmp_path, attachments=place) as other:
        terminal = one.enrolled(key=own_key())
        with one.client(terminal) as first, other.client(terminal) as second:
            assert patch(first, CONTENT[:5000], 0).status_code == 204
            assert post(second, [envelope])[0]["missing"] == [DIGEST]
            assert second.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 5000, "complete": False}
            assert patch(second, CONTENT[5000:9000], 5000).status_code == 204
            assert patch(first, CONTENT[5000:], 5000).headers["Upload-Offset"] == "9000"
            assert patch(first, CONTENT[9000:], 9000).status_code == 204
            assert post(second, [envelope])[0]["outcome"] == "filed"


def test_an_object_store_that_is_away_asks_to_come_again(tmp_path: Path, s3_place: str) -> None:
    with running(tmp_path, attachments="s3://no-such-bucket/attachments") as centre, centre.client() as client:
        assert is_problem(patch(client, CONTENT[:5000], 0), 503)
    with running(tmp_path, attachments=s3_place) as centre, centre.client() as client:
        assert patch(client, CONTENT[:5000], 0).status_code == 204


@pytest.mark.parametrize(
    ("digest", "changes", "status"),
    [
        ("x", {}, 404),
        ("0" * 63, {}, 404),
        ("A" * 64, {}, 404),
        ("..%2f..%2fetc", {}, 404),
        (DIGEST, {"Upload-Offset": ""}, 400),
        (DIGEST, {"Upload-Offset": "-1"}, 400),
        (DIGEST, {"Upload-Length": "x"}, 400),
        (DIGEST, {"Upload-Length": "9" * 4000}, 400),
        (DIGEST, {"Upload-Length": "2"}, 413),
        (DIGEST, {"Upload-Length": str(LARGEST + 1)}, 413),
        (DIGEST, {"Content-Type": "text/plain"}, 415),
        (DIGEST, {"Content-Encoding": "gzip"}, 415),
        (DIGEST, {"Kiosk-Suite": "none"}, 422),
        (DIGEST, {"Upload-Offset": "1"}, 409),
    ],
)
def test_a_piece_that_fits_nowhere(
    shared_client: httpx.Client, digest: str, changes: Mapping[str, str], status: int
) -> None:
    response = shared_client.patch(f"/v1/attachments/{digest}", content=b"xyz", headers=headers(0, 100, **changes))
    assert is_problem(response, status)


def test_a_piece_is_bounded(shared_client: httpx.Client) -> None:
    piece = bytes((1 << 20) + 1)
    assert is_problem(patch(shared_client, piece, 0, length=len(piece)), 413)


def test_a_full_disk_asks_to_come_again_and_keeps_what_is_there(tmp_path: Path) -> None:
    def adapt(centre: Centre) -> Centre:
        full = AttachmentFiles(tmp_path / "attachments", centre.secrets.storage_key, free=1 << 60)
        return replace(centre, attachments=full)

    with running(tmp_path) as centre, centre.client() as client:
        patch(client, CONTENT[:100], 0)
    with running(tmp_path, adapt=adapt) as centre, centre.client() as client:
        response = patch(client, CONTENT[100:], 100)
        assert is_problem(response, 503)
        assert int(response.headers["Retry-After"]) > 0
        assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": 100, "complete": False}
    with running(tmp_path) as centre, centre.client() as client:
        assert patch(client, CONTENT[100:], 100).status_code == 204


def test_nothing_of_an_upload_lies_open(centre: Running, client: httpx.Client) -> None:
    patch(client, CONTENT[:5000], 0)
    content = b"".join(path.read_bytes() for path in centre.data.rglob("*") if path.is_file())
    assert CANARY.encode() not in content
