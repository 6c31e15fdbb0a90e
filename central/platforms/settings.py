"""Which connector serves each platform: ``platforms.toml`` of the centre's folder.

    [province]
    persons = 0                      # none: there are real platforms

    [identity]
    use = "gdca"                     # entry point "identity.gdca" of the group central.platforms
    seconds = 4                      # for an answer
    seats = 16                       # questions at once
    options = { url = "https://..." }

What is left out is the reference with the limits of :class:`central.platforms.desk.Limits`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.platforms.desk import Limits
from central.platforms.errors import BadSettings

FILE: Final = "platforms.toml"
NAMES: Final = ("identity", "licences", "sharing", "payments", "help", "maps", "credit", "phones")
REFERENCE: Final = "reference"
FIRST_PERSONS: Final = 300
"""What a centre begins with: enough to try everything, made in a moment."""


class _Connector(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    use: str = REFERENCE
    seconds: float = Field(5.0, gt=0, le=60)
    seats: int = Field(8, ge=1, le=256)
    options: dict[str, Any] = {}


class _Province(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    persons: int = Field(FIRST_PERSONS, ge=0)


@dataclass(frozen=True)
class Choice:
    use: str = REFERENCE
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """May hold passwords."""


@dataclass(frozen=True)
class PlatformSettings:
    choices: Mapping[str, Choice]
    persons: int


def load(folder: Path) -> PlatformSettings:
    """Raises :class:`BadSettings`, naming the place and nothing of the content."""
    try:
        read = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        read = dict[str, Any]()
    except (OSError, ValueError) as error:
        raise BadSettings(f"{FILE}: {type(error).__name__}") from None
    if unknown := set(read) - {*NAMES, "province"}:
        raise BadSettings(f"{FILE}: [{min(unknown)}] is none of {', '.join(NAMES)}, province")
    try:
        persons = _Province.model_validate(read.get("province", {})).persons
        return PlatformSettings({name: _choice(read.get(name, {})) for name in NAMES}, persons)
    except ValidationError as error:
        place = ".".join(str(one) for one in error.errors()[0]["loc"])
        raise BadSettings(f"{FILE}: {place}") from None


def _choice(section: Any) -> Choice:
    read = _Connector.model_validate(section)
    return Choice(read.use, Limits(read.seconds, read.seats), read.options)
