"""The only reader of ``kiosk.ini``. It reports every mistake at once, with its line and the name that was meant.

The file is read by thirty lines here and not by ``configparser``, which stops at the first doubled key, keeps no line
numbers and joins indented lines: a technician at the terminal wants the whole list in one go.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kiosk.device_settings import SIMULATED, DeviceSection
from kiosk.section import Contradiction, Folders, Section
from kiosk.settings import SECTIONS, Settings, Terminal

OVERRIDE: Final = "--set"
FROM_CENTRE: Final = ".centre"
"""Ends the name of the file beside ``kiosk.ini`` that holds what the centre sets, which wins over it."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. ``line`` is 0 where no line is to blame; ``origin`` is the file's name, or ``--set``."""

    line: int
    section: str
    key: str
    message: str
    suggestion: str = ""
    origin: str = "kiosk.ini"
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.origin}:{self.line}" if self.line else self.origin
        section = f" [{self.section}]" if self.section else ""
        key = f" {self.key}:" if self.key else ""
        warning = " warning:" if self.level == "warning" else ""
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{where}:{warning}{section}{key} {self.message}{hint}"


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` says why, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True)
class Entry:
    """One ``key = value`` and where it stands."""

    origin: str
    line: int
    section: str
    key: str
    value: str

    def problem(self, message: str, suggestion: str = "") -> Problem:
        return Problem(self.line, self.section, self.key, message, suggestion, self.origin)


def centre_file(path: Path) -> Path:
    return path.with_name(path.name + FROM_CENTRE)


def load(path: Path, overrides: Sequence[str] = ()) -> Settings:
    """Read, validate, freeze. ``overrides`` are ``section.key=value`` and win. Raise :class:`ConfigError`."""
    settings, problems = _read(path, overrides)
    if settings is None:
        raise ConfigError(problems)
    return settings


def check(path: Path) -> list[Problem]:
    """All that is wrong with the file; if nothing is, what is merely doubtful (``level`` is ``warning``)."""
    settings, problems = _read(path, ())
    return problems if settings is None else list(_doubts(settings, path.name))


def _read(path: Path, overrides: Sequence[str]) -> tuple[Settings | None, list[Problem]]:
    problems: list[Problem] = []
    remote = _overrides(_centre_lines(centre_file(path), problems), problems, centre_file(path).name)
    entries = [*_entries(path, problems), *remote, *_overrides(overrides, problems)]
    table = _table(entries, problems)
    sections = _validated(table, path.absolute().parent, path.name, problems)
    return (None if problems else _settings(sections)), sorted(problems, key=lambda each: (each.origin, each))


def _settings(sections: Mapping[str, Section]) -> Settings:
    devices = {name: section for name, section in sections.items() if isinstance(section, DeviceSection)}
    others = {name: section for name, section in sections.items() if name not in devices}
    return Settings.model_validate({**others, "devices": devices})


# --- lines ------------------------------------------------------------------------------------------------------------

_HEADING: Final = re.compile(r"\[([^\[\]]*)\]")
_ASSIGNMENT: Final = re.compile(r"([^=\s]+)\s*=\s*(.*)")


def _entries(path: Path, problems: list[Problem]) -> Iterator[Entry]:
    section = ""
    seen: dict[str, int] = {}
    for line, text in enumerate(_lines(path, problems), 1):
        if not text or text[0] in "#;":
            continue
        if heading := _HEADING.fullmatch(text):
            section = heading[1].strip()
            problems += _heading_problems(section, line, path.name, seen)
        elif not (assignment := _ASSIGNMENT.fullmatch(text)):
            problems.append(Problem(line, section, "", f"no [section], no key = value: {text[:40]}", "", path.name))
        elif not section:
            problems.append(Problem(line, "", assignment[1], "stands before the first [section]", "", path.name))
        elif section in SECTIONS:
            yield Entry(path.name, line, section, assignment[1], assignment[2])


def _lines(path: Path, problems: list[Problem]) -> list[str]:
    """The stripped lines, or none and a problem that says why the bytes are no configuration."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.append(Problem(0, "", "", f"cannot be read: {error.strerror}", "", str(path)))
        return []
    if damage := _damage(data):
        problems.append(Problem(*damage, origin=path.name))
        return []
    return [line.strip() for line in data.decode("utf-8-sig").splitlines()]


def _damage(data: bytes) -> tuple[int, str, str, str] | None:
    if not data.strip(b"\0 \t\r\n"):
        return 0, "", "", "is empty: it was never written, or a power cut took it"
    # File systems pad a file whose writing was cut off with zeros.
    if (zero := data.find(b"\0")) >= 0:
        return _line_at(data, zero), "", "", "holds zero bytes: the file is damaged"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _line_at(data, error.start), "", "", f"byte 0x{data[error.start]:02x} is not UTF-8: save it as UTF-8"
    if not data.endswith((b"\n", b"\r")):
        return _line_at(data, len(data)), "", "", "the last line has no end: the file was cut off, or Enter is missing"
    return None


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _heading_problems(section: str, line: int, origin: str, seen: dict[str, int]) -> Iterator[Problem]:
    if section not in SECTIONS:
        yield Problem(line, section, "", "there is no such section", _nearest(section, SECTIONS, "[{}]"), origin)
    elif section in seen:
        yield Problem(line, section, "", f"the section stands already in line {seen[section]}", "", origin)
    seen.setdefault(section, line)


def _centre_lines(path: Path, problems: list[Problem]) -> list[str]:
    """``section.key=value`` each, as :mod:`kiosk.bootstrap.remote` writes them."""
    lines = _lines(path, problems) if path.exists() else []
    return [line for line in lines if not line.startswith("#")]


def _overrides(overrides: Iterable[str], problems: list[Problem], origin: str = OVERRIDE) -> Iterator[Entry]:
    for text in overrides:
        name, equals, value = text.partition("=")
        section, dot, key = name.strip().partition(".")
        if not equals or not dot:
            problems.append(Problem(0, "", "", f"not section.key=value: {text[:40]}", "", origin))
        elif section not in SECTIONS:
            suggestion = _nearest(section, SECTIONS, "{}." + key)
            problems.append(Problem(0, section, "", "there is no such section", suggestion, origin))
        else:
            yield Entry(origin, 0, section, key, value.strip())


# --- keys -------------------------------------------------------------------------------------------------------------

Table = Mapping[str, Mapping[str, Entry]]
"""Section -> key -> the entry that counts."""


def _table(entries: Iterable[Entry], problems: list[Problem]) -> Table:
    table: dict[str, dict[str, Entry]] = {name: {} for name in SECTIONS}
    for entry in entries:
        section = table[entry.section]
        if entry.key not in SECTIONS[entry.section].model_fields:
            problems.append(entry.problem("there is no such key", _nearest_key(entry)))
        elif entry.key in section and entry.line:
            problems.append(entry.problem(f"stands already in line {section[entry.key].line}"))
        else:
            section[entry.key] = entry
    return table


def _nearest_key(entry: Entry) -> str:
    own = _nearest(entry.key, SECTIONS[entry.section].model_fields)
    others = (f"[{name}] {entry.key}" for name, section in SECTIONS.items() if entry.key in section.model_fields)
    return own or next(others, "")


def _nearest(word: str, names: Iterable[str], form: str = "{}") -> str:
    close = get_close_matches(word.lower(), names, n=1)
    return form.format(close[0]) if close else ""


# --- values -----------------------------------------------------------------------------------------------------------


def _validated(table: Table, base: Path, origin: str, problems: list[Problem]) -> dict[str, Section]:
    state_dir = table["terminal"].get("state_dir")
    state = Path(state_dir.value) if state_dir else cast("Path", Terminal.model_fields["state_dir"].default)
    folders = Folders(base, base / state)
    valid: dict[str, Section] = {}
    for name, model in SECTIONS.items():
        section, found = _section(model, table[name], folders, Entry(origin, 0, name, "", ""))
        problems += found
        if section:
            valid[name] = section
    return valid


def _section(
    model: type[Section], entries: Mapping[str, Entry], folders: Folders, nowhere: Entry
) -> tuple[Section | None, list[Problem]]:
    """Validate one section; after wrong values, once more without them, to find contradictions among the others."""
    try:
        values = {key: entry.value for key, entry in entries.items()}
        return model.model_validate(values, context=folders), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    wrong = {str(each["loc"][0]) for each in details if each["loc"]}
    problems = [_problem(model, entries, nowhere, each) for each in details if each["loc"]]
    for each in _contradictions(details):
        entry = next((entries[key] for key in each.keys if key in entries), nowhere)
        problems.append(Problem(entry.line, nowhere.section, each.keys[0], each.message, "", entry.origin))
    if wrong:
        rest = {key: entry for key, entry in entries.items() if key not in wrong}
        problems += [each for each in _section(model, rest, folders, nowhere)[1] if each.key not in wrong]
    return None, problems


def _contradictions(details: Iterable[ErrorDetails]) -> Iterator[Contradiction]:
    for each in details:
        if each["type"] == "contradiction":
            yield from each.get("ctx", {})["found"]


_MESSAGES: Final[Mapping[str, str]] = {
    "bool_parsing": "{input} is neither yes nor no",
    "int_parsing": "{input} is not a whole number",
    "int_from_float": "{input} is not a whole number",
    "float_parsing": "{input} is not a number",
    "finite_number": "{input} is not a number",
    "greater_than": "{input} is not more than {gt:g}",
    "greater_than_equal": "{input} is less than {ge}",
    "less_than_equal": "{input} is more than {le:g}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "{input} is not what belongs here: {description}",
    "value_error": "{error}",
}
"""pydantic's error types (https://docs.pydantic.dev/latest/errors/validation_errors/) in a technician's words."""


def _problem(model: type[Section], entries: Mapping[str, Entry], nowhere: Entry, error: ErrorDetails) -> Problem:
    key = str(error["loc"][0])
    field = model.model_fields[key]
    entry = entries.get(key, Entry(nowhere.origin, 0, nowhere.section, key, ""))
    if error["type"] == "literal_error":
        choices = [str(choice) for choice in get_args(field.annotation)]
        return entry.problem(f"{entry.value} is not one of {', '.join(choices)}", _nearest(entry.value, choices))
    known: dict[str, Any] = {"input": entry.value, "description": field.description, **error.get("ctx", {})}
    return entry.problem(_MESSAGES.get(error["type"], error["msg"]).format(**known))


# --- doubts -----------------------------------------------------------------------------------------------------------


def _doubts(settings: Settings, origin: str) -> Iterator[Problem]:
    """What is allowed, and yet hardly meant."""
    if not settings.simulated and not settings.staff.pin_file.exists():
        message = f"{settings.staff.pin_file} does not exist and demo_pin counts only while all devices are simulated"
        yield Problem(0, "staff", "pin_file", f"no staff can confirm a person: {message}", "", origin, "warning")
    if settings.devices["id_card"].driver != SIMULATED and settings.face.photo_decoder == "simulated":
        message = "simulated decodes the photos of simulated cards only: set library, or none"
        yield Problem(0, "face", "photo_decoder", message, "", origin, "warning")
    ca_file = settings.central.ca_file
    if ca_file and not ca_file.exists():
        message = f"{ca_file} does not exist: no centre is trusted, and nothing is sent"
        yield Problem(0, "central", "ca_file", message, "", origin, "warning")
    if settings.central.url.startswith("http://"):
        yield Problem(0, "central", "url", "http:// can be read on the way: use https://", "", origin, "warning")
