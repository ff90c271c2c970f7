"""Shiny shapes side by side: the rendered relief, and what each network makes of the shapes.

    platelight occlusion-shapes --count 16 --seed 99 --out held_shapes
    python benchmarks/occlusion_style.py --data held_shapes --model DIR --model NAME --out sheet.jpg

For each model, over whole pictures that it has not seen (another seed): the mean absolute error of what a screen shows,
0..1; the largest steps that it adds to the table away from all shapes, where a shadow that is cut off shows as a hard
border (99.9th percentile of the gradient of the error, a pixel); and the stripes that a stride of two leaves (mean
strength of the error's finest waves along rows and columns, in blocks of eight).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.atomic import write_json
from core.errors import BadInput, PlatelightError
from core.image import SRGB, Image, write_image
from core.occlusion.model import open_style_model
from core.occlusion.style import shiny
from core.shards import ShardSet

FloatArray = npt.NDArray[np.float32]

AWAY = 6
"""Pixels from any shape at which the table begins."""

BLOCK = 8


def figures(found: FloatArray, wanted: FloatArray, mask: FloatArray) -> tuple[float, float, float]:
    """Error, steps and stripes of one picture; see this module's description.

    Args:
        found, wanted: (H, W, 3), display-encoded, 0..1.
        mask: (H, W), the shapes.
    """
    error = (found - wanted).mean(-1)
    table = np.ones(mask.shape, bool)
    for rows, columns in zip(*np.where(mask > 0.02), strict=True):
        table[max(0, rows - AWAY) : rows + AWAY + 1, max(0, columns - AWAY) : columns + AWAY + 1] = False
    steps = np.hypot(np.diff(error, axis=1)[:-1], np.diff(error, axis=0)[:, :-1])[table[:-1, :-1]]
    return (
        float(np.abs(found - wanted).mean()),
        float(np.percentile(steps, 99.9)) if steps.size else 0.0,
        stripes(error),
    )


def stripes(error: FloatArray) -> float:
    """Mean strength of the waves of two pixels in (H, W), along rows and columns, in blocks of `BLOCK`."""
    height, width = (side // BLOCK * BLOCK for side in error.shape)
    blocks = error[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    wave = np.where(np.arange(BLOCK) % 2, -1.0, 1.0) / BLOCK**2
    across = np.einsum("aibj,j->ab", blocks, wave)
    down = np.einsum("aibj,i->ab", blocks, wave)
    return float(0.5 * (np.abs(across).mean() + np.abs(down).mean()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the sheet; 0, or the code of an error after its one line."""
    options = _options(arguments)
    try:
        shards = ShardSet.open(options.data)
        models = [open_style_model(name, "cpu", options.threads) for name in options.model or [None]]
        rows: list[FloatArray] = []
        table: list[list[tuple[float, float, float]]] = [[] for _ in models]
        for image, _ in shards:
            mask, wanted = image.layer("mask")[..., :1], image.layer("shiny")
            made = [shiny(model, mask).pixels for model in models]
            for values, found in zip(table, made, strict=True):
                values.append(figures(found, wanted, mask[..., 0]))
            if len(rows) < options.rows:
                side = min(options.crop, *mask.shape[:2])
                row, column = busiest(mask[..., 0], side)
                cut = (slice(row, row + side), slice(column, column + side))
                rows.append(np.concatenate([np.repeat(mask[cut], 3, -1), *(one[cut] for one in (wanted, *made))], 1))
        if not rows:
            raise BadInput(f"{options.data}: there is no picture in it")
        print(f"{len(table[0])} pictures\n\n| model | mean absolute error | steps on the table | stripes |")
        print("| --- | --- | --- | --- |")
        named: dict[str, dict[str, float]] = {}
        for model, values in zip(models, table, strict=True):
            error, steps, waves = (float(mean) for mean in np.mean(values, axis=0))
            named[model.card.name] = {"error": error, "steps": steps, "stripes": waves}
            print(f"| {model.card.name} | {error:.4f} | {steps:.4f} | {waves:.5f} |")
        if options.json is not None:
            write_json(options.json, {"pictures": len(table[0]), "models": named})
        if options.out is not None:
            whole = np.repeat(np.repeat(np.concatenate(rows, 0), options.zoom, 0), options.zoom, 1)
            write_image(options.out, Image(np.clip(whole, 0, 1), ("R", "G", "B"), SRGB), dtype="uint8")
            print(f"\n{options.out}: shapes, relief, then " + ", ".join(model.card.name for model in models))
    except PlatelightError as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "exit_code", 2)
    return 0


def busiest(mask: FloatArray, side: int) -> tuple[int, int]:
    """Corner of the square that holds about a quarter of white: shapes and the shadows between them."""
    best, place = np.inf, (0, 0)
    for row in range(0, mask.shape[0] - side + 1, max(1, side // 4)):
        for column in range(0, mask.shape[1] - side + 1, max(1, side // 4)):
            apart = abs(float(mask[row : row + side, column : column + side].mean()) - 0.25)
            if apart < best:
                best, place = apart, (row, column)
    return place


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="set of `platelight occlusion-shapes`")
    parser.add_argument("--model", action="append", help="style model; the shipped one by default; may be repeated")
    parser.add_argument("--out", type=Path, default=None, help="sheet")
    parser.add_argument("--json", type=Path, default=None, help="file for all figures")
    parser.add_argument("--rows", type=int, default=3, help="pictures on the sheet")
    parser.add_argument("--crop", type=int, default=192, help="pixels of each side of what is shown")
    parser.add_argument("--zoom", type=int, default=1)
    parser.add_argument("--threads", type=int, default=None)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
