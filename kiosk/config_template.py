"""A settings file with every key at its default, the meaning above it: also those of drivers installed later."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from kiosk.section import Section


def template(sections: Mapping[str, type[Section]]) -> str:
    return "\n".join(line for name, section in sections.items() for line in _lines(name, section))


def _lines(name: str, section: type[Section]) -> Iterator[str]:
    yield f"[{name}]"
    for key, field in section.model_fields.items():
        yield f"# {_sentence(field.description or '')}"
        yield f"{key} = {_as_written(field)}".rstrip()
    yield ""


def _sentence(description: str) -> str:
    first = description.partition(" ")[0]
    start = description[:1].upper() if first.isalpha() else description[:1]
    return start + description[1:] + ("" if description.endswith(".") else ".")


def _as_written(field: FieldInfo) -> str:
    """Never asked of what ``default_factory`` makes: no key has one."""
    match field.default:
        case bool(value):
            return "yes" if value else "no"
        case None:
            return ""
        case Path() as path:
            return path.as_posix()
        case value:
            return str(value)
