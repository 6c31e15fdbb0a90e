"""What is wrong with an order to the fleet, in words of its operators."""


class FleetError(Exception):
    """It cannot be done to the fleet."""


class UnknownTerminal(FleetError):
    """没有这台终端。"""


class BadCommand(FleetError):
    """这个命令的内容不对。"""


class BadSettings(FleetError):
    """这些设置终端不会接受。"""


class BadPlan(FleetError):
    """这个分批计划不能执行。"""


class NotNow(FleetError):
    """现在不能这样做：它的状态已经变了，请刷新页面。"""
