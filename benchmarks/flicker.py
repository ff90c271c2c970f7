"""How much the normals of a shot flicker, and what `platelight normals --deflicker` changes about it.

    .venv/bin/python benchmarks/flicker.py SET [--model NAME] [--scenes 8] [--plate PLATE] [--frames 12] [--grain 0.02]

SET is a folder that this has made (records KEY_000, KEY_001, ...):

    platelight generate --frames 8 --passes beauty,normal,motion_forward,motion_backward --out SET

Every pixel of a frame whose point was seen in the frame before (the motion vectors there and back agree to a pixel, and
both frames have a surface) is compared with its place there. Of each scene:

answer      mean angle between a frame's answer and the warped answer of the frame before, degrees
reference   the same of the reference normals, which truly change as camera and objects turn
excess      answer less reference: the flicker
error       mean angle to the reference; `turning` the same where the reference turns by more than a degree a frame,
            `outline` within 3 pixels of a jump of the motion vectors: what smoothing would smear

Then one plate stands still under grain of its own in each frame (Gaussian, standard deviation `--grain` times the
square root of the scene-linear value, seeded): the mean angle between neighbouring frames, and to the answer of the
plate without grain.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from columns import means

from core.camera import PinholeCamera
from core.color import expose, exposure_key, to_scene_linear
from core.image import Image, read_image
from core.inference.blur import box_mean
from core.inference.flicker import DEFAULT_FRAMES, FlickerSmoother
from core.inference.flow import grid, sample
from core.inference.lens import Lens, plate_window
from core.inference.plate_normals import ViewSettings, make_views, predict_views, view_sizes
from core.inference.resample import enlarge_normals
from core.inference.session import NormalsModel, open_model
from core.normals import angular_error_degrees, normalize
from core.shards import ShardSet

FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TURNING_DEGREES = 1.0
OUTLINE_PIXELS = 3


def main() -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(description="Flicker of platelight normals, with and without --deflicker.")
    parser.add_argument("set", nargs="?", type=Path, help="folder of rendered sequences")
    parser.add_argument("--model")
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--plate", type=Path, help="plate to stand still under grain")
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--grain", type=float, default=0.02)
    parser.add_argument("--earlier", type=int, default=DEFAULT_FRAMES, help="earlier frames that take part")
    arguments = parser.parse_args()
    model = open_model(arguments.model, "cpu")
    load = os.getloadavg()[0]
    print(f"model {model.card.name} {model.card.version}, {arguments.earlier} earlier frames, load {load:.1f}")
    if arguments.set:
        _sequences(model, ShardSet.open(arguments.set), arguments.scenes, arguments.earlier)
    if arguments.plate:
        _grain(model, arguments.plate, arguments.frames, arguments.grain, arguments.earlier)
    return 0


def answers(model: NormalsModel, plates: list[FloatArray], lens: Lens, earlier: int) -> dict[str, list[FloatArray]]:
    """Normals of a shot, each frame for itself (`single`) and smoothed, at the size of the plates.

    Args:
        model: the model.
        plates: (H, W, 3) scene-linear, exposed.
        lens: of the shot.
        earlier: how many earlier frames take part.
    """
    found: dict[str, list[FloatArray]] = {"single": [], "deflicker": []}
    smoother = FlickerSmoother(earlier)
    settings = ViewSettings()
    for plate in plates:
        height, width = plate.shape[:2]
        window = plate_window(width, height, lens, model.card.default_fov_degrees)
        views = make_views([plate], height, width, view_sizes(model, height, width, settings))
        small = predict_views(model, views, window, settings)
        whole = views[settings.whole_views(model.card) - 1]
        degrees = float(np.degrees(np.arctan(window.right) - np.arctan(window.left)) / whole.shape[1])
        smoothed = smoother.add(whole, small, degrees)
        for name, normals in (("single", small.normals), ("deflicker", smoothed.normals)):
            found[name].append(enlarge_normals(normals, height, width, 0, height))
    return found


def warped(field: FloatArray, backward: FloatArray) -> FloatArray:
    """A field of the frame before, brought to this one.

    Args:
        field: (H, W, 3) of the frame before.
        backward: (H, W, 2) `backward.u`, `backward.v` of this frame: pixels, u to the right, v *up*.
    """
    x, y = grid(*backward.shape[:2])
    return sample(field, x + backward[..., 0], y - backward[..., 1])


def seen_before(now: Mapping[str, FloatArray], before: Mapping[str, FloatArray]) -> Mask:
    """(H, W) pixels whose point was in view in the frame before: there and back ends within a pixel.

    Args:
        now, before: `backward` and `forward` (H, W, 2) motion and `mask` (H, W) of surfaces, of two frames in order.
    """
    backward = now["backward"]
    height, width = backward.shape[:2]
    x, y = grid(height, width)
    there_x, there_y = x + backward[..., 0], y - backward[..., 1]
    inside = (there_x >= 0) & (there_x <= width - 1) & (there_y >= 0) & (there_y <= height - 1)
    returned = warped(before["forward"], backward)
    surface = (now["mask"] > 0.5) & (warped(before["mask"][..., None], backward)[..., 0] > 0.99)
    closed = np.sum((backward + returned) ** 2, axis=-1) < 1.0
    result: Mask = inside & surface & closed
    return result


def _layers(image: Image) -> dict[str, FloatArray]:
    normal = np.nan_to_num(image.layer("N")[..., :3])
    alpha = image.alpha()
    surface = np.ones(normal.shape[:2]) if alpha is None else alpha[..., 0]
    mask = (surface > 0.5) & (np.linalg.norm(normal, axis=-1) > 0.5)
    return {
        "rgb": np.nan_to_num(image.rgb(), nan=0.0, posinf=6e4, neginf=0.0).clip(0.0, 6e4),
        "normal": normalize(normal),
        "mask": mask.astype(np.float32),
        "forward": np.nan_to_num(image.layer("forward")[..., :2]),
        "backward": np.nan_to_num(image.layer("backward")[..., :2]),
    }


def _sequences(model: NormalsModel, shards: ShardSet, limit: int, earlier: int) -> None:
    scenes: dict[str, list[str]] = defaultdict(list)
    for key in sorted(shards.keys):
        scenes[key.rpartition("_")[0]].append(key)
    names = ("answer", "reference", "excess", "error", "turning", "outline")
    print(f"\n{'scene':<26}{'':<11}" + "".join(f"{name:>11}" for name in names))
    every: dict[str, list[list[float]]] = defaultdict(list)
    for scene, keys in list(scenes.items())[:limit]:
        frames = [_layers(shards.read(key)[0]) for key in keys]
        metadata = shards.metadata(keys[0])["camera"]
        height, width = frames[0]["mask"].shape
        camera = PinholeCamera(width, height, metadata["focal_length_mm"], metadata.get("horizontal_aperture_mm", 36.0))
        slopes = max(width, height) / (2.0 * camera.focal_length_pixels)
        lens = Lens(fov_degrees=float(np.degrees(2.0 * np.arctan(slopes))))
        # One exposure for the shot, as a camera would have; a key by frame would be flicker of our own making.
        middle = exposure_key(frames[0]["rgb"])
        found = answers(model, [expose(frame["rgb"], middle) for frame in frames], lens, earlier)
        for name, normals in found.items():
            figures = _figures(frames, normals)
            every[name].append(figures)
            print(f"{scene[-25:]:<26}{name:<11}" + "".join(f"{value:>11.2f}" for value in figures), flush=True)
    for name, rows in every.items():
        print(f"{'mean':<26}{name:<11}" + "".join(f"{value:>11.2f}" for value in means(rows)))


def _figures(frames: list[dict[str, FloatArray]], normals: list[FloatArray]) -> list[float]:
    """Answer, reference, excess, error, error where things turn, error at moving outlines; means over frames."""
    rows = []
    for index in range(1, len(frames)):
        now, before = frames[index], frames[index - 1]
        seen = seen_before(now, before)
        if not seen.any():
            continue
        own = angular_error_degrees(normals[index], warped(normals[index - 1], now["backward"]))
        true = angular_error_degrees(now["normal"], warped(before["normal"], now["backward"]))
        error = angular_error_degrees(normals[index], now["normal"])
        surface = now["mask"] > 0.5
        areas = (surface, seen & (true > TURNING_DEGREES), _outlines(now["backward"]) & surface)
        errors = [float(error[area].mean()) if area.any() else np.nan for area in areas]
        answer, reference = float(own[seen].mean()), float(true[seen].mean())
        rows.append([answer, reference, answer - reference, *errors])
    return means(rows)


def _outlines(motion: FloatArray) -> Mask:
    jump = np.zeros(motion.shape[:2], dtype=np.float32)
    jump[1:] += np.linalg.norm(motion[1:] - motion[:-1], axis=-1) > 1.0
    jump[:, 1:] += np.linalg.norm(motion[:, 1:] - motion[:, :-1], axis=-1) > 1.0
    result: Mask = box_mean(jump, OUTLINE_PIXELS) > 1e-6
    return result


def _grain(model: NormalsModel, path: Path, count: int, strength: float, earlier: int) -> None:
    image = read_image(path)
    plate = to_scene_linear(np.nan_to_num(image.rgb(), posinf=6e4, neginf=0.0), image.color_space)
    rng = np.random.default_rng(20)
    deviation = strength * np.sqrt(np.maximum(plate, 0.0))
    plates = [
        np.asarray(plate + deviation * rng.standard_normal(plate.shape, dtype=np.float32), dtype=np.float32)
        for _ in range(count)
    ]
    clean = answers(model, [plate], Lens(), earlier)["single"][0]
    title = f"{path.stem}, {count} frames, grain {strength}"
    print(f"\n{title:<36}{'step':>8}{'last step':>11}{'to clean':>10}   degrees")
    for name, normals in answers(model, plates, Lens(), earlier).items():
        steps = [float(angular_error_degrees(a, b).mean()) for a, b in pairwise(normals)]
        distance = float(angular_error_degrees(normals[-1], clean).mean())
        print(f"{name:<36}{np.mean(steps):>8.3f}{steps[-1]:>11.3f}{distance:>10.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
