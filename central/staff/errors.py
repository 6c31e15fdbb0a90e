"""What can be wrong with an account or with somebody at the door. Each says in Chinese what to do."""


class StaffError(Exception):
    """这一步没有完成。"""

    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "")


class BadName(StaffError):
    """用户名由 2 到 32 个小写字母、数字、点、横线或下划线组成，以字母开头；姓名为 1 到 40 个字符。"""


class NameTaken(StaffError):
    """这个用户名已经有人使用，请换一个。"""


class NoSuchAccount(StaffError):
    """没有这个账号。"""


class BadRoles(StaffError):
    """这些角色不能由一个账号担任。"""


class WeakPassword(StaffError):
    """这个密码太容易被猜到。"""


class WrongCode(StaffError):
    """验证码不对，或者已经用过。请等待下一个验证码，并核对手机时间。"""


class WrongPassword(StaffError):
    """当前密码不对。"""


class LinkGone(StaffError):
    """这个设置链接已经用过、已经过期或者被新的链接代替。请向账号管理员要一个新的链接。"""


class NotYourself(StaffError):
    """不能修改自己的角色，也不能停用自己的账号。请由另一位账号管理员操作。"""


class LastAdministrator(StaffError):
    """这是最后一位账号管理员，停用之后将无人能管理账号。请先设置另一位账号管理员。"""


class NotLetIn(StaffError):
    """用户名、密码或验证码不对。"""

    def __init__(self, wait: float = 0.0) -> None:
        """``wait``: seconds until the next try is looked at."""
        super().__init__()
        self.wait = wait
