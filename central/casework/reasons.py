"""The table of reasons: what a rule is called, what the citizen does next, in every language."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from central.casework.case import WITH_REASON, Move
from central.casework.errors import BadData, UnknownReason
from central.casework.items import Texts

BUNDLED: Final = Path(__file__).with_name("reasons.toml")
_LANGUAGES: Final = {"zh-Hans", "zh-Hant", "en"}


class Reason(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: dict[str, str]
    remedy: dict[str, str]
    supplement: bool
    """Whether the citizen can mend it while the matter waits."""
    needs_missing: bool


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reasons: dict[str, Reason]
    materials: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Reasons:
    by_id: Mapping[str, Reason]
    materials: Mapping[str, Texts] = field(default_factory=dict[str, Texts])

    @classmethod
    def load(cls, path: Path = BUNDLED) -> Self:
        """Raises :class:`BadData`, ``OSError``."""
        try:
            read = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            first = error.errors()[0]
            raise BadData(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        except ValueError as error:
            raise BadData(f"{path.name}: {error}") from None
        texts = {f"{name}.{part}": said for name, one in read.reasons.items()
                 for part, said in (("rule", one.rule), ("remedy", one.remedy))} | read.materials  # fmt: skip
        if silent := [name for name, said in texts.items() if set(said) != _LANGUAGES or not all(said.values())]:
            raise BadData(f"{path.name}: {silent[0]} is not said in every language")
        return cls(read.reasons, read.materials)

    def check(self, move: Move, reason: str, missing: Sequence[str], own: Mapping[str, Texts]) -> None:
        """``own``: what the service itself may find missing. Raises :class:`UnknownReason`."""
        if move not in WITH_REASON:
            if reason or missing:
                raise UnknownReason
            return
        known = self.by_id.get(reason)
        if known is None or (move == Move.ASK and not known.supplement):
            raise UnknownReason
        if bool(missing) != known.needs_missing or set(missing) - set(self.choices(own)):
            raise UnknownReason

    def choices(self, own: Mapping[str, Texts]) -> Mapping[str, Texts]:
        """What can be said to be missing, by code."""
        return own or self.materials

    def named(self, missing: Sequence[str], own: Mapping[str, Texts]) -> list[Texts]:
        """Codes that a later catalogue no longer has are left out."""
        known = {**self.materials, **own}
        return [known[code] for code in missing if code in known]
