"""The floor: a bare Kivy window with six Chinese buttons; ends after its first frame."""
# pyright: basic, reportUnknownMemberType=false

import sys
from pathlib import Path

from screens.environment import prepare


def main(width: int, height: int, home: Path, font: str) -> None:
    prepare(home, width=width, height=height)
    from kivy.base import runTouchApp, stopTouchApp  # noqa: PLC0415 - Kivy reads its environment at import
    from kivy.clock import Clock  # noqa: PLC0415
    from kivy.core.window import Window  # noqa: PLC0415
    from kivy.uix.boxlayout import BoxLayout  # noqa: PLC0415
    from kivy.uix.button import Button  # noqa: PLC0415

    column = BoxLayout(orientation="vertical")
    for _ in range(6):
        column.add_widget(Button(text="社保参保证明打印", font_name=font, font_size=height / 40))

    def drawn(*_: object) -> None:
        Clock.schedule_once(lambda _: stopTouchApp())

    Window.bind(on_flip=drawn)
    runTouchApp(column)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
