"""The contact sheet of an evaluation: each set's best, median and worst image, and the scale of the error's colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813

from core.evaluation.evaluate import Evaluation, Row
from core.evaluation.panels import HOTTEST, PANELS, heat
from core.image import SRGB, Image, write_image

__all__ = ["CAPTION", "HEADER", "write_sheet"]

Picture = npt.NDArray[np.uint8]

HEADER = 44
"""Rows of pixels above the first image: names of the panels and the scale."""

CAPTION = 22
"""Rows of pixels above each image for its caption."""

_BACKGROUND = 24
_TEXT = 13
_NARROWEST = 640
_TICKS = (0, 15, 30, 45, 60)


def write_sheet(evaluation: Evaluation, path: Path) -> None:
    """Write a PNG.

    From the top: the scale of the error's colours, 0 to 60 degrees; then for each set its best, median and worst image
    by mean error, each below a caption with its set, name and mean error, as the panels of `core.evaluation.panels`.
    A set of one or two images shows each of them once. Captions need a font that OpenImageIO finds; on a machine
    without one they are left out.

    Raises:
        DiskFull, BadInput: the file cannot be written.
    """
    chosen = [pick for members in evaluation.groups().values() for pick in _picks(members)]
    width = max(_NARROWEST, *(row.picture.shape[1] for _, row in chosen))
    bands = [_header(width, bool(evaluation.calibrations))]
    bands += [_captioned(width, word, row) for word, row in chosen]
    sheet = np.vstack(bands).astype(np.float32) / 255.0
    write_image(path, Image(sheet, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def _picks(members: list[Row]) -> list[tuple[str, Row]]:
    ordered = sorted(members, key=lambda row: row.figures.mean)
    last = len(ordered) - 1
    places: dict[int, str] = {}
    for word, place in (("best", 0), ("median", round(0.5 * last)), ("worst", last)):
        places.setdefault(place, word)
    return [(word if len(ordered) > 1 else "only", ordered[place]) for place, word in sorted(places.items())]


def _header(width: int, has_confidence: bool) -> Picture:
    band = np.full((HEADER, width, 3), _BACKGROUND, np.uint8)
    left, right = width // 2, width - 40
    band[4:16, left:right] = heat(np.linspace(0.0, HOTTEST, right - left))[None]
    band = _write(band, 6, 17, " | ".join((*PANELS, "confidence") if has_confidence else PANELS))
    for tick in _TICKS:
        at = left + round((right - left - 1) * tick / HOTTEST)
        band[16:20, at] = 200
        band = _write(band, at - 7, 36, str(tick))
    return _write(band, left - 110, 36, "error, degrees:")


def _captioned(width: int, word: str, row: Row) -> Picture:
    band = np.full((CAPTION + row.picture.shape[0], width, 3), _BACKGROUND, np.uint8)
    band[CAPTION:, : row.picture.shape[1]] = row.picture
    return _write(band, 6, CAPTION - 6, f"{row.group} | {word}: {row.name} | {row.figures.mean:.1f} degrees")


def _write(picture: Picture, x: int, y: int, text: str) -> Picture:
    """`text` with its baseline starting at (x, y)."""
    buffer = oiio.ImageBuf(picture.astype(np.float32) / 255.0)
    if not oiio.ImageBufAlgo.render_text(buffer, x, y, text, _TEXT, "", (0.85, 0.85, 0.85)):
        buffer.geterror()
        return picture
    pixels: Picture = (np.clip(np.asarray(buffer.get_pixels(oiio.FLOAT)), 0.0, 1.0) * 255.0).round().astype(np.uint8)
    return pixels.reshape(picture.shape)
