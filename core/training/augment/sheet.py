"""Look at the changes of training: `python -m core.training.augment.sheet --image plate.exr --out sheet.jpg`.

One row for each change at three strengths, then rows of what training draws. Each `--image` adds three columns.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.atomic import atomic_path
from core.color import expose, exposure_key, network_view, to_scene_linear
from core.errors import BadInput, PlatelightError, UnreadableImage
from core.image import read_image
from core.training.augment import curves
from core.training.augment.appearance import as_network_sees, vary
from core.training.augment.effects import CURVES, DELIVERY, EFFECTS, LIGHT
from core.training.augment.lens import Optics
from core.training.augment.settings import Appearance
from core.training.augment.view import whole_view

__all__ = ["STRENGTHS", "contact_sheet", "main", "one_change"]

FloatArray = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

STRENGTHS = (0.0, 0.5, 1.0)
"""How far each row's changes go, left to right; even 0 is a change: it begins at a quarter of its extent."""

_RANDOM_ROWS = 3
_GAP = 2
_LABEL = 78
_PAPER = 30


def one_change(name: str, light: FloatArray, amount: float, seed: int) -> FloatArray:
    """A plate with one change and nothing else, as a network sees it.

    Args:
        name: one of `EFFECTS`.
        light: (H, W, 3) float32, scene-linear, exposed; a whole frame.
        amount: 0..1, how far towards the extent of the default settings.
        seed: of what else the change draws: angles, shapes, grains.

    Returns:
        (H, W, 3) float32 0..1, the encoding of `core.color.network_view`. Changes of a curve or of an encoded picture
        are made to a photograph, those of light to a plate that keeps its highlights.
    """
    settings, optics, rng = Appearance(), Optics.centred(*light.shape[:2]), np.random.default_rng(seed)
    if name in LIGHT:
        return network_view(LIGHT[name](light, amount, rng, settings, optics))
    if name in CURVES:
        picture = CURVES[name](light, amount, rng, settings, optics)
    else:
        picture = DELIVERY[name](curves.plain(light), amount, rng, settings, optics)
    return as_network_sees(np.clip(picture, 0.0, 1.0))


def contact_sheet(plates: Sequence[FloatArray], seed: int = 0) -> Bytes:
    """Every change at three strengths, and random pictures, of some plates side by side.

    Args:
        plates: (S, S, 3) float32 each, scene-linear, not exposed, all of one size.
        seed: decides the random pictures and what the changes draw.

    Returns:
        (H, W, 3) uint8, as a network sees it.
    """
    keys = [exposure_key(plate) for plate in plates]
    exposed = [expose(plate, key) for plate, key in zip(plates, keys, strict=True)]
    columns = range(len(STRENGTHS))
    rows = [_row("as it is", [network_view(light) for light in exposed for _ in columns])]
    for name in EFFECTS:
        cells = [
            one_change(name, light, amount, seed + place) for light in exposed for place, amount in enumerate(STRENGTHS)
        ]
        rows.append(_row(name, cells))
    settings = Appearance()
    for number in range(_RANDOM_ROWS):
        cells = [
            vary(plate, key, np.random.default_rng([seed, number, place, column]), settings)
            for place, (plate, key) in enumerate(zip(plates, keys, strict=True))
            for column in columns
        ]
        rows.append(_row("random", cells))
    return np.concatenate(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; bad input ends it with a message and the exit code 2, as argparse does."""
    parser = argparse.ArgumentParser(
        prog="python -m core.training.augment.sheet", description="Write a contact sheet of the changes of training."
    )
    parser.add_argument("--image", action="append", required=True, help="a plate or photograph; may be repeated")
    parser.add_argument("--out", required=True, type=Path, help="the picture to write, such as sheet.jpg")
    parser.add_argument("--size", type=int, default=224, help="side of the pictures, pixels (224)")
    parser.add_argument("--seed", type=int, default=0, help="decides the random pictures (0)")
    parser.add_argument("--quality", type=int, default=85, help="of a JPEG, 1 to 100 (85)")
    given = parser.parse_args(arguments)
    if given.size < 32 or given.seed < 0 or not 1 <= given.quality <= 100:
        parser.error("--size needs at least 32 pixels, --seed a number of at least 0, --quality 1 to 100")
    try:
        sheet = contact_sheet([_square(path, given.size) for path in given.image], given.seed)
        _write(given.out, sheet, given.quality)
    except PlatelightError as error:
        parser.exit(error.exit_code, f"{parser.prog}: {error}\n")


def _square(path: str, size: int) -> FloatArray:
    """The largest centred square of a picture, scene-linear. Raises as `read_image`, and BadChannels."""
    image = read_image(path)
    light = np.maximum(np.nan_to_num(to_scene_linear(image.rgb(), image.color_space), posinf=6e4), 0.0)
    if not light.any():
        raise UnreadableImage(f"{path}: nothing but black; give a picture that shows something")
    return whole_view(image.width, image.height).sample(light, size)


def _row(label: str, cells: Sequence[FloatArray]) -> Bytes:
    height = cells[0].shape[0]
    margin = _paper(height, _LABEL)
    cv2.putText(margin, label, (6, height // 2 + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    parts = [margin]
    for place, cell in enumerate(cells):
        parts.append(_paper(height, _GAP * (4 if place % len(STRENGTHS) == 0 else 1)))
        parts.append(np.rint(cell * 255.0).astype(np.uint8))
    row = np.concatenate(parts, axis=1)
    return np.concatenate([row, _paper(_GAP, row.shape[1])])


def _paper(height: int, width: int) -> Bytes:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _write(out: Path, sheet: Bytes, quality: int) -> None:
    with atomic_path(out) as temporary:
        try:
            done, data = cv2.imencode(
                out.suffix.lower() or ".jpg", sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
            )
        except cv2.error:
            done = False
        if not done:
            raise BadInput(f"{out}: no such kind of picture can be written; use .jpg or .png")
        temporary.write_bytes(data.tobytes())


if __name__ == "__main__":
    main()
