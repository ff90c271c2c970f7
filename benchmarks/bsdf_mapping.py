"""How far each mapping of `standard_surface` to Mitsuba is from the reference BSDF, and what it costs.

    .venv/bin/python benchmarks/bsdf_mapping.py [--picture docs/images/bsdf_mapping.jpg] [--no-speed]

Tables: relative errors of directional albedo and BRDF over the grids of `scene_generator/mtlx/measure.py`, error of
pictures of spheres, and the time of a 256 x 256 render with 16 samples a pixel. The spheres are shaded pixel by pixel
from the same BSDF values (no rendering noise): a constant environment of radiance 0.25 and a square softbox of 40
degrees, made of 64 directions. The picture has three rows for each of two mappings: reference, mapping, and four times
their difference about mid-grey. Needs the extra `render`.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.color import linear_to_srgb
from core.image import Image, write_image
from scene_generator.mtlx.mapping import MAPPINGS, Points, layers, principled
from scene_generator.mtlx.measure import (
    PLAIN,
    TINTED,
    Mapping,
    compare,
    evaluate_mitsuba,
    load_mitsuba,
    nearest_texture,
)
from scene_generator.mtlx.standard_surface import directions, evaluate
from scene_generator.mtlx.surface import StandardSurface

SPHERES = {
    "grey, rough 0.2": StandardSurface(base_color=(0.5, 0.5, 0.5), specular_roughness=0.2),
    "red, rough 0.4": StandardSurface(base_color=(0.6, 0.05, 0.03), specular_roughness=0.4),
    "black, rough 0.3": StandardSurface(base_color=(0.03, 0.03, 0.03), specular=0.5, specular_roughness=0.3),
    "white, rough 1": StandardSurface(base_color=(0.8, 0.8, 0.8), specular=0.5, specular_roughness=1.0),
    "gold, rough 0.3": StandardSurface(base_color=(0.95, 0.7, 0.3), metalness=1.0, specular_roughness=0.3),
    "steel, specular 0.4": StandardSurface(
        base_color=(0.4, 0.38, 0.36), metalness=1.0, specular=0.4, specular_roughness=0.5
    ),
    "half metal": StandardSurface(base_color=(0.3, 0.5, 0.7), metalness=0.5, specular_roughness=0.4),
    "green tint": StandardSurface(base_color=(0.05, 0.1, 0.4), specular_color=(0.3, 1.0, 0.3), specular_roughness=0.3),
    "metal, red edge": StandardSurface(
        base_color=(0.6, 0.6, 0.6), metalness=1.0, specular_color=(1.0, 0.2, 0.1), specular_roughness=0.4
    ),
}
PIXELS = 112
ENVIRONMENT, SOFTBOX = 0.25, 3.0


def main() -> None:
    """Print the tables and write the picture."""
    parser = argparse.ArgumentParser(description="Error and cost of the mappings of standard_surface to Mitsuba.")
    parser.add_argument("--picture", type=Path, default=Path("docs/images/bsdf_mapping.jpg"))
    parser.add_argument("--speed", action=argparse.BooleanOptionalAction, default=True, help="time renders as well")
    arguments = parser.parse_args()
    mi = load_mitsuba()
    for title, grid, many in (
        ("white specular_color", PLAIN, False),
        ("white specular_color, specular from 0.25", dataclasses.replace(PLAIN, specular=PLAIN.specular[1:]), False),
        ("orange specular_color", TINTED, False),
        ("white specular_color, reference with multiple scattering", PLAIN, True),
    ):
        print(f"\n{title}: error in % over {_size(grid)} cases")
        _header("albedo mean", "albedo max", "brightness", "BRDF mean", "BRDF max")
        for name, mapping in MAPPINGS.items():
            _row(name, *compare(mi, mapping, grid, multiple_scattering=many).summary().values())
    print("\nmean albedo error in % by metalness 0, 0.5, 1; then by roughness", PLAIN.roughness)
    for name, mapping in MAPPINGS.items():
        errors = 100 * compare(mi, mapping, PLAIN).albedo
        _row(name, *errors.mean((0, 1, 3, 4)), *errors.mean((0, 2, 3, 4)))
    _spheres(mi, arguments.picture)
    if arguments.speed:
        _speed(mi)


def _spheres(mi: Any, path: Path) -> None:
    wanted = {name: _reference_sphere(surface) for name, surface in SPHERES.items()}
    rows: list[np.ndarray] = []
    print("\nspheres: mean difference of luminance in % (signed), mean |difference| in 8-bit sRGB steps")
    _header(*(f"{part} {unit}" for part in ("white spec.", "tinted") for unit in ("%", "steps")))
    for name, mapping in MAPPINGS.items():
        made = {key: _mapped_sphere(mi, mapping, surface) for key, surface in SPHERES.items()}
        figures = {key: _picture_error(made[key], wanted[key]) for key in SPHERES}
        tinted = [figures[key] for key, surface in SPHERES.items() if surface.specular_color != (1.0, 1.0, 1.0)]
        white = [figures[key] for key, surface in SPHERES.items() if surface.specular_color == (1.0, 1.0, 1.0)]
        _row(name, *np.mean(white, axis=0), *np.mean(tinted, axis=0))
        if mapping in (principled, layers):
            shown = [_display(made[key]) for key in SPHERES]
            truth = [_display(wanted[key]) for key in SPHERES]
            apart = [np.clip(0.5 + 4 * (a - b), 0, 1) for a, b in zip(shown, truth, strict=True)]
            rows += [np.concatenate(strip, 1) for strip in (truth, shown, apart)]
    write_image(path, Image(np.concatenate(rows, 0).astype(np.float32), ("R", "G", "B"), color_space="sRGB"))
    print(f"{path}: columns {'; '.join(SPHERES)}")


def _sphere_views() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Orthographic, camera on +Z: the direction to the eye in each pixel's own frame needs the normal only.
    x, y = np.meshgrid(*[(np.arange(PIXELS) + 0.5) / PIXELS * 2.1 - 1.05] * 2)
    inside = x**2 + y**2 < 0.999
    normal = np.stack([x[inside], -y[inside], np.sqrt(1 - x[inside] ** 2 - y[inside] ** 2)], -1)
    first = np.cross([0.0, 1.0, 0.0], normal)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    return inside, normal, np.stack([first, np.cross(normal, first), normal], 1)


def _softbox() -> np.ndarray:
    t = np.tan(np.radians(20)) * (np.arange(8) - 3.5) / 4
    u, v = np.meshgrid(t, t)
    forward = np.array([-0.5, 0.6, 0.62]) / np.linalg.norm([-0.5, 0.6, 0.62])
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    rays = forward + u.reshape(-1, 1) * right + v.reshape(-1, 1) * np.cross(forward, right)
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))


def _shade(bsdf: Any, alpha: float) -> np.ndarray:
    """(PIXELS, PIXELS, 3) radiance of a sphere; `bsdf` is a function of view and light (N, 3) to BRDF times cosine."""
    inside, normal, frame = _sphere_views()
    view = frame[..., 2]
    lights = _softbox()
    total = np.zeros_like(normal)
    for light in lights:
        total += bsdf(view, frame @ light) * (SOFTBOX / len(lights))
    angles = np.radians(np.linspace(0, 89, 24))
    albedo = []
    for angle in angles:
        eye = np.array([np.sin(angle), 0.0, np.cos(angle)])
        where, weight = directions(eye, alpha, 24)
        albedo.append(weight @ bsdf(np.broadcast_to(eye, where.shape), where))
    theta = np.arccos(np.clip(view[:, 2], 0, 1))
    total += ENVIRONMENT * np.stack([np.interp(theta, angles, np.array(albedo)[:, c]) for c in range(3)], -1)
    picture = np.full((PIXELS, PIXELS, 3), np.nan)
    picture[inside] = total
    return picture


def _alpha(surface: StandardSurface) -> float:
    assert isinstance(surface.specular_roughness, float)
    return max(surface.specular_roughness, 0.03) ** 2


def _reference_sphere(surface: StandardSurface) -> np.ndarray:
    return _shade(lambda view, light: evaluate(surface, view, light), _alpha(surface))


def _mapped_sphere(mi: Any, mapping: Mapping, surface: StandardSurface) -> np.ndarray:
    values: Any = surface
    points = Points(
        np.array([values.base_color]),
        np.array([values.specular_roughness]),
        np.array([values.metalness]),
        values.specular,
        values.specular_color,
    )
    bsdf = mi.load_dict(mapping(points, nearest_texture(mi)))
    return _shade(lambda v, wo: evaluate_mitsuba(mi, bsdf, v, wo, np.full(len(wo), 0.5)), _alpha(surface))


def _picture_error(made: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    luminance = np.array([0.2126, 0.7152, 0.0722])
    light = 100 * (np.nanmean(made @ luminance) / np.nanmean(wanted @ luminance) - 1)
    steps = 255 * np.abs(_display(made) - _display(wanted))[np.isfinite(wanted)].mean()
    return float(light), float(steps)


def _display(picture: np.ndarray) -> np.ndarray:
    return np.asarray(linear_to_srgb(np.clip(np.nan_to_num(picture, nan=0.0), 0, 1)))


def _speed(mi: Any) -> None:
    print("\n16 textured spheres, 256 x 256, 16 samples a pixel, 4 bounces: seconds, median of 5 scenes")
    _header("first", "load", "render", "CPU s")
    for name, mapping in MAPPINGS.items():
        timed = []
        for seed in range(6):
            start, computing = time.perf_counter(), time.process_time()
            scene = _scene(mi, mapping, seed)
            loaded = time.perf_counter()
            np.array(mi.render(scene, spp=16, seed=seed))
            end = time.perf_counter()
            timed.append((loaded - start, end - loaded, time.process_time() - computing))
        rest = [statistics.median(column) for column in zip(*timed[1:], strict=True)]
        _row(name, sum(timed[0][:2]), *rest, digits=2)


def _scene(mi: Any, mapping: Mapping, seed: int) -> Any:
    rng, size = np.random.default_rng(seed), 256

    def texture(values: np.ndarray) -> dict[str, Any]:
        bitmap = mi.Bitmap(np.ascontiguousarray(values, np.float32))
        return {"type": "bitmap", "bitmap": bitmap, "raw": True}

    at = mi.ScalarTransform4f
    film = {"type": "hdrfilm", "width": 256, "height": 256, "rfilter": {"type": "box"}}
    contents: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": 5},
        "sky": {"type": "envmap", "bitmap": mi.Bitmap(rng.uniform(0.2, 1.8, (32, 64, 3)).astype(np.float32))},
        "eye": {"type": "perspective", "fov": 45.0, "to_world": at().translate([0, 0, -11]), "film": film},
    }
    for k in range(16):
        points = Points(
            rng.uniform(0.05, 0.9, (size, size, 3)).astype(np.float32),
            rng.uniform(0.2, 0.6, (size, size)).astype(np.float32),
            np.full((size, size), k % 4 == 0, np.float32),
            float(rng.uniform(0.3, 1.0)),
        )
        relief = texture(np.broadcast_to(np.array([0.5, 0.5, 1.0], np.float32), (size, size, 3)))
        surface = {"type": "normalmap", "normalmap": relief, "bsdf": mapping(points, texture)}
        place = at().translate([k % 4 * 2.1 - 3.2, k // 4 * 2.1 - 3.2, 0])
        contents[f"s{k:02d}"] = {"type": "sphere", "to_world": place, "bsdf": surface}
    return mi.load_dict(contents)


def _size(grid: Any) -> int:
    return len(grid.materials()) * len(grid.specular) * len(grid.incidence)


def _header(*names: str) -> None:
    print(f"{'':<24}" + "".join(f"{name:>15}" for name in names))


def _row(name: str, *values: float, digits: int = 1) -> None:
    width = 15 if len(values) < 8 else 7
    print(f"{name:<24}" + "".join(f"{value:>{width}.{digits}f}" for value in values))


if __name__ == "__main__":
    main()
