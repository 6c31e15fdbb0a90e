"""Looks over a drawn widget tree for what a designer would circle in red: cut text, small or overlapping targets."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, cast

from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from screens import style
from screens.components.base import Target, ancestors, touches, window_box

_SLACK = 2.0
Box = tuple[float, float, float, float]
"""Left, bottom, right, top in window pixels."""


def problems(root: Widget) -> list[str]:
    """Empty when nothing is cut, too small, overlapping or outside ``root``."""
    found = [problem for widget in _walk(root) for problem in _of_widget(widget, root)]
    return found + _of_targets(list(touches(root)))


def _walk(widget: Widget) -> Iterator[Widget]:
    yield widget
    for child in widget.children:
        yield from _walk(child)


def _of_widget(widget: Widget, root: Widget) -> Iterator[str]:
    if isinstance(widget, Label) and widget.text:
        yield from _of_label(widget)
    held = isinstance(widget, Label | Target) and not _scrolls(widget)
    if held and not _inside(window_box(widget), window_box(root)):
        yield f"outside the screen: {_name(widget)}"
    if isinstance(widget, ScrollView) and widget.children and widget.children[0].height > widget.height + 1:
        hidden = widget.children[0].height - widget.height
        yield f"scrolls: {hidden / style.u(1):.0f} u do not fit"


def _of_label(label: Label) -> Iterator[str]:
    width, height = label.texture_size
    if width > label.width + _SLACK or height > label.height + _SLACK:
        yield f"cut: {label.text!r} needs {width:.0f}x{height:.0f}, has {label.width:.0f}x{label.height:.0f}"
    parent = label.parent
    if parent and not isinstance(parent, ScrollView) and not _inside(window_box(label), window_box(parent)):
        yield f"sticks out of {type(parent).__name__}: {label.text!r}"
    if "\n" not in getattr(label, "content", label.text) and label.text != _joined(label):
        yield f"Kivy broke a line by itself: {label.text!r}"


def _joined(label: Label) -> str:
    """The text as Kivy laid it out; it differs when a line was wider than the label."""
    lines = cast("Any", label)._label._cached_lines  # noqa: SLF001 - no public way
    return "\n".join("".join(word.text for word in line.words) for line in lines)


def _of_targets(found: list[Target]) -> list[str]:
    width, height = style.size("touch_width"), style.size("touch_height")
    result = [
        f"small target: {touch.touch_id} is {touch.width / style.u(1):.1f} x {touch.height / style.u(1):.1f} u"
        for touch in found
        if touch.width < width - 1 or touch.height < height - 1
    ]
    gap = style.size("gap") - 2
    for one, other in combinations(found, 2):
        if _near(_seen(one), _seen(other), gap):
            result.append(f"targets too close: {one.touch_id} and {other.touch_id}")
    return result


def _near(one: Box, other: Box, gap: float) -> bool:
    if one[1] >= one[3] or other[1] >= other[3]:
        return False  # scrolled out of sight
    across = max(one[0], other[0]) - min(one[2], other[2])
    along = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, along) < gap


def _seen(widget: Widget) -> Box:
    """Its box, cut by the scrolling area it lies in."""
    box = window_box(widget)
    area = next((parent for parent in ancestors(widget) if isinstance(parent, ScrollView)), None)
    if area is None:
        return box
    view = window_box(area)
    return max(box[0], view[0]), max(box[1], view[1]), min(box[2], view[2]), min(box[3], view[3])


def _inside(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - _SLACK
        and inner[1] >= outer[1] - _SLACK
        and inner[2] <= outer[2] + _SLACK
        and inner[3] <= outer[3] + _SLACK
    )


def _scrolls(widget: Widget) -> bool:
    return any(isinstance(parent, ScrollView) for parent in ancestors(widget))


def _name(widget: Widget) -> str:
    return getattr(widget, "touch_id", "") or getattr(widget, "text", "")
