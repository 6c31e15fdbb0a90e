"""Synthetic cards: the four published specimens and the cards of the simulated reader. None belongs to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.id_card.contract import CardType
from drivers.id_card.protocol import CardData
from drivers.id_card.text_block import encode

PHOTO_SIZE: Final = 1024
PORTRAIT_MARK: Final = b"SIMPHOTO"
"""Begins the photo of a simulated card; the name of its portrait follows in ASCII, then zeros. A real photo is WLT."""


@dataclass(frozen=True)
class Specimen:
    """``fields`` are named as in ``text_block.LAYOUTS``; no ``portrait`` means a photo of zeros."""

    type: CardType
    fields: Mapping[str, str]
    portrait: str = ""
    newest_address: str = ""

    def data(self, fingerprint: bytes = b"") -> CardData:
        """What the card's chip holds."""
        portrait = PORTRAIT_MARK + self.portrait.encode("ascii") if self.portrait else b""
        return CardData(encode(self.type, self.fields), portrait.ljust(PHOTO_SIZE, b"\0"), fingerprint)

    def but(self, **fields: str) -> "Specimen":
        """The same card for the simulated reader, with other ``fields`` and a portrait."""
        return Specimen(self.type, {**self.fields, **fields}, "holder", self.newest_address)


_ADDRESS: Final = "北京市朝阳区测试路1号"
_ISSUER: Final = "北京市公安局朝阳分局"

PUBLISHED: Final = {
    CardType.RESIDENT: Specimen(
        CardType.RESIDENT,
        {
            "name": "证件样本",
            "sex": "2",
            "ethnicity": "01",
            "birth": "19491231",
            "address": _ADDRESS,
            "number": "11010519491231002X",
            "issuer": _ISSUER,
            "valid_from": "20200101",
            "valid_until": "20400101",
        },
    ),
    CardType.HMT_PERMIT: Specimen(
        CardType.HMT_PERMIT,
        {
            "name": "证件样本",
            "sex": "2",
            "birth": "19940823",
            "address": _ADDRESS,
            "number": "810000199408230021",
            "issuer": _ISSUER,
            "valid_from": "20200101",
            "valid_until": "20250101",
            "pass_number": "H00000000",
            "issue_count": "01",
        },
    ),
    CardType.FOREIGNER_2017: Specimen(
        CardType.FOREIGNER_2017,
        {
            "latin_name": "ZHENGJIAN,YANGBEN",
            "sex": "2",
            "number": "PAK310080010103",
            "nationality": "PAK",
            "name": "证件样本",
            "valid_from": "20151025",
            "valid_until": "20251024",
            "birth": "19800101",
            "_version": "01",
            "issuer": "1500",
        },
    ),
    CardType.FOREIGNER_2023: Specimen(
        CardType.FOREIGNER_2023,
        {
            "name": "证件样本",
            "sex": "2",
            "issue_count": "00",
            "birth": "19800101",
            "latin_name": "ZHENGJIAN, YANGBEN",
            "number": "931586198001010028",
            "valid_from": "20230808",
            "valid_until": "20330807",
            "nationality": "PAK",
            "old_number_link": "000",
        },
    ),
}

_RESIDENT: Final = PUBLISHED[CardType.RESIDENT].but()
SPECIMENS: Final[Mapping[str, Specimen]] = {
    "resident": _RESIDENT,
    "resident2": Specimen(
        CardType.RESIDENT,
        {
            "name": "样本乙",
            "sex": "1",
            "ethnicity": "01",
            "birth": "19850615",
            "address": "广东省佛山市顺德区测试路2号",
            "number": "440606198506150014",
            "issuer": "佛山市公安局顺德分局",
            "valid_from": "20190301",
            "valid_until": "20390301",
        },
        "other",
    ),
    "moved": Specimen(
        CardType.RESIDENT,
        {
            "name": "样本迁",
            "sex": "2",
            "ethnicity": "08",
            "birth": "19870312",
            "address": "广东省佛山市顺德区测试路2号",
            "number": "440606198703120025",
            "issuer": "佛山市公安局顺德分局",
            "valid_from": "20210401",
            "valid_until": "20410401",
        },
        "holder",
        newest_address="广东省广州市天河区测试路3号",
    ),
    "expired": _RESIDENT.but(name="样本丙", valid_from="20050101", valid_until="20250101"),
    "bad_check_digit": _RESIDENT.but(name="样本丁", number="110105194912310021"),
    "child": _RESIDENT.but(name="样本童", birth="20180815", number="110105201808150022", valid_from="20240901"),
    "hmt": PUBLISHED[CardType.HMT_PERMIT].but(valid_until="20400101"),
    "foreigner_2017": PUBLISHED[CardType.FOREIGNER_2017].but(valid_until="20400101"),
    "foreigner_2023": PUBLISHED[CardType.FOREIGNER_2023].but(valid_until="20400101"),
}
"""The cards of the simulated reader: all valid beyond 2038 but for the fault their name tells."""
