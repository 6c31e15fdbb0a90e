"""The settings of one driver: a frozen class whose fields are the keys of its section in ``kiosk.ini``."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """``port`` says where the device is; every field has a default, a range and a ``description`` in plain words.

    Two drivers of one device class that name a key mean the same by it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    required: ClassVar[tuple[str, ...]] = ("port",)
    """Keys that must not be empty."""

    port: str = Field(default="", description="where the device is")
