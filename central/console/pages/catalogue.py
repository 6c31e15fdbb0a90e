"""The catalogue: what is offered, what is proposed, and the editions. An authority proposes, another one approves."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Path, Query, Request, Response

from central.centre import Centre, Shared
from central.console import frame
from central.console.frame import page, see_other
from central.console.home import Count, shown_to
from central.editions import archive
from central.editions.differences import Difference, between, of_item
from central.editions.edition import Edition, is_open
from central.editions.errors import EditionError, NothingApproved, Stale, UnknownEdition
from central.editions.guides import Words
from central.editions.model import Item
from central.editions.press import applied, item_of
from central.editions.scope import Offer, region_of
from central.editions.translations import untranslated
from central.editions.vocabulary import NAMES, Language
from central.problems import Problem
from central.staff.access import Employee, Role, staff
from central.storage.database import Transaction
from central.storage.editions import Proposal

_HOME: Final = "/console/catalogue"
_MOST: Final = 2**31 - 1
Reader = Annotated[Employee, Depends(staff(Role.AUTHORITY, Role.OPERATOR, Role.AUDITOR))]
Authority = Annotated[Employee, Depends(staff(Role.AUTHORITY))]
Code = Annotated[str, Path(max_length=64)]
_Number = Annotated[int, Path(ge=1, le=_MOST)]
_Text = Annotated[str, Form(max_length=1000)]
router = frame.pages(_HOME)


@router.get("")
def items(request: Request, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        newest = archive.newest(transaction.editions)
        open_ones = transaction.editions.proposals("proposed", "approved")
    under_way = {one.item: one for one in open_ones if one.kind != "override"}
    return page(
        request, "catalogue/items.html",
        edition=newest, under_way=under_way, is_open=is_open, names=NAMES, count=len(open_ones),
    )  # fmt: skip


@router.get("/items/{code}")
def item(
    request: Request, _employee: Reader, code: Code, centre: Shared, language: Annotated[Language, Query()] = "zh-Hans"
) -> Response:
    with centre.storage.reading() as transaction:
        newest = archive.newest(transaction.editions)
        history = transaction.editions.history(code)
        under_way = [one for one in transaction.editions.proposals("proposed", "approved") if one.item == code]
    found = newest.by_code.get(code)
    if found is None:
        raise Problem(404, "现行目录里没有这个事项。", "请从事项目录进入。")
    return page(
        request, "catalogue/item.html", item=found, edition=newest, history=history, under_way=under_way, names=NAMES,
        overrides=[one for one in newest.overrides if one.item == code], is_open=is_open(found, centre.now()),
        named=_named, **_preview(found, language),
    )  # fmt: skip


@router.get("/where")
def where(
    request: Request, _employee: Reader, centre: Shared, terminal: Annotated[str, Query(max_length=16)] = ""
) -> Response:
    """What one terminal is offered."""
    centre.catalogue.look()
    offered = centre.catalogue.offered(terminal) if terminal else []
    return page(
        request, "catalogue/where.html",
        terminal=terminal, region=region_of(terminal), offered=offered, is_open=is_open,
        edition=centre.catalogue.newest(),
    )  # fmt: skip


@router.post("/items/{code}/removal")
def removal(request: Request, employee: Authority, code: Code, centre: Shared, note: _Text = "") -> Response:
    return _proposed(request, lambda: centre.press.propose_removal(employee, code, note.strip()))


@router.post("/items/{code}/override")
def override(
    request: Request,
    employee: Authority,
    code: Code,
    centre: Shared,
    place: _Text = "",
    offer: Annotated[Offer | None, Form()] = None,
    note: _Text = "",
) -> Response:
    """For one region or terminal; without an offer what was set for it is taken back."""
    where_to = place.strip().upper()
    return _proposed(request, lambda: centre.press.propose_override(employee, code, where_to, offer, note.strip()))


# --- proposals -----------------------------------------------------------------------------------------------------


@router.get("/proposals")
def proposals(request: Request, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        open_ones = transaction.editions.proposals("proposed", "approved")
        settled = transaction.editions.settled()
    return page(request, "catalogue/proposals.html", open_ones=open_ones, settled=settled)


@router.get("/proposals/{number}")
def proposal(
    request: Request, _employee: Reader, number: _Number, centre: Shared,
    language: Annotated[Language, Query()] = "zh-Hans",
) -> Response:  # fmt: skip
    with centre.storage.reading() as transaction:
        found = _proposal(transaction, number)
        newest = archive.newest(transaction.editions)
    proposed = item_of(found)
    return page(
        request, "catalogue/proposal.html", proposal=found, item=proposed, stale=_is_stale(newest, found),
        differences=_differences(newest, found), doubts=list(untranslated(proposed)) if proposed else [],
        **(_preview(proposed, language) if proposed else {}),
    )  # fmt: skip


@router.post("/proposals/{number}/review")
def review(
    request: Request,
    employee: Authority,
    number: _Number,
    centre: Shared,
    verdict: Annotated[str, Form(pattern="^(approve|reject)$")],
    remark: _Text = "",
) -> Response:
    here = f"{_HOME}/proposals/{number}"
    approve = verdict == "approve"
    if not approve and not remark.strip():
        return see_other(request, here, "退回时请写明原因，好让提出的人改正。", "bad")
    said = "已通过，等待发布。" if approve else "已退回。"
    return _done(
        request, here, said, lambda: centre.press.review(employee, number, approve=approve, remark=remark.strip())
    )


@router.post("/proposals/{number}/withdraw")
def withdraw(request: Request, employee: Authority, number: _Number, centre: Shared) -> Response:
    return _done(request, f"{_HOME}/proposals", "已撤回。", lambda: centre.press.withdraw(employee, number))


# --- editions ------------------------------------------------------------------------------------------------------


@router.get("/publish")
def coming(request: Request, _employee: Reader, centre: Shared) -> Response:
    """What the next edition would change."""
    with centre.storage.reading() as transaction:
        try:
            found = centre.press.next(transaction)
        except NothingApproved:
            return page(request, "catalogue/publish.html", coming=None, differences=[], stale="")
        except Stale as error:
            return page(request, "catalogue/publish.html", coming=None, differences=[], stale=str(error))
    differences = _by_item(between(found.now, found.then))
    return page(request, "catalogue/publish.html", coming=found, differences=differences, stale="")


@router.post("/publish")
def publish(request: Request, employee: Authority, centre: Shared, note: _Text = "") -> Response:
    return _done(
        request, f"{_HOME}/editions", "已发布新版本，终端几分钟内更新。",
        lambda: centre.press.publish(employee, note.strip()),
    )  # fmt: skip


@router.get("/editions")
def editions(request: Request, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        rows = transaction.editions.editions()
    return page(request, "catalogue/editions.html", editions=[archive.head_of(row) for row in rows])


@router.get("/editions/{number}")
def edition(
    request: Request, _employee: Reader, number: _Number, centre: Shared,
    to: Annotated[int | None, Query(ge=1, le=_MOST)] = None,
) -> Response:  # fmt: skip
    """What it changed, or with ``to`` what changed from it to that one."""
    with centre.storage.reading() as transaction:
        newest = transaction.editions.newest()
        try:
            this = archive.load(transaction.editions, number)
            other = archive.load(transaction.editions, to) if to else _before(transaction, number)
        except UnknownEdition:
            raise Problem(404, "没有这个版本。", "请从版本列表进入。") from None
    old, new = (this, other) if to and other else (other, this)
    return page(
        request, "catalogue/edition.html", edition=this, newest=newest, to=to,
        differences=_by_item(between(old, new or this)),
    )  # fmt: skip


@router.post("/editions/{number}/rollback")
def roll_back(request: Request, employee: Authority, number: _Number, centre: Shared, note: _Text = "") -> Response:
    return _done(
        request, f"{_HOME}/editions", f"已恢复第 {number} 版的内容，并作为新版本发布。",
        lambda: centre.press.roll_back(employee, number, note.strip()),
    )  # fmt: skip


@shown_to(Role.AUTHORITY)
def _waiting(transaction: Transaction, employee: Employee, _centre: Centre) -> list[Count]:
    hers = [one for one in transaction.editions.proposals("proposed") if one.author != employee.id]
    ready = transaction.editions.proposals("approved")
    return [
        Count(
            "待审核的目录修改",
            len(hers),
            "wait" if hers else "good",
            "等您审核" if hers else "没有",
            f"{_HOME}/proposals",
        ),
        Count(
            "待发布的目录修改",
            len(ready),
            "info" if ready else "good",
            "已通过" if ready else "没有",
            f"{_HOME}/publish",
        ),
    ]


# --- in common -----------------------------------------------------------------------------------------------------


def _preview(item: Item, language: Language) -> dict[str, Any]:
    return {"shown": item, "say": Words(language), "language": language}


def _named(words: Iterable[str]) -> list[str]:
    return [NAMES[word] for word in words]


def _proposal(transaction: Transaction, number: int) -> Proposal:
    found = transaction.editions.proposal(number)
    if found is None:
        raise Problem(404, "没有这项修改。", "请从修改列表进入。")
    return found


def _is_stale(newest: Edition, proposal: Proposal) -> bool:
    try:
        applied(newest, [proposal])
    except Stale:
        return proposal.state in ("proposed", "approved")
    return False


def _differences(newest: Edition, proposal: Proposal) -> list[Difference]:
    if proposal.kind == "override":
        return between(newest, applied(newest, [proposal]))
    return of_item(newest.by_code.get(proposal.item), item_of(proposal))


def _by_item(differences: list[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for one in differences:
        found.setdefault(one.item, []).append(one)
    return found


def _before(transaction: Transaction, number: int) -> Edition | None:
    """Editions may begin at any number."""
    try:
        return archive.load(transaction.editions, number - 1)
    except UnknownEdition:
        return None


def _proposed(request: Request, propose: Callable[[], int]) -> Response:
    try:
        number = propose()
    except EditionError as error:
        return see_other(request, _HOME, error.chinese, "bad")
    return see_other(request, f"{_HOME}/proposals/{number}", "已提出，等待另一位业务主管审核。")


def _done(request: Request, to: str, said: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except EditionError as error:
        return see_other(request, to, error.chinese, "bad")
    return see_other(request, to, said)
