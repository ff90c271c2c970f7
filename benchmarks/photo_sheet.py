"""What a model makes of photographs, all of them on one sheet: plate, normals, confidence, the bad ones too.

    python benchmarks/photo_sheet.py --model plate_normals --photos DIR [--photos DIR] --out docs/images/photographs.jpg

The public photographs that the documentation shows are the Kodak set of 24 (768x512) and scene-linear EXR photographs
of the openexr-images collection. Each picture is taken through the path of `platelight normals`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.color import network_view, to_scene_linear
from core.image import SRGB, Image, read_image, write_image
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel, open_model
from core.normals import encode_8bit

FloatArray = npt.NDArray[np.float32]
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr")


def main() -> None:
    """Predict every photograph and write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default=None, help="name or folder of a model; the shipped one by default")
    parser.add_argument("--photos", type=Path, required=True, action="append", help="folder of photographs; repeatable")
    parser.add_argument("--out", type=Path, required=True, help="picture to write, .jpg or .png")
    parser.add_argument("--height", type=int, default=150, help="height of each photograph on the sheet, pixels")
    parser.add_argument("--columns", type=int, default=3, help="photographs beside each other")
    arguments = parser.parse_args()
    model = open_model(arguments.model, "cpu")
    pictures = [path for folder in arguments.photos for path in sorted(folder.iterdir()) if path.suffix in PICTURES]
    cells = []
    for number, path in enumerate(pictures, 1):
        print(f"{number}/{len(pictures)} {path.name}", flush=True)
        cells.append(cell(model, path, arguments.height))
    sheet = table(cells, arguments.columns)
    write_image(arguments.out, Image(sheet, ("R", "G", "B"), SRGB), dtype="uint8")


def cell(model: NormalsModel, path: Path, height: int) -> FloatArray:
    """One photograph beside its normals and, if the model says it, its confidence (black 0, white 1)."""
    image = read_image(path)
    plate = to_scene_linear(image.rgb(), image.color_space)
    answer = predict(model, plate, settings=ViewSettings())
    parts = [network_view(plate), encode_8bit(answer.normals).astype(np.float32) / 255.0]
    if answer.confidence is not None:
        parts.append(np.repeat(answer.confidence[..., None], 3, axis=2))
    width = max(1, round(plate.shape[1] * height / plate.shape[0]))
    return np.hstack([cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) for part in parts])


def table(cells: list[FloatArray], columns: int, gap: int = 6) -> FloatArray:
    """Cells of one height and different widths in rows, centred in columns as wide as their widest cell."""
    width = max(cell.shape[1] for cell in cells)
    rows = []
    for start in range(0, len(cells), columns):
        row = np.full((cells[0].shape[0] + gap, columns * (width + gap), 3), 0.1, np.float32)
        for place, found in enumerate(cells[start : start + columns]):
            left = place * (width + gap) + (width - found.shape[1]) // 2
            row[: found.shape[0], left : left + found.shape[1]] = found
        rows.append(row)
    sheet: FloatArray = np.clip(np.vstack(rows), 0.0, 1.0)
    return sheet


if __name__ == "__main__":
    main()
