"""Settings that all cameras share."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from drivers.options import Options
from drivers.video.source import Wishes

Auto = Literal["auto"]
Turn = Annotated[Literal[0, 90, 180, 270], BeforeValidator(int)]


class VideoOptions(Options):
    port: str = Field(
        default="0",
        description="number of the camera (0 is the first), /dev/video0 or better /dev/v4l/by-id/..., a video file, "
        "or an http://, https:// or rtsp:// address",
    )
    width: int = Field(default=640, ge=160, le=8192, description="width of the picture in pixels, after turning")
    height: int = Field(default=480, ge=120, le=8192, description="height of the picture in pixels, after turning")
    fps: int = Field(default=0, ge=0, le=120, description="pictures a second; 0: as the camera likes")
    exposure: Annotated[int, Field(ge=1, le=10000)] | Auto = Field(
        default="auto", description="auto, or the exposure time in units of 0.1 ms (1 to 10000)"
    )
    brightness: Annotated[int, Field(ge=-255, le=255)] | Auto = Field(
        default="auto", description="auto, or a number of the camera's own scale (-255 to 255)"
    )
    rotate: Turn = Field(default=0, description="turn the picture clockwise: 0, 90, 180 or 270 degrees")
    mirror: bool = Field(default=False, description="swap left and right")
    loop: bool = Field(default=False, description="play a video file again and again")

    def wishes(self, *, exact: bool) -> Wishes:
        return Wishes(
            width=self.width,
            height=self.height,
            fps=self.fps,
            exposure=None if self.exposure == "auto" else self.exposure,
            brightness=None if self.brightness == "auto" else self.brightness,
            rotate=self.rotate,
            mirror=self.mirror,
            loop=self.loop,
            exact=exact,
        )
