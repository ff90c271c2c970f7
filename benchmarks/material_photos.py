"""The picture of docs/material.md: things in photographs, and balls of the materials that a model sees in them.

    .venv/bin/python benchmarks/material_photos.py --photos FOLDER [--model material] \
        [--picture docs/images/material_photos.jpg]

FOLDER holds the Kodak test photographs as 01.png to 24.png, 768x512 (released for unrestricted use). Nobody knows what
these things are made of in numbers: the picture is for looking. Masks are ellipses, written below.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from core.errors import FileMissing
from core.image import SRGB, Image, read_image, write_image
from core.materials.ball import ball_picture
from core.materials.model import MaterialModel, open_material_model
from core.materials.picture import crop_of

REGIONS = {
    "gilded ball": ("17.png", (353, 556), (116, 116)),
    "yellow cap": ("03.png", (190, 170), (96, 84)),
    "orange cap": ("03.png", (385, 258), (58, 62)),
    "white knob": ("02.png", (260, 237), (42, 42)),
}
"""Name -> photograph, middle (column, row) and half axes of the ellipse, pixels."""

SIZE = 160


def ellipse(height: int, width: int, middle: tuple[int, int], half: tuple[int, int]) -> np.ndarray:
    """(height, width) float32 mask of 0 and 1."""
    y, x = np.mgrid[:height, :width]
    inside = ((x - middle[0]) / half[0]) ** 2 + ((y - middle[1]) / half[1]) ** 2 < 1
    return np.asarray(inside, np.float32)


def look(photos: Path, model: MaterialModel) -> np.ndarray:
    """Print every answer; return the crops above their balls, (2 S, n S, 3) sRGB 0..1."""
    columns = []
    for name, (file, middle, half) in REGIONS.items():
        if not (photos / file).is_file():
            raise FileMissing(f"{photos / file}: no such photograph; --photos names the folder that holds it")
        image = read_image(photos / file)
        mask = ellipse(image.height, image.width, middle, half)
        answer = model.run(crop_of(image, mask, model.size))
        print(f"\n{name} ({file})")
        print("\n".join(f"  {line}" for line in answer.lines()))
        crop = crop_of(image, mask, SIZE)
        shade = 0.4 + 0.6 * crop.mask[..., None]  # what the mask leaves out is darker
        columns.append(np.concatenate([crop.picture * shade, ball_picture(answer.quantities, SIZE)], 0))
    return np.concatenate(columns, 1)


def main(arguments: list[str] | None = None) -> None:
    """Print the answers and write the picture."""
    parser = argparse.ArgumentParser(description="Materials of things in photographs.")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--model", default="material")
    parser.add_argument("--picture", type=Path, default=Path("docs/images/material_photos.jpg"))
    given = parser.parse_args(arguments)
    made = look(given.photos, open_material_model(given.model, threads=1))
    write_image(given.picture, Image(made.astype(np.float32), ("R", "G", "B"), color_space=SRGB))


if __name__ == "__main__":
    main()
