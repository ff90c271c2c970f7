"""What the confidence of a light estimate is worth: the direction's error by confidence, on scenes of known light.

    python benchmarks/light_confidence.py DIR

DIR holds scenes that `benchmarks/light_direction.py --keep DIR` rendered. Each is estimated from its true normals and
from a model's; a Markdown table tells the errors of the direction by confidence, and the rank correlation of the two.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from light_scenes import lit_scenes

from core.color import expose, exposure_key
from core.errors import PlatelightError
from core.inference.lens import Lens
from core.inference.plate_normals import predict
from core.inference.session import open_model
from core.normals import angular_error_degrees
from core.relight.estimate import estimate_light
from core.relight.plate_light import light_document
from scene_generator.recipe import load_recipe
from scene_generator.renderers import RenderSettings

BANDS = ((0.0, 0.5), (0.5, 0.9), (0.9, 1.0001))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, or the code of an error after its one line."""
    options = _options(arguments)
    try:
        model = open_model(options.model, "cpu", threads=options.threads)
        settings = RenderSettings(options.size, options.size, options.samples)
        recipe = load_recipe("plate_normals")
        rows: dict[str, list[tuple[float, float]]] = {"true": [], "predicted": []}
        for scene in lit_scenes(recipe, options.count, options.seed, settings, None, options.folder):
            plate, true = scene.passes["beauty"][..., :3], scene.passes["normal"]
            seen = np.linalg.norm(true, axis=-1) > 0.5
            answer = predict(model, expose(plate, exposure_key(plate)), lens=Lens(fov_degrees=scene.fov_degrees))
            for kind, normals, weight in (
                ("true", true, None),
                ("predicted", answer.normals * seen[..., None], answer.confidence),
            ):
                light = light_document(estimate_light(plate, normals, confidence=weight), normals)
                angle = float(angular_error_degrees(np.array(light.toward), scene.toward))
                rows[kind].append((light.confidence, angle))
    except PlatelightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if not rows["true"]:
        print(f"{options.folder}: holds no scenes of this size, samples and seed", file=sys.stderr)
        return 2
    report(rows)
    return 0


def report(rows: dict[str, list[tuple[float, float]]]) -> None:
    """Print Markdown."""
    print("| normals | confidence | scenes | median error | over 30 degrees | rank correlation |")
    print("|---|---|---:|---:|---:|---:|")
    for kind, pairs in rows.items():
        confidence, angle = np.array(pairs).T
        ranks = [np.argsort(np.argsort(values)) for values in (confidence, angle)]
        together = f"{np.corrcoef(ranks[0], ranks[1])[0, 1]:.2f}" if len(pairs) > 2 else ""
        for low, high in BANDS:
            chosen = angle[(confidence >= low) & (confidence < high)]
            median = f"{np.median(chosen):.1f}" if len(chosen) else "-"
            words = f"{low:g} to {min(high, 1.0):g}"
            print(f"| {kind} | {words} | {len(chosen)} | {median} | {int((chosen > 30).sum())} | {together} |")
            together = ""


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="scenes kept by light_direction.py")
    parser.add_argument("--count", type=int, default=1000, help="scenes at most")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", help="default: the shipped one")
    parser.add_argument("--threads", type=int, help="default: all cores")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
