"""What the routes of several platforms have in common."""

import base64
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


def _typed(value: Any) -> Any:
    """However a number was typed: spaces, small letters."""
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _decoded(value: Any) -> Any:
    """Raises ``ValueError``: pydantic's own passes over letters that are none of base64."""
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Base64 = Annotated[
    bytes, BeforeValidator(_decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})
]  # fmt: skip
Number = Annotated[str, BeforeValidator(_typed), Field(pattern=r"^[0-9A-Z]{6,24}$")]
"""Identity number or unified social credit code."""
Evidence = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,100}$", description="of POST identity/verifications")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,80}$")]
Texts = dict[str, str]
"""By language: zh-Hans, zh-Hant, en."""


class Question(BaseModel):
    """Frozen, and nothing beside what is named; its repr says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ProblemView(BaseModel):
    """RFC 9457, with what the caller can do."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: those beside 401 and 503, which every route of a platform may answer."""
    content = {"application/problem+json": {"schema": ProblemView.model_json_schema()}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in (401, 503, 502, *statuses)}


_MEANINGS: Final = {
    401: "The request is not signed, or by a key that counts no more.",
    403: "There is no evidence of this person at this terminal, or the platform refuses.",
    404: "The platform knows nothing of the kind.",
    409: "Something else has happened already.",
    413: "The body is too large.",
    422: "The body does not fit.",
    429: "Asked too often.",
    502: "The platform answered something that does not fit the question.",
    503: "The platform does not answer now; Retry-After says when to ask again.",
}
