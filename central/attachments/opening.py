"""One URL chooses where attachments are kept."""

from pathlib import Path
from typing import Final

from central.attachments.contract import AttachmentStore, BadStore
from central.attachments.files import AttachmentFiles

_S3: Final = "s3://"
_SCHEME: Final = "://"


def open_store(place: str, key: bytes) -> AttachmentStore:
    """``place`` is a folder or ``s3://BUCKET/PREFIX``, whose endpoint and keys are those of the environment
    (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``). Raises :class:`BadStore`; asks nothing
    yet."""
    if place.startswith(_S3) and place.removeprefix(_S3).split("/")[0]:
        from central.attachments.objects import AttachmentObjects, s3  # noqa: PLC0415 - a second to load, for those who need it

        return AttachmentObjects(s3(), place.removeprefix(_S3), key)
    if not place or _SCHEME in place:
        raise BadStore
    return AttachmentFiles(Path(place), key)
