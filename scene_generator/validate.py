"""The gate that a rendered sample passes before it counts; docs/gate.md says how often it is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.camera import PinholeCamera
from scene_generator import alignment
from scene_generator.renderers import Frame
from scene_generator.spec import SceneSpec

_REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Limits:
    """What a sample must keep to; shares are of all pixels. A recipe cannot change them yet."""

    least_surface: float = 0.3
    """Share that shows a surface."""
    most_light: float = 0.12
    """Share that looks straight into a light."""
    most_one_object: float = 0.92
    """Share that one object may fill: more is a picture of a wall."""
    most_black: float = 0.5
    """Share darker than 1 % of the mean luminance, its brightest 5 % cut off."""
    least_luminance: float = 1e-3
    """Mean luminance, scene-linear."""
    most_bent: float = 0.06
    """Share of covered subpixels whose normal had to be bent towards the viewer."""
    most_backs: float = 0.03
    """Share of subpixels that show a surface clearly from behind."""
    nearest: float = 0.05
    """Metres; nearer surfaces mean a camera inside an object."""
    farthest: float = 200.0
    """Metres; where even the nearest surface is further, nothing in the frame is its subject."""
    least_contrast: float = 0.1
    """Stops between the 5 % and 95 % darkest surface pixels; below it the beauty is one flat tone."""
    least_contrast_of_flat: float = 0.3
    """The same, for a frame whose normals all point one way: then the light alone must show something."""
    most_one_way: float = 0.998
    """Length of the mean of all normals, 0 .. 1; above it (3.6 degrees about the mean) they point one way."""
    most_shift: float = 1.0
    """Pixels between beauty and normals."""
    most_fireflies: float = 5e-4
    """Share of specks of up to three pixels, 50 times brighter than what is around them."""


def checks(frame: Frame, spec: SceneSpec) -> dict[str, float]:
    """Measure `frame`: the numbers that `reasons` judges, all finite and JSON-able.

    Only beauty and normals are looked at, which every frame has: the same scenes are accepted whichever passes are
    asked for.
    """
    beauty, normal = frame.passes["beauty"], frame.passes["normal"]
    h, w = beauty.shape[:2]
    safe = np.where(np.isfinite(normal), normal, 0)
    camera = PinholeCamera(w, h, spec.camera.focal_length_mm, spec.camera.horizontal_aperture_mm)
    length = np.linalg.norm(safe, axis=-1)
    there = length > 0
    toward = (safe * camera.directions()).sum(-1)
    luminance = np.nan_to_num(beauty[..., :3] @ _REC709, nan=0.0, posinf=65504.0, neginf=0.0)
    mean = float(luminance.mean())
    # A sun or lamp in the frame would outshine everything else.
    usual = float(np.minimum(luminance, np.percentile(luminance, 95)).mean())
    broken = sum(int(np.size(p) - np.isfinite(p).sum()) for p in frame.passes.values())
    lying = alignment.measure(beauty, {"normal": normal}) if min(h, w) >= 16 else None
    return {
        "not_finite": float(broken),
        "surface": round(float(there.mean()), 4),
        "light": round(frame.light_share, 4),
        "one_object": round(frame.largest_share, 4),
        "mean_luminance": round(mean, 6),
        "black": round(float((luminance < 0.01 * usual).mean()), 4),
        "unit_error": round(float(np.abs(length[there] - 1).max()) if there.any() else 0.0, 6),
        "facing_away": float((toward[there] >= 0).sum()),
        "bent": round(frame.bent, 5),
        "backs": round(frame.backs, 5),
        "nearest": round(min(frame.nearest, 1e6), 4),
        "contrast": round(_stops(luminance[there]), 4),
        "one_way": round(float(np.linalg.norm(safe[there].mean(0))) if there.any() else 0.0, 5),
        "shift": float(lying.shift()) if lying else 0.0,
        "shift_gain": round(lying.gain, 4) if lying else 0.0,
        "fireflies": round(_fireflies(luminance), 5),
    }


def reasons(values: dict[str, float], limits: Limits) -> list[str]:
    """Return why a sample with these `checks` is rejected, each with its number; empty if it is accepted."""
    one_way = values["one_way"] > limits.most_one_way
    least_contrast = limits.least_contrast_of_flat if one_way else limits.least_contrast
    rules = (
        ("not finite", values["not_finite"] > 0, values["not_finite"]),
        ("normals facing away", values["facing_away"] > 0, values["facing_away"]),
        ("normals not unit", values["unit_error"] > 1e-3, values["unit_error"]),
        ("too little surface", values["surface"] < limits.least_surface, values["surface"]),
        ("looks into a light", values["light"] > limits.most_light, values["light"]),
        ("one object fills the frame", values["one_object"] > limits.most_one_object, values["one_object"]),
        ("black", values["mean_luminance"] < limits.least_luminance, values["mean_luminance"]),
        ("mostly black", values["black"] > limits.most_black, values["black"]),
        ("flat", values["contrast"] < least_contrast, values["contrast"]),
        ("bump too steep", values["bent"] > limits.most_bent, values["bent"]),
        ("surfaces seen from behind", values["backs"] > limits.most_backs, values["backs"]),
        ("camera inside an object", values["nearest"] < limits.nearest, values["nearest"]),
        ("nothing near", values["nearest"] > limits.farthest, values["nearest"]),
        ("beauty and normals misaligned", values["shift"] > limits.most_shift, values["shift"]),
        ("fireflies", values["fireflies"] > limits.most_fireflies, values["fireflies"]),
    )
    return [f"{name} ({number:g})" for name, broken, number in rules if broken]


def _stops(luminance: npt.NDArray[np.float32]) -> float:
    """Stops between the 5th and the 95th percentile; what is darker than 1e-6 counts as that."""
    if not luminance.size:
        return 0.0
    low, high = np.percentile(np.maximum(luminance, 1e-6), (5, 95))
    return float(np.log2(high / low))


def _fireflies(luminance: npt.NDArray[np.float32]) -> float:
    """Share of pixels brighter than half the frame's mean and than 50 times the third brightest of the 8 around.

    The corner of a lamp or of a highlight has three neighbours as bright as itself, a speck of noise has fewer.
    """
    h, w = luminance.shape
    padded = np.pad(luminance, 1, mode="edge")
    columns = np.minimum.reduce([padded[:, i : i + w] for i in range(3)])
    least = np.minimum.reduce([columns[i : i + h] for i in range(3)])
    # Sorting is dear, and the third brightest is no less than the least: few pixels leave the question open.
    open_ = (luminance > 50 * least) & (luminance > 0.5 * float(luminance.mean()))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))[open_].reshape(-1, 9)
    third = np.sort(np.delete(windows, 4, axis=1), axis=1)[:, 5]
    return float((luminance[open_] > 50 * third).sum() / luminance.size)
