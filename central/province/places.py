"""Halls and terminals: some in every region, with the opening hours and the devices they would have."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal

from central.province import words
from central.province.chance import Chance
from central.province.records import Hours, Place
from central.province.regions import Region, regions, written

_OFFICE: Final = ((540, 1020),) * 5 + ((0, 0), (0, 0))
_SATURDAY_TOO: Final = ((510, 1050),) * 5 + ((540, 720), (0, 0))
_ALWAYS: Final = ((0, 1440),) * 7
_DEVICES: Final = (
    "id_card",
    "receipt_printer",
    "document_printer",
    "camera",
    "document_camera",
    "code_scanner",
    "smart_card",
    "signature",
    "audio",
)
_SMALL: Final = ("id_card", "receipt_printer", "camera", "code_scanner", "audio")
_IN_THE_HALL, _OPEN_ALWAYS, _IN_A_BANK = "001", "024", "090"
_WHERE: Final = {
    _IN_THE_HALL: {"zh-Hans": "大厅", "zh-Hant": "大廳", "en": "hall"},
    _OPEN_ALWAYS: {"zh-Hans": "24 小时服务区", "zh-Hant": "24 小時服務區", "en": "24-hour area"},
    _IN_A_BANK: {"zh-Hans": "银行网点", "zh-Hant": "銀行網點", "en": "bank branch"},
}
"""Where a terminal stands, by the end of its name."""
_SPREAD: Final = 0.03
"""Degrees from the seat of the region: some three kilometres."""


def places(seed: str) -> Iterator[Place]:
    """Each region has a hall with a terminal, another one open day and night, and a small one in a bank."""
    for region in regions().values():
        chance = Chance(seed, "places", region.code)
        hall = _hall(chance, region)
        yield hall
        yield _terminal(chance, region, hall, _IN_THE_HALL, hall.hours)
        yield _terminal(chance, region, hall, _OPEN_ALWAYS, _ALWAYS)
        yield _terminal(chance, region, None, _IN_A_BANK, _SATURDAY_TOO)


def _hall(chance: Chance, region: Region) -> Place:
    title = {
        "zh-Hans": f"{region.title['zh-Hans']}政务服务中心",
        "zh-Hant": f"{region.title['zh-Hant']}政務服務中心",
        "en": f"{region.title['en']} Government Service Centre",
    }
    hours = chance.pick((_OFFICE, _SATURDAY_TOO))
    return _place(chance, region, "hall", f"H{region.code}", title, hours)


def _terminal(chance: Chance, region: Region, hall: Place | None, ending: str, hours: Hours) -> Place:
    where = _WHERE[ending]
    title = {
        "zh-Hans": f"{region.title['zh-Hans']}{where['zh-Hans']}自助终端",
        "zh-Hant": f"{region.title['zh-Hant']}{where['zh-Hant']}自助終端",
        "en": f"{region.title['en']}, self-service terminal in the {where['en']}",
    }
    found = _place(chance, region, "terminal", f"GD{region.code.removesuffix('00')}{ending}", title, hours)
    if hall is None:
        return replace(found, devices=_SMALL)
    return replace(
        found, address=hall.address, latitude=hall.latitude, longitude=hall.longitude, devices=_DEVICES, hall=hall.code
    )


def _place(
    chance: Chance,
    region: Region,
    kind: Literal["hall", "terminal"],
    code: str,
    title: dict[str, str],
    hours: Hours,
) -> Place:
    return Place(
        code=code,
        kind=kind,
        title=title,
        region=region.code,
        address=f"{written(region.code)}{chance.pick(words.STREETS)}{chance.whole(1, 300)}号",
        latitude=round(region.latitude + (chance.share() - 0.5) * 2 * _SPREAD, 5),
        longitude=round(region.longitude + (chance.share() - 0.5) * 2 * _SPREAD, 5),
        hours=hours,
    )
