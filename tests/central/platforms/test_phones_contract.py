"""What every phone pairing does. For a real connector: subclass the suite and play the phone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from central.platforms.errors import Conflict, Denied, NotFound
from central.platforms.opening import Ground
from central.platforms.phones.contract import Brought, Field, Offer, PhonePairing
from central.platforms.phones.reference import EXPIRY, ReferencePhones
from tests.central.office import everything
from tests.central.platforms.people import Clock

TERMINAL = "GD440100"
TITLE = {"zh-Hans": "填表", "zh-Hant": "填表", "en": "A form"}
FORM = Offer("form", TITLE, (Field("place", TITLE, "text"),))
ANSWER = "佛山市顺德区测试路二号"


@dataclass
class Phone:
    """One phone with the address of the QR code: opens it, and says the number it shows."""

    open: Callable[[str], str]
    agree: Callable[[str], None]
    answer: Callable[[str, dict[str, str]], None]


@dataclass
class Pair:
    terminal: PhonePairing
    phone: Phone


class PhonesContract:
    def test_both_ends_confirm_before_anything_is_brought(self, pair: Pair) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        assert (begun.state, bool(begun.url)) == ("waiting", True)
        number = pair.phone.open(begun.url)
        assert pair.terminal.look(TERMINAL, begun.id).state == "opened"
        assert pair.terminal.match(TERMINAL, begun.id, number).state == "matched"
        pair.phone.agree(begun.url)
        assert pair.terminal.look(TERMINAL, begun.id).state == "joined"
        pair.phone.answer(begun.url, {"place": ANSWER, "other": "x"})
        done = pair.terminal.look(TERMINAL, begun.id)
        assert done.state == "done"
        assert done.brought == Brought({"place": ANSWER})

    def test_without_a_phone_there_is_no_number(self, pair: Pair) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        with pytest.raises(Conflict, match="no-phone"):
            pair.terminal.match(TERMINAL, begun.id, "0000")

    def test_three_wrong_numbers_end_it(self, pair: Pair) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        pair.phone.open(begun.url)
        for _ in range(3):
            with pytest.raises(Conflict, match="wrong-number"):
                pair.terminal.match(TERMINAL, begun.id, "0000")
        assert pair.terminal.look(TERMINAL, begun.id).state == "ended"

    def test_another_terminal_knows_nothing_of_it(self, pair: Pair) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        for ask in (pair.terminal.look, pair.terminal.end):
            with pytest.raises(NotFound):
                ask("GD440200", begun.id)

    def test_what_has_ended_holds_nothing(self, pair: Pair) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        pair.terminal.match(TERMINAL, begun.id, pair.phone.open(begun.url))
        pair.phone.agree(begun.url)
        pair.phone.answer(begun.url, {"place": ANSWER})
        for _ in range(2):
            pair.terminal.end(TERMINAL, begun.id)
        ended = pair.terminal.look(TERMINAL, begun.id)
        assert (ended.state, ended.brought) == ("ended", None)


def token(url: str) -> str:
    return url.removeprefix("/phone/")


class TestReference(PhonesContract):
    @pytest.fixture
    def phones(self, ground: Ground) -> ReferencePhones:
        return ground.phones()

    @pytest.fixture
    def pair(self, phones: ReferencePhones) -> Pair:
        cookies: dict[str, str] = {}

        def open_(url: str) -> str:
            cookies[url] = phones.open(token(url))
            return phones.view(token(url), cookies[url]).number

        def answer(url: str, answers: dict[str, str]) -> None:
            phones.bring(token(url), cookies[url], Brought(answers))

        return Pair(phones, Phone(open_, lambda url: phones.agree(token(url), cookies[url]), answer))

    def test_of_two_phones_one_is_it(self, phones: ReferencePhones) -> None:
        begun = phones.begin(TERMINAL, FORM)

        def open_(_number: int) -> str:
            try:
                return phones.open(token(begun.url))
            except Denied:
                return ""

        with ThreadPoolExecutor(4) as pool:
            (cookie,) = filter(None, pool.map(open_, range(4)))
        assert phones.view(token(begun.url), cookie).mine
        other = phones.view(token(begun.url), "other")
        assert (other.mine, other.number) == (False, "")

    def test_nothing_is_brought_before_both_agreed(self, phones: ReferencePhones) -> None:
        begun = phones.begin(TERMINAL, FORM)
        cookie = phones.open(token(begun.url))
        for deed in (
            lambda: phones.agree(token(begun.url), cookie),
            lambda: phones.bring(token(begun.url), cookie, Brought({"place": "x"})),
            lambda: phones.take(token(begun.url), cookie),
        ):
            with pytest.raises(Denied):
                deed()

    def test_it_ends_by_itself(self, pair: Pair, phones: ReferencePhones, clock: Clock) -> None:
        begun = pair.terminal.begin(TERMINAL, FORM)
        pair.phone.open(begun.url)
        clock.now += EXPIRY
        assert phones.view(token(begun.url), "").offer is None
        assert pair.terminal.look(TERMINAL, begun.id).state == "ended"
        assert phones.sweep() == 1
        with pytest.raises(NotFound):
            pair.terminal.look(TERMINAL, begun.id)

    def test_a_phone_that_sees_another_terminal_ends_it(self, phones: ReferencePhones) -> None:
        begun = phones.begin(TERMINAL, FORM)
        cookie = phones.open(token(begun.url))
        phones.refuse(token(begun.url), cookie)
        assert phones.look(TERMINAL, begun.id).state == "ended"

    def test_what_is_no_picture_is_refused(self, phones: ReferencePhones) -> None:
        begun = phones.begin(TERMINAL, Offer("picture", TITLE))
        cookie = phones.open(token(begun.url))
        phones.match(TERMINAL, begun.id, phones.view(token(begun.url), cookie).number)
        phones.agree(token(begun.url), cookie)
        with pytest.raises(Denied, match="no-picture"):
            phones.bring(token(begun.url), cookie, Brought(picture=b"MZ"))
        phones.bring(token(begun.url), cookie, Brought(picture=b"\xff\xd8\xff\xe0"))
        assert phones.look(TERMINAL, begun.id).brought == Brought(picture=b"\xff\xd8\xff\xe0")

    def test_nothing_lies_open(self, pair: Pair, ground_url: str) -> None:
        begun = pair.terminal.begin(TERMINAL, Offer("receipt", TITLE, document=b"%PDF canary"))
        pair.terminal.match(TERMINAL, begun.id, pair.phone.open(begun.url))
        rows = repr(everything(ground_url))
        for word in ("canary", "填表", token(begun.url), begun.url):
            assert word not in rows
