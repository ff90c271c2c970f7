"""Any white-on-black picture, or a line of text, made soft-shadowed and shiny."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.color import to_display
from core.errors import BadConfig, FileMissing, WorkFailed
from core.image import SRGB, Image, read_image
from core.inference.sequence import IMAGE_SUFFIXES
from core.occlusion.model import FieldModel

__all__ = ["STYLES", "draw_text", "mask_of", "shiny"]

FloatArray = npt.NDArray[np.float32]

STYLES = ("shiny",)

_BLOCK = 1024
_AROUND = 64  # black pixels around a picture, as on the pictures that were learnt from
_LONGEST = 400


def mask_of(text_or_file: str, letters: int = 96) -> FloatArray:
    """What is to become shiny.

    Args:
        text_or_file: a picture, or what is to be written; a name that ends as a picture's does is one.
        letters: height of the letters, pixels.

    Returns:
        (H, W, 1) float32, 0..1: the luminance of the picture as a screen shows it, times its alpha.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: the picture cannot be used.
        BadConfig, WorkFailed: the text cannot be written.
    """
    path = Path(text_or_file)
    if path.suffix.lower() not in IMAGE_SUFFIXES and not path.is_file():
        return draw_text(text_or_file, letters)
    if not path.exists():
        raise FileMissing(f"{path}: no such file; check the path")
    image = read_image(path)
    shown = to_display(image.rgb(), image.color_space)
    grey = np.nan_to_num(shown @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]
    alpha = image.alpha()
    covered = grey if alpha is None or image.alpha_associated else grey * alpha
    return np.clip(covered, 0.0, 1.0).astype(np.float32)


def draw_text(text: str, letters: int = 96) -> FloatArray:
    """White text on black with room for its shadow, (H, W, 1) float32, 0..1.

    Args:
        text: one line or several, each ended by a newline.
        letters: height of the letters, 8 to 2000 pixels.

    Raises:
        BadConfig: the text is empty or too long, the letters are too small or large, or the font lacks some.
        WorkFailed: there is no font to write with.
    """
    import OpenImageIO as oiio  # noqa: N813

    if not text.strip() or len(text) > _LONGEST:
        raise BadConfig(f"a text of {len(text)} letters; give 1 to {_LONGEST}, or the file of a picture")
    if not 8 <= letters <= 2000:
        raise BadConfig(f"letters of {letters} pixels; 8 to 2000 can be drawn")
    box = oiio.ImageBufAlgo.text_size(text, letters, "")
    if not box.defined or box.width < 1 or box.height < 1:
        raise WorkFailed("the text could not be drawn: no font was found; install one (DejaVu, say) or give a picture")
    lacking = [letter for letter in dict.fromkeys(text) if not letter.isspace() and not _is_drawn(letter)]
    if lacking:
        raise BadConfig(f"the font has no {' '.join(lacking)}; leave them out, or give a picture of the text")
    room = max(24, letters // 2)
    buffer = oiio.ImageBuf(oiio.ImageSpec(box.width + 2 * room, box.height + 2 * room, 1, oiio.FLOAT))
    oiio.ImageBufAlgo.zero(buffer)
    if not oiio.ImageBufAlgo.render_text(buffer, room - box.xbegin, room - box.ybegin, text, letters, "", (1.0,)):
        raise WorkFailed(f"the text could not be drawn ({buffer.geterror()}); give a picture instead")
    made = np.asarray(buffer.get_pixels(oiio.FLOAT), np.float32)
    return np.clip(made.reshape(box.height + 2 * room, box.width + 2 * room, 1), 0.0, 1.0)


def _is_drawn(letter: str) -> bool:
    """Whether the font shows anything for a letter: what it lacks is left out without a word."""
    import OpenImageIO as oiio  # noqa: N813

    side = 64
    buffer = oiio.ImageBuf(oiio.ImageSpec(3 * side, 3 * side, 1, oiio.FLOAT))
    oiio.ImageBufAlgo.zero(buffer)
    drawn = oiio.ImageBufAlgo.render_text(buffer, side, 2 * side, letter, side, "", (1.0,))
    return not drawn or bool(np.any(buffer.get_pixels(oiio.FLOAT)))


def shiny(model: FieldModel, mask: FloatArray) -> Image:
    """Make shapes soft-shadowed and shiny, at any resolution and without seams.

    Args:
        model: of the task `occlusion_style`.
        mask: (H, W, 1) float32, 0..1.

    Returns:
        Channels R G B, display-encoded (`SRGB`), of the mask's size.

    Raises:
        WorkFailed: the model failed.
    """
    multiple = model.card.multiple_of
    around = -(-_AROUND // multiple) * multiple
    margin = -(-(model.margin + 32) // multiple) * multiple
    height, width = mask.shape[:2]
    spare = [(around, around + -side % multiple) for side in (height, width)]
    whole = np.pad(mask, (*spare, (0, 0)))
    rows, columns = whole.shape[:2]
    made = np.zeros((rows, columns, 3), np.float32)
    for top in range(0, rows, _BLOCK):
        for left in range(0, columns, _BLOCK):
            first = (max(0, top - margin), max(0, left - margin))
            part = whole[first[0] : top + _BLOCK + margin, first[1] : left + _BLOCK + margin]
            found = model.run(mask=np.ascontiguousarray(part.transpose(2, 0, 1))).transpose(1, 2, 0)
            bottom, right = min(rows, top + _BLOCK), min(columns, left + _BLOCK)
            made[top:bottom, left:right] = found[top - first[0] : bottom - first[0], left - first[1] : right - first[1]]
    return Image(made[around : around + height, around : around + width], ("R", "G", "B"), SRGB)
