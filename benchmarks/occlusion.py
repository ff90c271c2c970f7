"""How well occlusion is told from normals and depth: the network, the tuned formula and rays, on scenes held out.

    python benchmarks/occlusion.py --data DIR [--model NAME|DIR] [--normals-model NAME] [--out sheet.jpg]
    python benchmarks/occlusion.py --tune --data DIR        (GTAO on training scenes, by coordinate descent)
    python benchmarks/occlusion.py --speed [--model NAME|DIR]

The sets are those of `occlusion_scenes.py`. Every figure is a mean absolute error over pixels that show a surface (4096
of each scene, drawn at random), mean over the radii of a scene and then over the scenes. What is given to network and
formula, row by row:

    normals + depth          normals with bump, as a renderer's N pass or a network has them
    smooth normals + depth   normals of the mesh: those that the rays of the reference start from
    predicted + depth        normals that a plate-normals model makes of the beauty
    normals only             a plane stands for the depth
    predicted only           the same with predicted normals: what a plate alone gives

The exit code is 1 if the network's first row is not below 0.03 and 15 % below the formula's.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.atomic import write_json
from core.camera import PinholeCamera
from core.errors import BadInput, PlatelightError
from core.image import SRGB, Image, write_image
from core.occlusion.geometry import RELATIVE, Radius, Surfaces, surfaces_of
from core.occlusion.gtao import GtaoSettings, gtao, gtao_at
from core.occlusion.model import FieldModel, open_occlusion_model
from core.occlusion.predict import FAST, Look, predict_occlusion
from core.shards import ShardSet

FloatArray = npt.NDArray[np.float32]

MOST, LESS = 0.03, 0.85
"""Largest mean absolute error of the network, and largest ratio to the formula's."""

KINDS = ("normals + depth", "smooth normals + depth", "predicted + depth", "normals only", "predicted only")
GRID = {
    "fade": (0.0, 0.3, 0.6, 0.8, 0.9, 0.95),
    "reach": (0.8, 0.9, 1.0, 1.15, 1.3),
    "thickness": (0.0, 0.02, 0.05, 0.1, 0.15, 0.2),
    "strength": (0.8, 0.9, 1.0, 1.1, 1.2),
    "power": (0.8, 0.9, 1.0, 1.15, 1.3),
    "spread": (0.8, 1.0, 1.3, 1.6, 2.0),
}
SMALLEST, STEP = 0.02, 1.8
"""Of the radii of `occlusion_scenes.py`, shares of the median depth."""

TUNED_PIXELS = 300
MEASURED_PIXELS = 4096
SHOWN = 6


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene of a set.

    Attributes:
        name: key and family.
        normals, smooth: (H, W, 3) camera space, with bump and without.
        predicted: the same from the beauty by a model, or None.
        depth: (H, W) metres, 0 where nothing is.
        slopes: (H, W, 2) of the rays.
        occlusion: (H, W, K) by rays.
        radii: K, metres.
    """

    name: str
    normals: FloatArray
    smooth: FloatArray
    predicted: FloatArray | None
    depth: FloatArray
    slopes: FloatArray
    occlusion: FloatArray
    radii: Sequence[float]

    def surfaces(self, kind: str, which: int) -> Surfaces | None:
        """What a row of the table is told of radius `which`; None where the scene has no such normals."""
        field = {"n": self.normals, "s": self.smooth, "p": self.predicted}[kind[0]]
        if field is None:
            return None
        seen = field * (self.depth > 0.0)[..., None]
        if "depth" in kind:
            return surfaces_of(seen, self.slopes, Radius(self.radii[which]), self.depth)
        middle = float(np.median(self.depth[self.depth > 0.0]))
        return surfaces_of(seen, self.slopes, Radius(self.radii[which]), None, middle)


def scenes(folder: Path, normals_model: str | None, limit: int = 0) -> Iterator[Scene]:
    """Read a set, and predict normals of its beauties where it has them and a model is named."""
    shards = ShardSet.open(folder)
    opened = None
    if normals_model:
        from core.inference.session import open_model

        opened = open_model(normals_model, "cpu")
    for key in shards.keys[: limit or None]:
        image, metadata = shards.read(key)
        camera = PinholeCamera(
            image.width,
            image.height,
            metadata["camera"]["focal_length_mm"],
            metadata["camera"]["horizontal_aperture_mm"],
        )
        predicted = None
        if opened is not None and image.has_layer(""):
            from core.inference.lens import Lens
            from core.inference.plate_normals import predict

            lens = Lens(focal_length_mm=camera.focal_length_mm, film_back_mm=camera.horizontal_aperture_mm)
            predicted = predict(opened, image.rgb(), lens=lens).normals
        yield Scene(
            f"{key} {metadata['family']}",
            image.layer("N")[..., :3],
            image.layer("Ng")[..., :3],
            predicted,
            image.layer("depth")[..., 0],
            camera.ray_slopes(),
            image.layer("occlusion"),
            metadata["occlusion_radii"],
        )


def measured_pixels(scene: Scene) -> npt.NDArray[np.int64]:
    """Up to `MEASURED_PIXELS` pixels that show a surface, the same ones every time."""
    there = np.flatnonzero(scene.depth.ravel() > 0.0)
    return np.random.default_rng(0).choice(there, min(MEASURED_PIXELS, there.size), replace=False)


def measure(model: FieldModel, folder: Path, normals_model: str | None, limit: int, out: Path | None) -> dict[str, Any]:
    """Mean absolute errors by what is given, by radius and by family; writes the sheet."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    by_radius: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    by_family: dict[str, list[tuple[float, float]]] = defaultdict(list)
    rows: list[FloatArray] = []
    for scene in scenes(folder, normals_model, limit):
        if not (scene.depth > 0.0).any():
            continue
        cells: list[FloatArray] = []
        pixels = measured_pixels(scene)
        for kind in KINDS:
            lists: dict[str, list[float]] = {"network": [], "gtao": [], "open": []}
            for which in range(len(scene.radii)):
                surfaces = scene.surfaces(kind, which)
                if surfaces is None:
                    continue
                found, wanted = predict_occlusion(model, surfaces), scene.occlusion[..., which].ravel()[pixels]
                lists["network"].append(float(np.abs(found.ravel()[pixels] - wanted).mean()))
                lists["gtao"].append(float(np.abs(gtao_at(surfaces, pixels) - wanted).mean()))
                lists["open"].append(float(np.abs(1.0 - wanted).mean()))
                if kind == KINDS[0]:
                    by_radius[which].append((lists["network"][-1], lists["gtao"][-1], lists["open"][-1]))
                if which == min(3, len(scene.radii) - 1) and len(rows) < SHOWN:
                    if not cells:
                        cells = [0.5 + 0.5 * scene.normals, scene.occlusion[..., which, None]]
                    if kind == KINDS[0]:
                        cells += [gtao(surfaces), found]
                    elif kind == "predicted only":
                        cells.append(found)
            for name, values in lists.items():
                if values:
                    sums[kind, name].append(float(np.mean(values)))
        by_family[scene.name.split()[1]].append((sums[KINDS[0], "network"][-1], sums[KINDS[0], "gtao"][-1]))
        if cells:
            rows.append(np.concatenate([np.broadcast_to(cell, (*cell.shape[:2], 3)) for cell in cells], 1))
    if not sums:
        raise BadInput(f"{folder}: no scene there shows a surface")
    if out is not None:
        write_image(out, Image(np.concatenate(rows, 0).clip(0, 1), ("R", "G", "B"), SRGB), dtype="uint8")
    return {
        "scenes": len(sums[KINDS[0], "network"]),
        "given": {
            kind: {name: float(np.mean(sums[kind, name])) for name in ("network", "gtao", "open")}
            for kind in KINDS
            if sums[kind, "network"]
        },
        "radii": [
            {"from": SMALLEST * STEP**which, "to": SMALLEST * STEP ** (which + 1), **_named(triples)}
            for which, triples in sorted(by_radius.items())
        ],
        "families": {family: {"scenes": len(pairs), **_named(pairs)} for family, pairs in sorted(by_family.items())},
    }


def _named(values: Sequence[Sequence[float]]) -> dict[str, float]:
    """Means of (network, GTAO) or (network, GTAO, all open)."""
    return dict(zip(("network", "gtao", "open"), (float(mean) for mean in np.mean(values, axis=0)), strict=False))


def show(found: dict[str, Any]) -> bool:
    """Print the tables; whether a limit was missed."""
    print(f"{found['scenes']} scenes; mean absolute error\n")
    print("| given | network | GTAO, tuned | all open | network below GTAO |")
    print("| --- | --- | --- | --- | --- |")
    for kind, row in found["given"].items():
        less = 1.0 - row["network"] / max(row["gtao"], 1e-6)
        print(f"| {kind} | {row['network']:.4f} | {row['gtao']:.4f} | {row['open']:.4f} | {less:.0%} |")
    print("\n| radius, as a share of the median depth | network | GTAO | all open |")
    print("| --- | --- | --- | --- |")
    for row in found["radii"]:
        radius = f"{row['from']:.2f} .. {row['to']:.2f}"
        print(f"| {radius} | {row['network']:.4f} | {row['gtao']:.4f} | {row['open']:.4f} |")
    print("\n| family | scenes | network | GTAO |\n| --- | --- | --- | --- |")
    for family, row in found["families"].items():
        print(f"| {family} | {row['scenes']} | {row['network']:.4f} | {row['gtao']:.4f} |")
    first = found["given"][KINDS[0]]
    return bool(first["network"] > MOST or first["network"] > LESS * first["gtao"])


def tune(folder: Path, limit: int) -> GtaoSettings:
    """Coordinate descent over `GRID` on some pixels of training scenes, one radius a scene."""
    rng = np.random.default_rng(0)
    items = []
    for number, scene in enumerate(scenes(folder, None, limit)):
        which = number % len(scene.radii)
        surfaces = scene.surfaces(KINDS[0], which)
        if surfaces is None or not (surfaces.depth > 0.0).any():
            continue
        there = np.flatnonzero(surfaces.depth.ravel() > 0.0)
        pixels = rng.choice(there, min(TUNED_PIXELS, there.size), replace=False)
        items.append((surfaces, pixels, scene.occlusion[..., which].ravel()[pixels]))

    def score(settings: GtaoSettings) -> float:
        return float(np.mean([np.abs(gtao_at(s, pixels, settings) - wanted).mean() for s, pixels, wanted in items]))

    chosen = GtaoSettings()
    best = score(chosen)
    print(f"{len(items)} scenes; defaults {best:.4f}", flush=True)
    while True:
        before = best
        for name, values in GRID.items():
            for value in values:
                tried = GtaoSettings(**{**dataclasses.asdict(chosen), name: value})
                found = score(tried)
                if found < best - 1e-5:
                    best, chosen = found, tried
                    print(f"{best:.4f} with {name} {value}", flush=True)
        if best > before - 1e-4:
            print(chosen)
            return chosen


def speed(model: FieldModel, repeats: int) -> None:
    """Milliseconds for a frame of 1920 x 1080, with depth, on this machine's CPU."""
    rng = np.random.default_rng(0)
    height, width = 1080, 1920
    camera = PinholeCamera.from_fov_degrees(width, height, 50.0)
    slopes = camera.ray_slopes()
    rough = np.kron(rng.uniform(2.0, 6.0, (27, 48)), np.ones((40, 40))).astype(np.float32)
    facing = np.zeros((height, width, 3), np.float32)
    facing[..., 2] = 1.0
    print("| radius, share of the width | way | ms |\n| --- | --- | --- |")
    for share in (0.04, 0.2):
        surfaces = surfaces_of(facing, slopes, Radius(share, RELATIVE), rough)
        ways = {"whole": Look(), "not mirrored": Look(mirrored=False), "--fast": FAST}
        for name, look in ways.items():
            took = _best(functools.partial(predict_occlusion, model, surfaces, look), repeats)
            print(f"| {share} | {name} | {took:.0f} |", flush=True)
        print(f"| {share} | --gtao | {_best(functools.partial(gtao, surfaces), 1):.0f} |", flush=True)
    for h, w in ((1088, 1920), (544, 960), (384, 640)):
        feed = {p.name: np.ones((p.channels, h, w), np.float32) for p in model.card.inputs}
        feed["slopes"] = np.ascontiguousarray(
            PinholeCamera.from_fov_degrees(w, h, 50.0).ray_slopes().transpose(2, 0, 1)
        )
        took = _best(functools.partial(model.run, **feed), repeats)
        print(f"| - | network alone, {w} x {h} | {took:.0f} |", flush=True)


def _best(run: Callable[[], object], repeats: int) -> float:
    """Shortest of some runs after a first one, milliseconds."""
    run()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return 1000.0 * min(times)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0, 1 if a limit is missed, or the code of an error after its one line."""
    options = _options(arguments)
    try:
        if options.tune:
            tune(options.data, options.limit)
            return 0
        model = open_occlusion_model(options.model, "cpu", options.threads)
        if options.speed:
            speed(model, options.repeats)
            return 0
        found = measure(model, options.data, options.normals_model, options.limit, options.out)
        missed = show(found)
        if options.json is not None:
            write_json(options.json, found)
        if options.out is not None:
            print(f"\n{options.out}: normals, rays, GTAO, network, network from predicted normals only")
        return int(missed)
    except PlatelightError as problem:
        print(problem, file=sys.stderr)
        return getattr(problem, "exit_code", 2)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("held"), help="folder of shards")
    parser.add_argument("--model", default=None, help="occlusion model; the shipped one by default")
    parser.add_argument("--normals-model", default=None, help="for rows with predicted normals, such as plate_normals")
    parser.add_argument("--limit", type=int, default=0, help="scenes at most; 0 is all")
    parser.add_argument("--out", type=Path, default=None, help="sheet of the first scenes")
    parser.add_argument("--json", type=Path, default=None, help="file for all figures")
    parser.add_argument("--tune", action="store_true", help="tune the formula on --data instead")
    parser.add_argument("--speed", action="store_true", help="time 1080p instead")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=None)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
