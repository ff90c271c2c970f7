"""The gate that a rendered sample passes before it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.camera import PinholeCamera
from scene_generator.renderers import Frame
from scene_generator.spec import SceneSpec


@dataclass(frozen=True)
class Limits:
    """What a sample must keep to; shares are of all pixels."""

    least_surface: float = 0.3
    """Share that shows a surface."""
    most_light: float = 0.12
    """Share that looks straight into a light."""
    most_one_object: float = 0.94
    """Share that one object may fill: more is a picture of a wall."""
    most_black: float = 0.5
    """Share darker than 1 % of the mean luminance."""
    least_luminance: float = 1e-3
    """Mean luminance, scene-linear."""
    most_bent: float = 0.06
    """Share of covered subpixels whose normal had to be bent towards the viewer."""
    nearest: float = 0.05
    """Metres; nearer surfaces mean a camera inside an object."""


def checks(frame: Frame, spec: SceneSpec) -> dict[str, float]:
    """Measure `frame`: the numbers that `reasons` judges, all JSON-able."""
    beauty, normal = frame.passes["beauty"], frame.passes["normal"]
    h, w = beauty.shape[:2]
    camera = PinholeCamera(w, h, spec.camera.focal_length_mm, spec.camera.horizontal_aperture_mm)
    length = np.linalg.norm(normal, axis=-1)
    there = length > 0
    toward = (normal * camera.directions()).sum(-1)
    luminance = beauty[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    mean = float(luminance.mean())
    broken = sum(int(np.size(p) - np.isfinite(p).sum()) for p in frame.passes.values())
    return {
        "not_finite": float(broken),
        "surface": round(float(there.mean()), 4),
        "light": round(frame.light_share, 4),
        "one_object": round(frame.largest_share, 4),
        "mean_luminance": round(mean, 6) if np.isfinite(mean) else -1.0,
        "black": round(float((luminance < 0.01 * mean).mean()), 4),
        "unit_error": round(float(np.abs(length[there] - 1).max()) if there.any() else 0.0, 6),
        "facing_away": float((toward[there] >= 0).sum()),
        "bent": round(frame.bent, 5),
        "nearest": round(min(frame.nearest, 1e6), 4),
    }


def reasons(values: dict[str, float], limits: Limits) -> list[str]:
    """Return why a sample with these `checks` is rejected, each with its number; empty if it is accepted."""
    rules = (
        ("not finite", values["not_finite"] > 0, values["not_finite"]),
        ("normals facing away", values["facing_away"] > 0, values["facing_away"]),
        ("normals not unit", values["unit_error"] > 1e-3, values["unit_error"]),
        ("too little surface", values["surface"] < limits.least_surface, values["surface"]),
        ("looks into a light", values["light"] > limits.most_light, values["light"]),
        ("one object fills the frame", values["one_object"] > limits.most_one_object, values["one_object"]),
        ("black", values["mean_luminance"] < limits.least_luminance, values["mean_luminance"]),
        ("mostly black", values["black"] > limits.most_black, values["black"]),
        ("bump too steep", values["bent"] > limits.most_bent, values["bent"]),
        ("camera inside an object", values["nearest"] < limits.nearest, values["nearest"]),
    )
    return [f"{name} ({number:g})" for name, broken, number in rules if broken]
