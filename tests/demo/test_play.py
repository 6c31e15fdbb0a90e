"""The demonstration's folder may be anybody's."""

from pathlib import Path

from kiosk.demo import play


def test_only_what_an_earlier_demonstration_left_is_cleared(tmp_path: Path) -> None:
    for name in ("steps/01-home-idle.png", "tray/receipt-0001.png", "receipt.png", "holiday.jpg", "steps.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    play._clear(tmp_path)  # pyright: ignore[reportPrivateUsage]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday.jpg", "steps", "steps.txt"]
    assert list((tmp_path / "steps").iterdir()) == []
