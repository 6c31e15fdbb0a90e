"""What all sections of ``kiosk.ini`` share: paths that start at the file's folder, and contradictions between keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

LONGEST_SOCKET_NAME: Final = "/supervisor.sock"
MAX_SOCKET_PATH: Final = 107
"""Bytes a Unix socket's path may have (unix(7): ``sun_path`` is 108 with the closing zero)."""


@dataclass(frozen=True)
class Folders:
    """Relative paths are meant from here: ``base`` holds the file itself, ``state`` is ``[terminal] state_dir``."""

    base: Path
    state: Path


@dataclass(frozen=True)
class Contradiction:
    """Values that are right alone and wrong together; ``keys[0]`` is where it is reported."""

    keys: tuple[str, ...]
    message: str


def _folder(info: ValidationInfo, which: Literal["base", "state"]) -> Path:
    folders = cast("Folders | None", info.context)
    return getattr(folders, which) if folders else Path()


def from_base(path: Path, info: ValidationInfo) -> Path:
    return _folder(info, "base") / path


def _from_state(path: Path, info: ValidationInfo) -> Path:
    return _folder(info, "state") / path


def _fits_a_socket(path: Path) -> Path:
    if len(bytes(path)) + len(LONGEST_SOCKET_NAME) > MAX_SOCKET_PATH:
        limit = MAX_SOCKET_PATH - len(LONGEST_SOCKET_NAME)
        raise ValueError(f"is too long for a Unix socket: at most {limit} bytes, {path} has {len(bytes(path))}")
    return path


def _given(value: object) -> object:
    if value == "":
        raise ValueError("is empty")
    return value


_NotEmpty = BeforeValidator(_given)
EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
FromBase = Annotated[Path, _NotEmpty, AfterValidator(from_base)]
FromState = Annotated[Path, _NotEmpty, AfterValidator(_from_state)]
SocketFolder = Annotated[Path, _NotEmpty, AfterValidator(from_base), AfterValidator(_fits_a_socket)]
MaybeFile = Annotated[Annotated[Path, AfterValidator(from_base)] | None, EmptyIsNone]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Distance = Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)]
UrlText = Annotated[str, Field(pattern=r"^(https?://[^\s/]+\S*)?$")]


class Section(BaseModel):
    """Base of all sections. Subclasses list what may not stand together in :meth:`contradictions`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    required: ClassVar[dict[str, dict[str, tuple[str, ...]]]] = {}
    """Key -> its value -> the keys which that value needs."""

    def contradictions(self) -> Iterator[Contradiction]:
        for key, needs in self.required.items():
            value = getattr(self, key)
            for needed in needs.get(str(value), ()):
                if getattr(self, needed) in ("", None):
                    yield Contradiction((needed, key), f"is empty, but {key} = {_as_written(value)} needs it")

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> "Section":
        if found := list(self.contradictions()):
            text = "; ".join(f"{each.keys[0]}: {each.message}" for each in found)
            raise PydanticCustomError("contradiction", "{text}", {"text": text, "found": found})
        return self


def _as_written(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value
