import zxingcpp
from PIL import Image

from drivers.receipt_printer import encoder
from drivers.receipt_printer.contract import Block, QrCode, Text
from drivers.receipt_printer.paper import COLUMNS
from drivers.receipt_printer.picture import render
from tests.drivers.receipt_printer.test_stream import rows_of


def picture(*blocks: Block) -> Image.Image:
    return render(rows_of(encoder.encode(blocks, COLUMNS)))


def ink(image: Image.Image) -> int:
    return sum(image.convert("L").histogram()[:100])


def test_the_paper_is_80_mm_wide() -> None:
    assert picture(Text("A")).width == 640


def test_the_qr_code_scans() -> None:
    codes = zxingcpp.read_barcodes(picture(Text("查询号"), QrCode("GD440100-000042-K")))
    assert [code.text for code in codes] == ["GD440100-000042-K"]


def test_a_long_qr_code_fits_and_scans() -> None:
    data = "https://verify.example.gov.cn/" + "0123456789" * 15
    image = picture(QrCode(data))
    assert image.width == 640
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [data]


def test_large_and_bold_take_more_ink() -> None:
    plain = ink(picture(Text("已受理")))
    assert plain > 200
    assert ink(picture(Text("已受理", bold=True))) > plain
    assert ink(picture(Text("已受理", large=True))) > 2 * plain


def test_chinese_is_drawn_and_not_boxes() -> None:
    assert picture(Text("已")).tobytes() != picture(Text("受")).tobytes()
