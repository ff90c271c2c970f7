"""A sheet of what a model makes of textures that are hard in different ways, to be looked at.

    python benchmarks/normal_maps_sheet.py --out sheet.png [--model FOLDER] [--texture FILE ...]

One row a texture: colour, normal map, height, and the colour lit from the upper left. Brick, wood, fabric and a metal
plate have relief; a drawing, lettering and plain noise have none, and must not get any. `--texture` adds files, such as
a photograph with shadows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.color import linear_to_srgb, srgb_to_linear, to_display
from core.errors import PlatelightError
from core.image import SRGB, Image, read_image, write_image
from core.textures.model import TextureModel, open_texture_model
from core.textures.predict import is_tileable, predict_texture
from core.textures.slopes import integrate, normals_from_slopes
from scene_generator.materials import material
from scene_generator.spec import Pattern
from scene_generator.textures import patterns
from scene_generator.textures.maps import material_maps

FloatArray = npt.NDArray[np.float32]

_SIDE = 256
_GAP = 6
_ROLES = (("brick", "brick", 3), ("wood", "wood", 1), ("fabric", "fabric", 2), ("metal plate", "metal", 4))
_LIGHT = np.array([-0.5, 0.5, 0.7], np.float32) / np.sqrt(0.99, dtype=np.float32)


def main() -> int:
    """Write the sheet; exit code 2 with one line where something cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", help="an exported model; without it the shipped one")
    parser.add_argument("--texture", type=Path, action="append", default=[])
    options = parser.parse_args()
    try:
        model = open_texture_model(options.model, "cpu")
        rows = [row_of(model, color) for _, color in [*drawn(), *(read(path) for path in options.texture)]]
        gap = np.ones((_GAP, rows[0].shape[1], 3), np.float32)
        parts = [part for row in rows for part in (row, gap)][:-1]
        write_image(options.out, Image(np.concatenate(parts), ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    except PlatelightError as error:
        print(error, file=sys.stderr)
        return 2
    print(options.out)
    return 0


def drawn() -> list[tuple[str, FloatArray]]:
    """Name and colour, (256, 256, 3) sRGB-encoded, of the textures that need no file."""
    found = []
    for name, role, seed in _ROLES:
        maps = material_maps(material(np.random.default_rng(seed), role), _SIDE)
        found.append((name, linear_to_srgb(maps.base_color[::-1])))
    for name, kind, scale in (("lettering", "letters", 3), ("drawing", "graffiti", 3)):
        grey = patterns.make(Pattern(kind, 7, scale), _SIDE)[::-1]
        found.append((name, np.asarray(0.15 + 0.75 * grey[..., None] * np.array([1.0, 0.9, 0.8]), np.float32)))
    noise = np.random.default_rng(0).random((_SIDE, _SIDE, 3), np.float32)
    return [*found, ("noise", noise)]


def read(path: Path) -> tuple[str, FloatArray]:
    """The middle of a file, as `drawn` gives them. Raises as `core.image.read_image`."""
    image = read_image(path)
    color = to_display(image.rgb(), image.color_space)
    top, left = (max(0, (length - _SIDE) // 2) for length in color.shape[:2])
    part = color[top : top + _SIDE, left : left + _SIDE]
    missing = [(0, _SIDE - length) for length in part.shape[:2]]
    return path.stem, np.pad(part, [*missing, (0, 0)], mode="wrap")


def row_of(model: TextureModel, color: FloatArray) -> FloatArray:
    """Colour, normal map, height, and the colour lit from the upper left, side by side."""
    tileable = is_tileable(color)
    slopes = predict_texture(model, color, tileable).slopes
    normals = normals_from_slopes(slopes)
    # On one scale for all, so that a flat one looks flat: 16 pixels from black to white.
    height = integrate(slopes, tileable)
    grey = np.repeat(np.clip(0.5 + height / 16.0, 0.0, 1.0)[..., None], 3, -1)
    shade = np.clip(normals @ _LIGHT, 0.0, None)[..., None] / _LIGHT[2]
    lit = linear_to_srgb(np.clip(srgb_to_linear(color) * shade, 0.0, 1.0))
    gap = np.ones((color.shape[0], _GAP, 3), np.float32)
    return np.concatenate([color, gap, 0.5 + 0.5 * normals, gap, grey, gap, lit], axis=1).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
