"""What can be wrong with a step on the way from a file to an edition."""


class EditionError(Exception):
    """The catalogue stays as it is."""

    chinese = "目录没有变动。"


class OwnProposal(EditionError):
    """Whoever proposed it cannot approve it: another authority has to."""

    chinese = "不能审核自己提出的修改，请另一位业务主管审核。"


class NotOpen(EditionError):
    """Somebody has settled this proposal meanwhile: look at it again."""

    chinese = "这项修改已经有人处理了，请刷新后再看。"


class UnderWay(EditionError):
    """Another proposal for this item is under way: have it published, rejected or withdrawn first."""

    chinese = "这个事项已有修改正在处理，请先发布、退回或撤回那一项。"


class NoChange(EditionError):
    """It is in force like this already."""

    chinese = "与现行内容相同，没有修改。"


class Stale(EditionError):
    """The item was changed since this was proposed: withdraw it and propose it again."""

    chinese = "提出之后现行内容又变了，请撤回后按现行内容重新提出。"


class NothingApproved(EditionError):
    """There is nothing to publish: proposals have to be approved first."""

    chinese = "没有已通过审核的修改可以发布。"


class Overtaken(EditionError):
    """Somebody else has published meanwhile: look at what is in force now and try again."""

    chinese = "刚刚有人发布了新版本，请看过现行内容后再试。"


class UnknownItem(EditionError):
    """There is no such item in force."""

    chinese = "现行目录里没有这个事项。"


class UnknownEdition(EditionError):
    """There is no such edition."""

    chinese = "没有这个版本。"


class BadOverride(EditionError):
    """Name a region of 6, 9 or 12 digits or a terminal of 2 to 16 capital letters and digits."""

    chinese = "请填写 6、9 或 12 位行政区划代码，或者终端编号（2 到 16 位大写字母和数字）。"
