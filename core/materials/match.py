"""The material of the object in a picture file: what the command line and the worker share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import BadChannels, BadSize
from core.image import read_image
from core.materials.model import MaterialAnswer, MaterialModel
from core.materials.picture import Crop, crop_of, find_mask, mask_of

__all__ = ["Match", "match_material"]

_SHOWN = 192


@dataclass(frozen=True, eq=False)
class Match:
    """An answer, and what it was given about.

    Attributes:
        answer: the model's.
        crop: the object, 192 pixels a side, for people.
        notes: what they should know about picture and mask, a line each.
    """

    answer: MaterialAnswer
    crop: Crop
    notes: tuple[str, ...]


def match_material(
    model: MaterialModel, picture: Path, mask: Path | None = None, color_space: str | None = None, stops: float = 0.0
) -> Match:
    """Look at one object.

    Args:
        model: loaded.
        picture: photograph or render.
        mask: white, or opaque, where the object is; of the picture's size. None: `core.materials.picture.find_mask`.
        color_space: of the picture, as OpenColorIO names it; None: what the file says.
        stops: exposure to add first.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: picture or mask cannot be used.
        BadConfig: the colour space is not known, or `stops` no finite number.
        WorkFailed: the model failed.
    """
    image = read_image(picture)
    try:
        finite = np.isfinite(image.rgb()).all(-1)
    except BadChannels as error:
        raise BadChannels(f"{picture}: {error}") from error
    notes = []
    if mask is not None:
        inside = mask_of(read_image(mask), image.height, image.width, str(mask))
    else:
        inside, note = find_mask(image)
        notes.append(note)
    object_pixels = inside > 0.5
    broken = float((object_pixels & ~finite).sum()) / max(1.0, float(object_pixels.sum()))
    if broken > 0.0:
        # They would be black in the middle of the thing, and told as its colour.
        inside = np.where(finite, inside, np.float32(0.0))
        notes.append(f"{100 * broken:.2g} % of the object are no finite numbers, and were left out of it")
    try:
        crop = crop_of(image, inside, model.size, color_space, stops)
    except BadSize as error:
        raise BadSize(f"{mask or picture}: {error}") from error
    if crop.clipped > 0.1:
        notes.append(f"{100 * crop.clipped:.0f} % of the object is burnt out: give the picture less exposure")
    if crop.object_pixels < model.size // 2:
        few = f"less than the {model.size // 2} that tell of gloss"
        notes.append(f"the object is {crop.object_pixels} pixels long, {few}")
    return Match(model.run(crop), crop_of(image, inside, _SHOWN, color_space, stops), tuple(notes))
