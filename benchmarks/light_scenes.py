"""Scenes with one dominant light of known direction, for `light_direction.py`: made, rendered, kept, read back.

A scene of the generator keeps its things, materials and camera; its sky and lamps make way for one bright disc at
infinity (a sun, or a softbox) and weak light from everywhere, so that the true irradiance is known as nine harmonics.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.atomic import atomic_path
from core.relight.harmonics import irradiance, project_latlong, rotate_harmonics
from scene_generator.recipe import Recipe
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sample import family_of, sample_scene
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec, Sky, SoftBox
from scene_generator.validate import Limits, checks, reasons

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]

CLOSED = frozenset({"room"})
"""Families whose scenes have a roof: a light at infinity reaches them through a window only."""

LEAST_LIT = 1.0 / 6.0
"""Share of the frame that the key must reach: a light that falls on less does not dominate the picture."""

_PASSES = ("beauty", "normal", "albedo", "depth", "occlusion")
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_MOST_ATTEMPTS = 12


@dataclass(frozen=True)
class LitScene:
    """A rendered scene with the truth about its light.

    Attributes:
        name: family and index.
        passes: `beauty`, `normal`, `albedo`, `depth`, `occlusion`, (H, W, C) float32 as `Frame`.
        toward: (3,) unit, camera space, from the scene to the light.
        harmonics: (9, 3) radiance of all that shines, camera space.
        fov_degrees: horizontal field of view.
        ratio: irradiance of the key over that of the rest, face on.
        radius: angular radius of the light, radians.
    """

    name: str
    passes: dict[str, FloatArray]
    toward: DoubleArray
    harmonics: DoubleArray
    fov_degrees: float
    ratio: float
    radius: float


def lit_spec(recipe: Recipe, seed: int, index: int, attempt: int) -> tuple[SceneSpec, float]:
    """Scene `index` with one dominant light, and the ratio of its irradiance to that of the rest.

    The light stands 10 to 70 degrees high at any azimuth; a sun (radius 2 to 4 degrees) or a softbox (8 to 25), white
    to warm; the rest has a quarter to a fifteenth of its irradiance, bluish or neutral, darker from below.
    """
    spec = sample_scene(recipe, seed, index, attempt)
    rng = np.random.default_rng((seed, index, attempt, 77))
    azimuth, up = rng.uniform(0.0, 2.0 * math.pi), math.asin(rng.uniform(math.sin(0.175), math.sin(1.222)))
    toward = (math.cos(up) * math.sin(azimuth), math.sin(up), math.cos(up) * math.cos(azimuth))
    radius = math.radians(rng.uniform(2.0, 4.0) if rng.random() < 0.5 else rng.uniform(8.0, 25.0))
    ratio = math.exp(rng.uniform(math.log(4.0), math.log(15.0)))
    warm, cool = rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.25)
    # A disc of radiance L and angular radius r gives L sin^2 r of irradiance over pi face on.
    level = 1.0 / math.sin(radius) ** 2
    key = (level * math.exp(warm), level, level * math.exp(-warm))
    rest = np.array([math.exp(-cool), 1.0, math.exp(cool)]) / ratio
    zenith, ground = _three(rest * rng.uniform(0.8, 1.2)), _three(rest * rng.uniform(0.3, 0.8))
    sky = Sky(zenith, _three(rest), ground, 0.0, (SoftBox(toward, radius, key),), 0)
    return dataclasses.replace(spec, sky=sky, lights=()), ratio


def truth(spec: SceneSpec) -> tuple[DoubleArray, DoubleArray]:
    """The direction to the light, (3,), and the harmonics of the whole sky, (9, 3), both in camera space."""
    to_camera = np.asarray(spec.camera.to_world, np.float64).reshape(4, 4)[:3, :3].T
    toward = to_camera @ np.asarray(spec.sky.patches[0].direction, np.float64)
    return toward / np.linalg.norm(toward), rotate_harmonics(project_latlong(latlong(spec.sky)), to_camera)


def lit_share(frame: Frame, toward: DoubleArray, harmonics: DoubleArray) -> float:
    """Share of the frame that the key reaches: faces it, and is at least half as bright as it would be unshadowed."""
    normal, albedo = frame.passes["normal"], frame.passes["albedo"] @ _LUMINANCE
    facing = normal @ toward > 0.2
    expected = albedo * (irradiance(harmonics, normal) @ _LUMINANCE)
    return float(np.mean(facing & (frame.passes["beauty"][..., :3] @ _LUMINANCE > 0.5 * expected) & (albedo > 0.01)))


def lit_scenes(
    recipe: Recipe, count: int, seed: int, settings: RenderSettings, renderer: MitsubaRenderer | None, keep: Path | None
) -> Iterator[LitScene]:
    """Yield `count` scenes; those that the gate turns down, or whose light hardly falls on the frame, are drawn anew.

    Args:
        renderer: None reads only what `keep` already has.
        keep: folder of .npz files that are read if they are there and written if not.
    """
    index = made = 0
    settings = dataclasses.replace(settings, passes=_PASSES)
    stem = f"light_{settings.width}_{settings.samples}_{seed}"
    if renderer is None:
        kept = [] if keep is None else sorted(keep.glob(f"{stem}_*.npz"))
        yield from (_read(path) for path in kept[:count])
        return
    while made < count:
        if family_of(recipe, seed, index).name not in CLOSED:
            path = None if keep is None else keep / f"{stem}_{index:04d}.npz"
            scene: LitScene | None
            if path is not None and path.is_file():
                scene = _read(path)
            else:
                scene = _render(recipe, seed, index, settings, renderer)
                if scene is not None and path is not None:
                    _write(path, scene)
            if scene is not None:
                made += 1
                yield scene
        index += 1


def _render(
    recipe: Recipe, seed: int, index: int, settings: RenderSettings, renderer: MitsubaRenderer
) -> LitScene | None:
    for attempt in range(_MOST_ATTEMPTS):
        spec, ratio = lit_spec(recipe, seed, index, attempt)
        toward, harmonics = truth(spec)
        frame = renderer.render(spec, settings)
        if reasons(checks(frame, spec), Limits()) or lit_share(frame, toward, harmonics) < LEAST_LIT:
            continue
        fov = 2.0 * math.degrees(math.atan(spec.camera.horizontal_aperture_mm / (2.0 * spec.camera.focal_length_mm)))
        passes = {name: np.asarray(frame.passes[name], np.float32) for name in _PASSES}
        return LitScene(
            f"{spec.family} {index}", passes, toward, harmonics, fov, ratio, float(spec.sky.patches[0].radius)
        )
    return None


def _three(values: DoubleArray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _write(path: Path, scene: LitScene) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = np.array([scene.fov_degrees, scene.ratio, scene.radius])
    about = {"name": scene.name, "facts": facts, "toward": scene.toward, "harmonics": scene.harmonics}
    arrays: dict[str, Any] = {**about, **scene.passes}
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def _read(path: Path) -> LitScene:
    with np.load(path) as data:
        fov, ratio, radius = (float(v) for v in data["facts"])
        passes = {name: data[name] for name in _PASSES}
        return LitScene(str(data["name"]), passes, data["toward"], data["harmonics"], fov, ratio, radius)
