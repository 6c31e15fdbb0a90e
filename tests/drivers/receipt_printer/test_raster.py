import zxingcpp
from PIL import ImageChops

from drivers.contract import Outcome
from drivers.receipt_printer import encoder, protocol, raster
from drivers.receipt_printer.contract import Pair, QrCode, Receipt, Rule, Text
from drivers.receipt_printer.models import GENERIC
from drivers.receipt_printer.paper import Bitmap, Row
from drivers.receipt_printer.picture import HEAD, render
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.receipt_printer.stream import Parser, Raster, RealTimeFilter
from drivers.transports import open_port
from tests.commands import started
from tests.drivers.receipt_printer.helpers import LINES, bench
from tests.drivers.receipt_printer.test_stream import rows_of

RECEIPT: Receipt = (
    Text("受理回执", align="center", large=True, bold=True),
    Pair("办理事项", "参保证明打印"),
    Rule(),
    QrCode("GD440100-000042-K"),
)

_DARK = [255 if level > 150 else 0 for level in range(256)]


def rows(columns: int = 48) -> tuple[Row, ...]:
    return rows_of(raster.encode(RECEIPT, columns))


def test_the_picture_is_what_text_would_have_printed() -> None:
    text, picture = render(rows_of(encoder.encode(RECEIPT, 48))), render(rows())
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == ["GD440100-000042-K"]
    print_ = (0, HEAD, text.width, text.height - 2 * HEAD)
    before, after = (each.crop(print_).convert("L").point(_DARK, "1") for each in (text, picture))
    dots = after.histogram()[0]
    assert dots > 5000
    assert ImageChops.logical_xor(before, after).histogram()[255] < 0.02 * dots


def test_it_is_as_wide_as_the_paper() -> None:
    for columns, dots in ((48, 576), (32, 384)):
        assert {row.raster.width for row in rows(columns) if isinstance(row, Bitmap)} == {dots}


def test_text_is_at_least_ten_times_smaller() -> None:
    assert len(raster.encode(RECEIPT, 48)) > 10 * len(encoder.encode(RECEIPT, 48))


def test_no_dots_look_like_a_real_time_command() -> None:
    job = raster.encode(tuple(QrCode(f"K-{number}") for number in range(4)), 48)
    real_time = RealTimeFilter()
    assert all(isinstance(real_time.feed(byte), bytes) for byte in job)


def test_an_empty_receipt_has_no_picture() -> None:
    assert not [command for command in Parser().feed(raster.encode((), 48)) if isinstance(command, Raster)]


def test_a_picture_larger_than_any_is_noise() -> None:
    commands = list(Parser().feed(b"\x1dv0\x00\xff\xff\xff\xffA\n"))
    assert not [command for command in commands if isinstance(command, Raster)]
    assert len(commands) == 2


def test_printed_over_every_transport() -> None:
    for line in LINES:
        with bench(line=line, encode=raster.encode, columns=32, answer_timeout=2.0) as machine:
            assert machine.print((Text("受理回执"),), timeout=20).outcome is Outcome.PRINTED
            assert "[384 x " in machine.simulated.pieces[0]


def test_a_question_is_answered_while_a_picture_is_printed() -> None:
    question = GENERIC.questions[0]
    with started(SimulatedReceiptPrinter(None)) as endpoint:
        port = open_port(endpoint)
        port.open()
        port.write(raster.encode(RECEIPT, 48) + protocol.REPORT_WHEN_REACHED + question.request, 10)
        heard = b""
        while len(heard) < 2:
            heard += port.read(2, 10)
        port.close()
    assert heard == question.answer(frozenset()) + b"\0", "before the end is reported"
