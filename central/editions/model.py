"""A service item: what is written in a file, edited in the console, kept in an edition and sent to the terminals.

Titles are what the console calls a field. What has its default is not written, so that a terminal which does not know
a new field yet still offers every item that does without it.
"""

from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from central.editions import vocabulary as words

_PRINTABLE: Final = r"^[^\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]*$"
Plain = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_PRINTABLE)]
Texts = TypedDict("Texts", {"zh-Hans": Plain, "zh-Hant": Plain, "en": Plain})
"""The same in every language; all three are needed."""
Texts.__pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportAttributeAccessIssue]

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
DepartmentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Region = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
"""GB/T 2260, for streets and villages with the digits of GB/T 10114 after it: 440000 is Guangdong, 440100 Guangzhou."""
Initials = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,30}$")]
Time = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|today([+-][0-9]{1,4}[dmy])?)$")]
"""A date, or one counted from the day it is asked: today-60y, today+30d."""
Source = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
"""Of the data-sharing platform: which of its records, and what of it."""


def _set_of(known: Any) -> AfterValidator:
    """Without repeats, in the order of the vocabulary: in which order they are written says nothing."""
    return AfterValidator(lambda words: tuple(sorted(set(words), key=get_args(known).index)))


Ways = Annotated[tuple[words.MaterialWay, ...], _set_of(words.MaterialWay)]
Days = Annotated[tuple[words.Weekday, ...], _set_of(words.Weekday)]
Audiences = Annotated[tuple[words.Audience, ...], _set_of(words.Audience)]
Devices = Annotated[tuple[words.Device, ...], _set_of(words.Device)]
PickupWays = Annotated[tuple[words.PickupWay, ...], _set_of(words.PickupWay)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Condition(Part):
    """Asked only when an earlier question was answered so."""

    field: Name = Field(title="问题")
    values: tuple[Plain, ...] = Field(title="回答", min_length=1)


class NoticePoint(Part):
    icon: Name = Field(title="图标")
    title: Texts = Field(title="标题")
    text: Texts = Field(title="说明")


class Option(Part):
    value: Name = Field(title="代码")
    label: Texts = Field(title="名称")


class Question(Part):
    """A column of a row; keywords as in JSON Schema where it has them."""

    name: Name = Field(title="代码")
    kind: words.FieldKind = Field(title="类型")
    label: Texts = Field(title="名称")
    question: Texts = Field(title="问句")
    help: Texts | None = Field(default=None, title="提示")
    required: bool = Field(default=True, title="必填")
    personal: bool = Field(default=False, title="个人信息", description="核对时遮盖，不朗读")
    prefill: Source | None = Field(default=None, title="自动填写来源")
    only_when: Condition | None = Field(default=None, title="仅当")
    options: tuple[Option, ...] = Field(default=(), title="选项")
    multiple: bool = Field(default=False, title="可多选")
    min_length: int | None = Field(default=None, ge=0, le=2000, title="最少字数")
    max_length: int | None = Field(default=None, ge=1, le=2000, title="最多字数")
    pattern: Plain | None = Field(default=None, title="格式", description="正则表达式")
    minimum: int | None = Field(default=None, ge=-(10**12), le=10**12, title="最小值")
    maximum: int | None = Field(default=None, ge=-(10**12), le=10**12, title="最大值")
    decimals: int = Field(default=0, ge=0, le=4, title="小数位数")
    unit: Texts | None = Field(default=None, title="单位")
    earliest: Day | None = Field(default=None, title="最早")
    latest: Day | None = Field(default=None, title="最晚")
    depth: words.RegionDepth | None = Field(default=None, title="选到哪一级")
    within: Region | None = Field(default=None, title="限定区划")


class FormField(Question):
    columns: tuple[Question, ...] = Field(default=(), title="每行的问题")
    min_rows: int | None = Field(default=None, ge=0, le=50, title="最少行数")
    max_rows: int | None = Field(default=None, ge=1, le=50, title="最多行数")


class Material(Part):
    code: Name = Field(title="代码")
    title: Texts = Field(title="名称")
    text: Texts | None = Field(default=None, title="说明")
    ways: Ways = Field(title="提交方式", min_length=1)
    licence: Name | None = Field(default=None, title="可代替的电子证照")
    required: bool = Field(default=True, title="必交")
    pages: int = Field(default=1, ge=1, le=50, title="最多页数")
    only_when: Condition | None = Field(default=None, title="仅当")


class Output(Part):
    kind: words.OutputKind = Field(title="种类")
    template: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,64}$")] = Field(default="", title="版式")
    needs_result: bool = Field(default=False, title="要有办理结果", description="没有结果时以后再取")


class Hours(Part):
    days: Days = Field(title="星期", min_length=1)
    opens: Time = Field(title="开门")
    closes: Time = Field(title="关门")


class Faq(Part):
    question: Texts = Field(title="问")
    answer: Texts = Field(title="答")


class Guide(Part):
    """What a guide says beside what the item says anyway; the same for terminal, web and paper."""

    conditions: tuple[Texts, ...] = Field(default=(), title="谁可以办")
    process: tuple[Texts, ...] = Field(default=(), title="怎么办")
    basis: tuple[Texts, ...] = Field(default=(), title="依据")
    notes: tuple[Texts, ...] = Field(default=(), title="注意")
    faq: tuple[Faq, ...] = Field(default=(), title="常见问题")
    address: Texts | None = Field(default=None, title="窗口地址")
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{3,24}$")] | None = Field(default=None, title="咨询电话")


class Item(Part):
    code: Code = Field(title="事项代码")
    version: int = Field(default=1, ge=1, le=2**31 - 1, title="版本", description="由平台编号")
    position: int = Field(default=100, ge=0, le=9999, title="排列次序", description="小的在前")
    kind: words.ItemKind = Field(default="application", title="事项类型")
    icon: Name = Field(default="document", title="图标")
    title: Texts = Field(title="事项名称")
    short_title: Texts | None = Field(default=None, title="短名称")
    summary: Texts = Field(title="一句话说明")
    keywords: tuple[Plain, ...] = Field(default=(), title="搜索词")
    initials: tuple[Initials, ...] = Field(default=(), title="拼音首字母")
    department: Texts = Field(title="主管部门")
    department_id: DepartmentId | None = Field(default=None, title="部门代码", description="由谁经办")
    audience: Audiences = Field(title="服务对象", min_length=1)
    region: Region = Field(title="实施区划")
    coverage: tuple[Region, ...] = Field(default=(), title="可办区划", description="空：与实施区划相同")
    starts_at: AwareDatetime | None = Field(default=None, title="开始时间")
    ends_at: AwareDatetime | None = Field(default=None, title="结束时间")
    identity_level: words.IdentityLevel = Field(title="身份要求")
    persons: int = Field(default=1, ge=1, le=2, title="几人到场")
    steps: tuple[words.Step, ...] = Field(title="步骤", min_length=1)
    consents: tuple[Code, ...] = Field(default=(), title="同意书")
    notice: tuple[NoticePoint, ...] = Field(default=(), title="告知")
    form: tuple[FormField, ...] = Field(default=(), title="表单")
    materials: tuple[Material, ...] = Field(default=(), title="材料")
    fee_cents: int = Field(default=0, ge=0, le=100_000_000, title="费用（分）")
    fee_from_bill: bool = Field(default=False, title="费用以缴款单为准")
    fee_basis: Texts | None = Field(default=None, title="收费依据")
    devices: Devices = Field(default=(), title="需要的设备")
    network: words.Network = Field(title="网络")
    answer_seconds: float = Field(default=8.0, gt=0, le=60, title="等待答复（秒）")
    decision: words.Decision = Field(title="谁来决定")
    rules: Name | None = Field(default=None, title="规则集")
    outputs: tuple[Output, ...] = Field(default=(), title="出件")
    legal_limit_days: int = Field(default=0, ge=0, le=3650, title="法定时限（工作日）")
    promised_days: int = Field(default=0, ge=0, le=3650, title="承诺时限（工作日）")
    pickup: Texts = Field(title="领取地点")
    pickup_ways: PickupWays = Field(default=(), title="领取方式")
    office_hours: tuple[Hours, ...] = Field(default=(), title="部门办公时间")
    needs_office: bool = Field(default=False, title="只在办公时间可办")
    guide: Guide | None = Field(default=None, title="办事指南")

    @property
    def where(self) -> tuple[str, ...]:
        """Regions whose terminals offer it."""
        return self.coverage or (self.region,)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it, without what has its default."""
        return {"version": self.version} | self.model_dump(mode="json", exclude_defaults=True)

    def as_whole(self) -> dict[str, Any]:
        """As JSON has it, with what has its default."""
        return self.model_dump(mode="json", exclude_none=True)
