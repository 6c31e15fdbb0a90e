"""One section of ``kiosk.ini`` for each device class that a driver is installed for."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, create_model
from pydantic.fields import FieldInfo

from drivers.options import Options
from drivers.registry import Driver, simulated_driver, table
from kiosk.section import Contradiction, EmptyIsNone, Section, from_base

SIMULATED: Final = "simulated"
NONE: Final = "none"
"""This terminal has no such device."""


class DeviceSection(Section):
    """The keys of all drivers of one class; those of the drivers not chosen are checked all the same."""

    kind: ClassVar[str]
    drivers: ClassVar[Mapping[str, Driver]]

    driver: str = Field(default=SIMULATED)
    optional: bool = Field(default=False, description="yes or no; yes: one that was never there is missed by nobody")

    @property
    def chosen(self) -> Driver | None:
        """``None`` for a device this terminal does not have."""
        if self.driver == SIMULATED:
            return simulated_driver(self.kind)
        return self.drivers.get(self.driver)

    def options(self, **changes: object) -> Options:
        """The chosen driver's settings, with ``changes``. Raises ``ValueError`` if there is no driver or a change does
        not fit."""
        if (driver := self.chosen) is None:
            raise ValueError(f"there is no {self.kind}")
        values = {key: getattr(self, key) for key in driver.options.model_fields}
        return driver.options.model_validate(values | changes)

    def contradictions(self) -> Iterator[Contradiction]:
        driver = self.drivers.get(self.driver)
        for key in driver.options.required if driver else ():
            if getattr(self, key) in ("", None):
                yield Contradiction((key, "driver"), f"is empty, but driver = {self.driver} needs it")


@cache
def device_sections() -> Mapping[str, type[DeviceSection]]:
    """Device class -> its section, in the order of the registry."""
    return MappingProxyType({kind: _section(kind, drivers) for kind, drivers in table().items()})


def _section(kind: str, drivers: Mapping[str, Driver]) -> type[DeviceSection]:
    names = (*((SIMULATED,) if simulated_driver(kind) else ()), NONE, *drivers)
    choice = Field(default=names[0], description=f"which driver: {', '.join(names)}")
    fields: dict[str, Any] = {"driver": (Literal[names], choice)}
    for driver in sorted(drivers.values(), key=lambda each: not each.simulated):  # the usual one's words for a key
        for key, info in driver.options.model_fields.items():
            fields.setdefault(key, _field(info))
    section = create_model(f"{kind}_section", __base__=DeviceSection, __module__=__name__, **fields)
    section.kind, section.drivers = kind, drivers
    return section


def _field(info: FieldInfo) -> tuple[Any, FieldInfo]:
    """A path is meant from the folder of the settings file, as all others are."""
    if info.annotation == Path | None:
        return Annotated[Annotated[Path, AfterValidator(from_base)] | None, EmptyIsNone], info
    return info.annotation, info
