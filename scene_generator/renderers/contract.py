"""What every renderer gives, whatever it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from core.errors import BadConfig
from core.image import Image
from scene_generator.spec import SceneSpec

PASSES: Mapping[str, tuple[str, ...]] = {
    "beauty": ("R", "G", "B", "A"),
    "normal": ("N.red", "N.green", "N.blue"),
    "normal_unbumped": ("Ng.red", "Ng.green", "Ng.blue"),
    "albedo": ("albedo.red", "albedo.green", "albedo.blue"),
    "roughness": ("roughness.Y",),
    "metalness": ("metalness.Y",),
    "depth": ("depth.Z",),
    "position": ("P.red", "P.green", "P.blue"),
    "id": ("id.Y",),
    "occlusion": ("occlusion.Y",),
    "motion_forward": ("forward.u", "forward.v"),
    "motion_backward": ("backward.u", "backward.v"),
}
"""Passes and the channels that they are stored under. See `Frame` for what each holds."""

_FULL_FLOAT = ("depth", "position", "id", "motion_forward", "motion_backward")


@dataclass(frozen=True)
class RenderSettings:
    """How a scene is rendered; none of it changes what the scene is."""

    width: int = 256
    height: int = 256
    samples: int = 16
    """Paths a pixel of the beauty, 1 .. 4096."""
    bounces: int = 5
    """Longest path in segments, 1 .. 64."""
    denoise: bool = True
    """Run the beauty and the occlusion through the renderer's denoiser."""
    occlusion_samples: int = 16
    """Rays a pixel of the occlusion pass, 1 .. 1024."""
    occlusion_radius: float = 1.0
    """Metres beyond which nothing occludes."""
    passes: tuple[str, ...] = tuple(PASSES)
    """Kept in the order of `PASSES`, each once, however they are given."""
    frames: int = 1
    """Frames a scene, 1 .. 64: more than one is a short sequence along the scene's motion."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("width", self.width, 8, 16384),
            ("height", self.height, 8, 16384),
            ("samples", self.samples, 1, 4096),
            ("bounces", self.bounces, 1, 64),
            ("occlusion_samples", self.occlusion_samples, 1, 1024),
            ("frames", self.frames, 1, 64),
        ):
            if not low <= value <= high:
                raise BadConfig(f"{name} is {value}, expected {low}..{high}")
        unknown = [name for name in self.passes if name not in PASSES]
        if unknown or not {"beauty", "normal"} <= set(self.passes):
            raise BadConfig(
                f"passes {list(self.passes)}: known are {list(PASSES)}; beauty and normal are always needed"
            )
        object.__setattr__(self, "passes", tuple(name for name in PASSES if name in self.passes))


@dataclass(frozen=True)
class Frame:
    """One rendered scene: pixel-aligned passes, float32, (H, W, C), top row first.

    beauty            scene-linear Rec.709 radiance and the share of the pixel that a surface covers
    normal            camera space, unit, with bump, averaged over the part of the pixel that shows the object at its
                      centre; 0 where no surface is
    normal_unbumped   the same without bump: the smooth shading normal of the mesh
    albedo            scene-linear base x base_color at the pixel's centre
    roughness, metalness   `standard_surface` values at the centre; 0 where no surface is
    depth             metres along the camera's -Z at the centre; 0 where no surface is
    position          camera space, metres, at the centre
    id                1 + index of the object in the spec, lights after the objects; 0 where no surface is
    occlusion         1 is open, 0 is closed; 1 where no surface is
    motion_forward    pixels that the point at the pixel's centre moves until the next frame, u to the right, v up;
                      where no surface is, of a point infinitely far off
    motion_backward   the same to the frame before: where the point was, minus where it is
    """

    passes: Mapping[str, np.ndarray]
    bent: float
    """Share of covered pixels whose bumped normal faced away and was bent back to grazing."""
    light_share: float
    """Share of pixels whose centre shows a light."""
    largest_share: float
    """Share of pixels whose centre shows the object that fills most of them."""
    nearest: float
    """Least depth of a covered pixel, metres; infinite where nothing is seen."""
    backs: float = 0.0
    """Share of subpixels that show a surface clearly from behind: a mesh that is open or inside out."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each stage took."""

    def image(self) -> Image:
        """Return all passes as one multi-layer image."""
        names = [name for name in PASSES if name in self.passes]
        pixels = np.concatenate([self.passes[name] for name in names], axis=-1)
        return Image(pixels, tuple(c for name in names for c in PASSES[name]))

    @staticmethod
    def channel_dtypes(passes: Mapping[str, np.ndarray]) -> dict[str, str]:
        """Return the storage type of each channel: depth, position and id are full float, the others half."""
        return {c: "float" if name in _FULL_FLOAT else "half" for name in passes for c in PASSES[name]}


class Renderer(Protocol):
    """Renders specs. The same spec and settings give the same pixels under the same `version`."""

    name: str
    version: str

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        """Render `spec`. Raises RenderFailed if the renderer cannot."""
        ...
