"""Maya's pictures as frames: channels by name, world to camera, what every renderer promises made true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from core.camera import PinholeCamera
from core.errors import BadChannels, RenderFailed
from core.image import Image, read_image
from core.normals import normalize, world_to_camera
from scene_generator.maya_scene.arnold import OCCLUSION, SMOOTH
from scene_generator.maya_scene.materials import ALBEDO, COVER, DATA
from scene_generator.maya_scene.software import FAR, NUMBERS, OVERSIZE
from scene_generator.renderers.contract import Frame, RenderSettings
from scene_generator.renderers.motion_vectors import motion_vectors
from scene_generator.spec import SceneSpec

_TURN_BELOW, _TURN_TO = -0.01, 0.012


def arnold_frame(pictures: Mapping[str, str], spec: SceneSpec, settings: RenderSettings) -> Frame:
    """Return the frame of a merged EXR that `maya_scene.arnold` has asked for.

    Raises:
        RenderFailed: an AOV is missing, or the picture is of another size.
    """
    image = _read(pictures["merged"], settings.width, settings.height)
    data = layer(image, DATA)
    number = np.rint(data[..., 2]).astype(np.int64)
    eye = np.asarray(spec.camera.to_world, np.float64).reshape(4, 4)
    local = (layer(image, "P").astype(np.float64) - eye[:3, 3]) @ eye[:3, :3]
    found = _Found(spec, settings, number, local.astype(np.float32))
    beauty = np.concatenate([np.maximum(_beauty(image), 0), np.clip(layer(image, COVER)[..., :1], 0, 1)], -1)
    normal, bent = found.facing(world_to_camera(normalize(layer(image, "N")), spec.camera.to_world))
    made: dict[str, Callable[[], np.ndarray]] = {
        "beauty": lambda: beauty,
        "normal": lambda: normal,
        "normal_unbumped": lambda: found.facing(_smooth(image, spec))[0],
        "albedo": lambda: found.masked(layer(image, ALBEDO)),
        "roughness": lambda: found.masked(data[..., :1]),
        "metalness": lambda: found.masked(data[..., 1:2]),
        "occlusion": lambda: np.where(found.hit, np.clip(layer(image, OCCLUSION)[..., :1], 0, 1), 1.0),
        **found.makers(),
    }
    backs = 0.0
    if "normal_unbumped" in settings.passes:
        backs = float(((_smooth(image, spec) * found.rays).sum(-1) > 0.2)[found.hit[..., 0]].sum() / number.size)
    return found.frame({name: made[name]() for name in settings.passes}, bent, backs)


def software_frame(pictures: Mapping[str, str], spec: SceneSpec, settings: RenderSettings) -> Frame:
    """Return the frame of the three pictures that `maya_scene.software` has asked for. Raises as `arnold_frame`."""
    width, height = settings.width, settings.height
    middle = slice(OVERSIZE // 2, None, OVERSIZE)
    wide, high = width * OVERSIZE, height * OVERSIZE
    large = _beauty(_read(pictures["data"], wide, high))
    data = large[middle, middle]
    number = np.rint(data[..., 0] * NUMBERS).astype(np.int64) * (data[..., 2] > 0.5)
    depth = data[..., 1] * FAR
    camera = PinholeCamera(width, height, spec.camera.focal_length_mm, spec.camera.horizontal_aperture_mm)
    found = _Found(spec, settings, number, camera.position_from_depth(depth))
    lit = _beauty(_read(pictures["beauty"], width, height))
    covered = (large[..., 2] > 0.5).reshape(height, OVERSIZE, width, OVERSIZE).mean((1, 3))
    mapped = _beauty(_read(pictures["normals"], wide, high))[middle, middle]
    normal, bent = found.facing(normalize(mapped * 2 - 1))
    made: dict[str, Callable[[], np.ndarray]] = {
        "beauty": lambda: np.concatenate([np.maximum(lit, 0), covered[..., None]], -1),
        "normal": lambda: normal,
        **found.makers(),
    }
    return found.frame({name: made[name]() for name in settings.passes}, bent, 0.0)


class _Found:
    """What is at each pixel's centre, and what follows from it."""

    def __init__(self, spec: SceneSpec, settings: RenderSettings, number: np.ndarray, position: np.ndarray) -> None:
        self.spec, self.number = spec, number
        self.hit = (number > 0)[..., None]
        camera = spec.camera
        self.camera = PinholeCamera(
            settings.width, settings.height, camera.focal_length_mm, camera.horizontal_aperture_mm, camera.to_world
        )
        self.rays = self.camera.directions()
        self.position = self.masked(position)

    def masked(self, values: np.ndarray) -> np.ndarray:
        """0 where no surface is."""
        masked: np.ndarray = np.where(self.hit, values, 0.0).astype(np.float32)
        return masked

    def facing(self, normal: np.ndarray) -> tuple[np.ndarray, float]:
        """Bend normals that look away back to just past grazing; return them and the share of surface that was bent.

        No visible surface looks away; interpolated and bumped normals do near outlines. n - ((n . v) + e) v has
        n . v = -e after normalising, up to the second order in e.
        """
        toward = (normal * self.rays).sum(-1, keepdims=True)
        away = (toward > _TURN_BELOW) & self.hit
        turned = normalize(np.where(away, normal - (toward + _TURN_TO) * self.rays, normal))
        return self.masked(turned), float(away.sum() / max(int(self.hit.sum()), 1))

    def makers(self) -> dict[str, Callable[[], np.ndarray]]:
        """The passes that follow from number and position alone."""
        world = self.spec.camera.to_world
        place = np.asarray(world, np.float64).reshape(4, 4)
        return {
            "depth": lambda: -self.position[..., 2:3],
            "position": lambda: self.position,
            "id": lambda: self.number[..., None].astype(np.float32),
            "motion_forward": lambda: self._motion(1, place),
            "motion_backward": lambda: self._motion(-1, place),
        }

    def frame(self, passes: dict[str, np.ndarray], bent: float, backs: float) -> Frame:
        """The frame with the numbers that the gate looks at."""
        seen = self.number[self.number > 0]
        depth = -self.position[..., 2][self.hit[..., 0]]
        return Frame(
            {name: np.ascontiguousarray(values, np.float32) for name, values in passes.items()},
            bent=bent,
            light_share=float((self.number > len(self.spec.objects)).mean()),
            largest_share=float(np.bincount(seen).max() / self.number.size) if seen.size else 0.0,
            nearest=float(depth.min()) if depth.size else float("inf"),
            backs=backs,
        )

    def _motion(self, step: int, place: np.ndarray) -> np.ndarray:
        world = self.position @ place[:3, :3].T + place[:3, 3]
        return motion_vectors(self.spec, self.camera, step, world.astype(np.float32), self.number)


def layer(image: Image, name: str) -> np.ndarray:
    """Return the three channels of an AOV, (H, W, 3), whether they are called R, X or red.

    Raises:
        RenderFailed: the picture has no such AOV.
    """
    try:
        found = image.layer(name)
    except BadChannels as error:
        raise RenderFailed(f"Arnold wrote no AOV {name!r}: {error}") from error
    if found.shape[2] < 3:
        raise RenderFailed(f"Arnold's AOV {name!r} has {found.shape[2]} channels, expected 3")
    return found[..., :3]


def _smooth(image: Image, spec: SceneSpec) -> np.ndarray:
    return world_to_camera(normalize(layer(image, SMOOTH)), spec.camera.to_world)


def _beauty(image: Image) -> np.ndarray:
    try:
        return np.asarray(image.rgb(), np.float32)
    except BadChannels as error:
        raise RenderFailed(f"Maya's picture has no colour: {error}") from error


def _read(path: str, width: int, height: int) -> Image:
    image = read_image(Path(path))
    if (image.width, image.height) != (width, height):
        raise RenderFailed(f"{path}: {image.width} x {image.height} pixels, asked for were {width} x {height}")
    return image
