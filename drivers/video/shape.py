"""Pictures turned, fitted and measured. Pure."""

from typing import Final, cast

import cv2
import numpy as np

from drivers.video.picture import Image

_TURNS: Final[dict[int, int]] = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def sharpness(image: Image) -> float:
    """Variance of the second derivative (Laplacian): motion and bad focus smooth it away. It depends on what is seen,
    and compares pictures of one scene."""
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def turned(image: Image, degrees: int, *, mirror: bool = False) -> Image:
    """Turned clockwise by 0, 90, 180 or 270 degrees, then mirrored left to right."""
    if degrees:
        image = cast("Image", cv2.rotate(image, _TURNS[degrees]))
    return cast("Image", cv2.flip(image, 1)) if mirror else image


def fit(image: Image, size: tuple[int, int]) -> Image:
    """Scale to cover ``size`` (width, height) and cut what is over, equally on both sides."""
    width, height = size
    rows, columns = image.shape[:2]
    if (columns, rows) == size:
        return image
    scale = max(width / columns, height / rows)
    wide, high = max(width, round(columns * scale)), max(height, round(rows * scale))
    scaled = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (wide - width) // 2, (high - height) // 2
    return cast("Image", np.ascontiguousarray(scaled[top : top + height, left : left + width]))
