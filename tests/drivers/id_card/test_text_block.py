import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.id_card.contract import CardType, Sex
from drivers.id_card.ethnicities import ETHNICITIES
from drivers.id_card.specimens import PUBLISHED, SPECIMENS
from drivers.id_card.text_block import LAYOUTS, SIZE, decode, encode, old_number


def resident(**fields: str) -> bytes:
    return encode(CardType.RESIDENT, {**PUBLISHED[CardType.RESIDENT].fields, **fields})


@pytest.mark.parametrize("kind", LAYOUTS, ids=lambda kind: kind.name)
def test_a_layout_covers_the_block_without_gap_or_overlap(kind: CardType) -> None:
    ends = [0, *(field.offset + field.length for field in LAYOUTS[kind])]
    assert [field.offset for field in LAYOUTS[kind]] == ends[:-1]
    assert ends[-1] == SIZE


@pytest.mark.parametrize(
    ("kind", "digest"),
    [
        (CardType.RESIDENT, "85a2a00d3100f8af"),
        (CardType.HMT_PERMIT, "e7dca60076dc2efe"),
        (CardType.FOREIGNER_2017, "a7d539e242fbc3bf"),
        (CardType.FOREIGNER_2023, "d83a964b4a33e89b"),
    ],
)
def test_published_text_blocks(kind: CardType, digest: str) -> None:
    assert hashlib.sha256(PUBLISHED[kind].data().text).hexdigest()[:16] == digest


def test_resident() -> None:
    card = decode(PUBLISHED[CardType.RESIDENT].data().text, b"photo", b"finger")
    assert (card.type, card.name, card.number) == (CardType.RESIDENT, "证件样本", "11010519491231002X")
    assert (card.sex, card.ethnicity, card.birth) == (Sex.FEMALE, "汉", date(1949, 12, 31))
    assert (card.address, card.issuer) == ("北京市朝阳区测试路1号", "北京市公安局朝阳分局")
    assert (card.valid_from, card.valid_until, card.long_term) == (date(2020, 1, 1), date(2040, 1, 1), False)
    assert (card.photo, card.fingerprint) == (b"photo", b"finger")


def test_permit() -> None:
    card = decode(PUBLISHED[CardType.HMT_PERMIT].data().text)
    assert (card.type, card.number) == (CardType.HMT_PERMIT, "810000199408230021")
    assert (card.pass_number, card.issue_count, card.ethnicity) == ("H00000000", "01", "")


def test_foreigner_2017() -> None:
    card = decode(PUBLISHED[CardType.FOREIGNER_2017].data().text)
    assert (card.type, card.latin_name, card.name) == (CardType.FOREIGNER_2017, "ZHENGJIAN,YANGBEN", "证件样本")
    assert (card.number, card.nationality, card.issuer) == ("PAK310080010103", "PAK", "1500")
    assert (card.birth, card.valid_until) == (date(1980, 1, 1), date(2025, 10, 24))


def test_foreigner_2023() -> None:
    card = decode(PUBLISHED[CardType.FOREIGNER_2023].data().text)
    assert (card.type, card.latin_name, card.number) == (
        CardType.FOREIGNER_2023,
        "ZHENGJIAN, YANGBEN",
        "931586198001010028",
    )
    assert (card.nationality, card.issue_count, card.old_number) == ("PAK", "00", "PAK310080010103")


def test_old_number() -> None:
    assert old_number("PAK", "931586198001010028", "000") == "PAK310080010103"
    assert old_number("pak", "931586198001010028", "000") == ""


@pytest.mark.parametrize("link", ["", "00", "0 0", "样本证"])
def test_no_old_number_without_a_whole_link(link: str) -> None:
    fields = {**PUBLISHED[CardType.FOREIGNER_2023].fields, "old_number_link": link}
    assert decode(encode(CardType.FOREIGNER_2023, fields)).old_number == ""


@pytest.mark.parametrize("cut", ["Y", " "], ids=["in a word", "at a space"])
def test_a_latin_name_over_two_fields(cut: str) -> None:
    name = "A" * 34 + cut + "ZHENGJIAN"
    fields = {"latin_name": name[:35], "latin_name_rest": name[35:]}
    assert decode(encode(CardType.FOREIGNER_2023, fields)).latin_name == name


@pytest.mark.parametrize(
    ("value", "sex"),
    [
        ("0", Sex.UNKNOWN),
        ("1", Sex.MALE),
        ("2", Sex.FEMALE),
        ("9", Sex.UNSTATED),
        ("7", Sex.UNKNOWN),
        ("", Sex.UNKNOWN),
    ],
)
def test_sex(value: str, sex: Sex) -> None:
    assert decode(resident(sex=value)).sex is sex


@pytest.mark.parametrize(("code", "name"), [("05", "维吾尔"), ("97", "其他"), ("77", "77"), ("", "")])
def test_ethnicity(code: str, name: str) -> None:
    assert decode(resident(ethnicity=code)).ethnicity == name


def test_every_ethnic_group_is_there_once() -> None:
    expected = {f"{code:02}" for code in range(1, 57)} | {"97", "98"}
    assert set(ETHNICITIES) == expected
    assert len(set(ETHNICITIES.values())) == len(expected)


def test_a_card_that_never_expires() -> None:
    card = decode(resident(valid_until="长期"))
    assert card.long_term
    assert card.valid_until is None


@pytest.mark.parametrize("value", ["", "20250229", "2025011", "2025 101", "２０２５０１０１", "00000000"])
def test_no_calendar_date(value: str) -> None:
    card = decode(resident(valid_until=value))
    assert card.valid_until is None
    assert not card.long_term


def test_padding_with_zeros_is_padding() -> None:
    assert decode(resident(name="样本\0\0 ")).name == "样本"


def test_an_unknown_letter_is_a_resident_card() -> None:
    text = bytearray(resident())
    text[248:250] = "K".encode("utf-16-le")
    assert decode(bytes(text)).type is CardType.RESIDENT


@pytest.mark.parametrize("size", [0, 255, 257])
def test_wrong_length(size: int) -> None:
    with pytest.raises(ProtocolError):
        decode(bytes(size))


@given(st.binary(min_size=SIZE, max_size=SIZE), st.sampled_from(["J", "I", "Y", " "]))
def test_any_block_is_decoded(block: bytes, letter: str) -> None:
    card = decode(block[:248] + letter.encode("utf-16-le") + block[250:])
    assert card.type.value in (letter, "resident")
    assert repr(card) == f"<IdCard {card.type.value}>"


def test_too_long_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        encode(CardType.RESIDENT, {"name": "样" * 16})


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_of_the_simulated_reader_carry_a_portrait(name: str) -> None:
    photo = SPECIMENS[name].data().photo
    portrait = b"other" if name == "resident2" else b"holder"
    assert photo == (b"SIMPHOTO" + portrait).ljust(1024, b"\0")
