"""How well the light of a plate is estimated: scenes with one dominant light of known direction.

    python benchmarks/light_direction.py [--count 100] [--size 128] [--samples 8] --keep DIR --out sheet.jpg
    python benchmarks/light_direction.py --photos DIR [--photos DIR] --out sheet.jpg

Renders scenes of the generator whose sky and lamps are replaced by one sun or softbox and weak ambient light
(`light_scenes.py` says how they are drawn), estimates the light from the true normals and from a model's, and prints
the angle between the estimated and the true direction and the error of the irradiance over the frame. With `--keep`,
scenes that are there are read instead of rendered. Lights behind the scene (their direction has a negative z in
camera space) reach little of what is seen, so that they are also counted apart. The exit code is 1 if the median
angle is not below 15 degrees with true and 25 with predicted normals.

With `--photos` there is no truth: the sheet shows each plate, its normals and a ball in the estimated light.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from light_scenes import LitScene, lit_scenes

from core.color import expose, exposure_key, network_view, to_scene_linear
from core.errors import PlatelightError
from core.image import SRGB, Image, read_image, write_image
from core.inference.lens import Lens
from core.inference.plate_normals import predict
from core.inference.session import NormalsModel, open_model
from core.normals import angular_error_degrees, encode_8bit
from core.relight.chroma_groups import LUMINANCE
from core.relight.estimate import LightEstimate, estimate_light
from core.relight.harmonics import irradiance, linear_band
from scene_generator.recipe import load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.spec import SpecError

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr")
MOST = {"true": 15.0, "predicted": 25.0}
"""Median degrees that each kind of normals must stay below."""

COLUMNS = ("angle", "harmonics_angle", "irradiance", "spread")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the sheet; 0, 1 if a limit is missed, or the code of an error after its one line."""
    options = _options(arguments)
    try:
        model = open_model(options.model, "cpu")
        if options.photos:
            sheet = photographs(model, options.photos, options.cell)
            missed = False
        else:
            sheet, missed = scenes(model, options)
        if options.out:
            write_image(options.out, Image(sheet, ("R", "G", "B"), SRGB), dtype="uint8")
    except (PlatelightError, SpecError) as error:
        print(error, file=sys.stderr)
        return getattr(error, "exit_code", 2)
    return int(missed)


def scenes(model: NormalsModel, options: argparse.Namespace) -> tuple[FloatArray, bool]:
    """Measure rendered scenes; the sheet of the first of them, and whether a limit was missed."""
    renderer = None
    recipe = load_recipe(options.recipe)
    if not options.no_render:
        from scene_generator.renderers.mitsuba import MitsubaRenderer
        from scene_generator.renderers.variant import choose_variant

        renderer = MitsubaRenderer(choose_variant(options.variant)[0], recipe.texture_size, threads=1)
    settings = RenderSettings(options.size, options.size, options.samples)
    figures: dict[str, list[list[float]]] = {"true": [], "predicted": []}
    errors: list[float] = []
    behind: list[bool] = []
    cells: list[FloatArray] = []
    for scene in lit_scenes(recipe, options.count, options.seed, settings, renderer, options.keep):
        plate, true = scene.passes["beauty"][..., :3], scene.passes["normal"]
        seen = np.linalg.norm(true, axis=-1) > 0.5
        # The model sees a plate as exposed on set; sky without a surface is left out as an alpha would leave it out.
        shown = expose(plate, exposure_key(plate))
        answer = predict(model, shown, lens=Lens(fov_degrees=scene.fov_degrees))
        predicted = answer.normals * seen[..., None]
        errors.append(float(angular_error_degrees(predicted, true)[seen].mean()))
        found = {
            "true": estimate_light(plate, true),
            "predicted": estimate_light(plate, predicted, confidence=answer.confidence),
        }
        for kind, estimate in found.items():
            figures[kind].append(measured(scene, estimate))
        behind.append(bool(scene.toward[2] < 0))
        if len(cells) < options.shown:
            balls = [ball(light, options.cell) for light in (scene.harmonics, *(e.harmonics for e in found.values()))]
            pictures = [network_view(shown), _normals_picture(true), _normals_picture(predicted)]
            cells.append(np.hstack([*(_fitted(p, options.cell) for p in pictures), *balls]))
        if options.verbose:
            angles = ", ".join(f"{kind} {figures[kind][-1][0]:.1f}" for kind in figures)
            print(f"{scene.name}: {angles} degrees; light at {np.round(scene.toward, 2)}", flush=True)
    report(figures, np.asarray(behind), errors)
    missed = any(np.median([row[0] for row in figures[kind]]) >= most for kind, most in MOST.items())
    return _table(cells, 2), missed


def measured(scene: LitScene, estimate: LightEstimate) -> list[float]:
    """`COLUMNS` of a scene: angle of the key, angle of band 1, relative irradiance error, and spread."""
    band = linear_band((estimate.harmonics @ LUMINANCE)[:, None])[0]
    return [
        float(angular_error_degrees(estimate.toward, scene.toward)),
        float(angular_error_degrees(band, scene.toward)),
        irradiance_error(estimate.harmonics, scene.harmonics, scene.passes["normal"]),
        estimate.spread_degrees,
    ]


def irradiance_error(found: DoubleArray, true: DoubleArray, normals: FloatArray) -> float:
    """RMS difference of luminance irradiance over the true normals of the frame, over its mean.

    The scale of the estimate is brought to the truth by least squares first, because a plate does not tell it.
    """
    seen = normals[np.linalg.norm(normals, axis=-1) > 0.5]
    estimated, wanted = irradiance(found, seen) @ LUMINANCE, irradiance(true, seen) @ LUMINANCE
    scale = float(estimated @ wanted) / max(float(estimated @ estimated), 1e-12)
    return float(np.sqrt(np.mean((scale * estimated - wanted) ** 2)) / wanted.mean())


def report(figures: dict[str, list[list[float]]], behind: npt.NDArray[np.bool_], errors: Sequence[float]) -> None:
    """Print Markdown: medians and means of all scenes, and apart for lights before and behind."""
    print(f"{len(behind)} scenes, {int(behind.sum())} with the light behind them; ", end="")
    print(f"predicted normals are off by {np.mean(errors):.1f} degrees in the mean of the scenes' means.\n")
    print("| normals | lights | scenes | median | mean | over 30 | band 1 median | irradiance error, median |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for kind, rows in figures.items():
        table = np.asarray(rows).reshape(-1, len(COLUMNS))
        for name, chosen in (("all", np.ones_like(behind)), ("before", ~behind), ("behind", behind)):
            part = table[chosen]
            if len(part):
                angle, band, light = part[:, 0], part[:, 1], part[:, 2]
                print(
                    f"| {kind} | {name} | {len(part)} | {np.median(angle):.1f} | {np.mean(angle):.1f} | "
                    f"{int(np.sum(angle > 30))} | {np.median(band):.1f} | {100 * np.median(light):.0f} % |"
                )


def photographs(model: NormalsModel, folders: Sequence[Path], cell: int) -> FloatArray:
    """Plate, normals and ball of every picture; the estimate of each is printed."""
    cells = []
    print("| plate | to the light | spread | ambient : key | directionality | residual, stops | coverage |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for path in (p for folder in folders for p in sorted(folder.iterdir()) if p.suffix in PICTURES):
        image = read_image(path)
        plate = to_scene_linear(image.rgb(), image.color_space)
        scale = min(1.0, 640.0 / max(plate.shape[:2]))
        plate = np.asarray(cv2.resize(plate, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
        answer = predict(model, plate)
        found = estimate_light(plate, answer.normals, confidence=answer.confidence)
        x, y, z = found.toward
        print(
            f"| {path.stem} | {x:.2f} {y:.2f} {z:.2f} | {found.spread_degrees:.0f} | {found.ambient_to_key:.2f} | "
            f"{found.directionality:.2f} | {found.residuals.median_stops:.2f} | {found.residuals.coverage:.2f} |",
            flush=True,
        )
        pictures = (network_view(expose(plate, exposure_key(plate))), _normals_picture(answer.normals))
        cells.append(np.hstack([*(_fitted(p, cell) for p in pictures), ball(found.harmonics, cell)]))
    return _table(cells, 3)


def ball(harmonics: DoubleArray, size: int) -> FloatArray:
    """A white ball in a light, exposed so that its brightest point is white, encoded for a screen; (size, size, 3)."""
    x, y = np.meshgrid(np.linspace(-1.05, 1.05, size), np.linspace(1.05, -1.05, size))
    square = x * x + y * y
    normals = np.stack([x, y, np.sqrt(np.maximum(1.0 - square, 0.0))], axis=-1)
    light = np.maximum(irradiance(harmonics, normals), 0.0)
    on = square < 1.0
    top = max(float(light[on].max()), 1e-9) if on.any() else 1.0
    picture: FloatArray = np.where(on[..., None], np.clip(light / top, 0.0, 1.0) ** (1 / 2.2), 0.1).astype(np.float32)
    return picture


def _normals_picture(normals: FloatArray) -> FloatArray:
    return encode_8bit(normals).astype(np.float32) / 255.0


def _fitted(picture: FloatArray, height: int) -> FloatArray:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _table(cells: list[FloatArray], columns: int, gap: int = 6) -> FloatArray:
    """Cells of one height in rows, each in a column as wide as the widest cell."""
    if not cells:
        return np.zeros((1, 1, 3), np.float32)
    height, width = cells[0].shape[0] + gap, max(cell.shape[1] for cell in cells) + gap
    sheet = np.full((-(-len(cells) // columns) * height, columns * width, 3), 0.1, np.float32)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        sheet[row * height : row * height + cell.shape[0], column * width : column * width + cell.shape[1]] = cell
    return np.clip(sheet, 0.0, 1.0)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photos", type=Path, action="append", help="folder of photographs; nothing is rendered")
    parser.add_argument("--out", type=Path, help="picture to write, .jpg or .png")
    parser.add_argument("--keep", type=Path, help="folder of rendered scenes: read if there, else rendered and written")
    parser.add_argument("--no-render", action="store_true", help="only what --keep has")
    parser.add_argument("--model", default=None, help="name or folder of a model; the shipped one by default")
    parser.add_argument("--count", type=int, default=100, help="scenes")
    parser.add_argument("--size", type=int, default=128, help="pixels along each side")
    parser.add_argument("--samples", type=int, default=8, help="paths a pixel")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--shown", type=int, default=24, help="scenes on the sheet")
    parser.add_argument("--cell", type=int, default=96, help="height of each picture on the sheet, pixels")
    parser.add_argument("--recipe", default="plate_normals")
    parser.add_argument("--variant", default="auto")
    parser.add_argument("--verbose", action="store_true", help="a line for each scene")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
