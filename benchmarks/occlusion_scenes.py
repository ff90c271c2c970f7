"""Scenes with ray-traced occlusion at several radii, as shards that `platelight train occlusion` reads.

    python benchmarks/occlusion_scenes.py --count 600 --seed 11 --out DIR
    python benchmarks/occlusion_scenes.py --count 64 --seed 90001 --rays 1024 --samples 12 --out DIR   (held out)

Like `platelight generate`, with one difference: rays are followed to the farthest of six radii and their lengths
compared with each, so that six occlusion passes cost as much as one. The radii of a scene are

    median depth x 0.02 x 1.8^(k + u), k = 0 .. 5

with u drawn uniformly from 0..1 for each scene: together they cover 2 % to 68 % of the distance to the subject. A shard
holds N (with bump), Ng (without), depth and occlusion.r0 .. r5; R G B A too where `--samples` is above 1, for what a
network predicts from the plate. Shards that are there are kept: the same command goes on after a stop. The tests of
brightness in the generator's gate are left out where the beauty is a single noisy sample.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import PlatelightError
from core.image import Image, encode_exr
from core.shards import index_path, write_shard
from scene_generator.recipe import Recipe, load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.renderers.passes import DataPasses
from scene_generator.renderers.variant import choose_variant
from scene_generator.sample import sample_scene
from scene_generator.sets.records import scene_key
from scene_generator.spec import SceneSpec, SpecError
from scene_generator.validate import Limits, checks, reasons

FloatArray = npt.NDArray[np.float32]

RADII = 6
SMALLEST, STEP = 0.02, 1.8
"""Smallest radius as a share of the median depth, and the ratio of one to the next."""

SHARD = 32
"""Scenes in a shard."""

ATTEMPTS = 12
DIM = Limits(most_black=1.0, least_luminance=0.0, least_contrast=0.0, least_contrast_of_flat=0.0, most_fireflies=1.0,
             most_shift=1e9)  # fmt: skip
"""The gate without what a beauty of one sample cannot show."""

PASSES = ("beauty", "normal", "normal_unbumped", "depth", "occlusion")
RAYS_AT_ONCE = 1 << 23


def radii_of(spec: SceneSpec, depth: FloatArray) -> list[float]:
    """The radii of a scene, metres, rising; a function of its seed, its index and its median depth."""
    seen = depth[depth > 0.0]
    middle = float(np.median(seen)) if seen.size else 1.0
    u = float(np.random.default_rng((spec.seed, spec.index, 31)).random())
    return [middle * SMALLEST * STEP ** (k + u) for k in range(RADII)]


class OcclusionRenderer(MitsubaRenderer):
    """Mitsuba with an occlusion pass at `RADII` radii: (H, W, RADII), 1 open to 0 closed, 1 where no surface is."""

    spec: SceneSpec | None = None
    radii: Sequence[float] = ()
    denoise_occlusion: bool = True

    def _render(self, spec: SceneSpec, settings: RenderSettings) -> Any:
        self.spec = spec
        return super()._render(spec, settings)

    def _occlusion(self, scene: Any, data: DataPasses, settings: RenderSettings, seed: int) -> FloatArray:
        assert self.spec is not None
        self.radii = radii_of(self.spec, data.depth)
        there = np.flatnonzero(np.abs(data.centre_normal).sum(-1).ravel() > 0)
        flat = np.ones((data.depth.size, RADII), np.float32)
        rays = settings.occlusion_samples
        step = max(1, RAYS_AT_ONCE // rays)
        for first in range(0, len(there), step):
            part = there[first : first + step]
            position = data.centre_position.reshape(-1, 3)[part]
            normal = data.centre_normal.reshape(-1, 3)[part]
            flat[part] = self._open(scene, position, normal, rays, seed + first)
        found = flat.reshape(*data.depth.shape[:2], RADII)
        if self.denoise_occlusion:
            halves = [self._denoised(found[..., k : k + 3], hdr=False) for k in range(0, RADII, 3)]
            found = np.concatenate(halves, -1)
        return np.where(data.hit, np.clip(found, 0.0, 1.0), 1.0).astype(np.float32)

    def _open(self, scene: Any, position: FloatArray, normal: FloatArray, rays: int, seed: int) -> FloatArray:
        """(N, RADII) open share; directions as `scene_generator.renderers.occlusion`, made where they are traced."""
        import drjit as dr

        mi = self._mi
        count = len(position)
        # Leave the surface by a margin that grows with the coordinates, as their float precision shrinks.
        start = position + normal * (1e-4 * (1.0 + np.abs(position).max(1, keepdims=True)))
        rng = np.random.default_rng(seed)
        index = dr.arange(mi.UInt32, count * rays)
        point, k = index // rays, index % rays

        def each(values: npt.NDArray[Any]) -> Any:
            return dr.gather(mi.Float, mi.Float(np.ascontiguousarray(values, np.float32)), point)

        def each3(values: npt.NDArray[Any]) -> Any:
            return mi.Vector3f(*(each(values[:, axis]) for axis in range(3)))

        n, p = each3(normal), each3(start)
        azimuth = 2.0 * math.pi * (mi.Float(k) * 0.6180339887498949 + each(rng.random(count)))
        share = (mi.Float(k) + 0.5) / rays + each(rng.random(count))
        radius = dr.sqrt(share - dr.floor(share))
        local = mi.Vector3f(
            radius * dr.cos(azimuth), radius * dr.sin(azimuth), dr.sqrt(dr.maximum(1 - radius * radius, 1e-6))
        )
        ray = mi.Ray3f(p, mi.Frame3f(n).to_world(local))
        ray.maxt = mi.Float(float(max(self.radii)))
        met = scene.ray_intersect_preliminary(ray, coherent=False)
        length = np.array(dr.select(met.is_valid(), met.t, math.inf), np.float32).reshape(count, rays)
        return np.stack([(length > r).mean(1) for r in self.radii], -1).astype(np.float32)


def render(
    renderer: OcclusionRenderer, recipe: Recipe, seed: int, index: int, settings: RenderSettings
) -> tuple[str, bytes, dict[str, Any]] | None:
    """Key, EXR bytes and metadata of scene `index`; None where every draw of it is turned down."""
    for attempt in range(ATTEMPTS):
        spec = sample_scene(recipe, seed, index, attempt)
        frame = renderer.render(spec, settings)
        if reasons(checks(frame, spec), Limits() if settings.samples > 1 else DIM):
            continue
        names = ["normal", "normal_unbumped", "depth"]
        channels = [f"{layer}.{color}" for layer in ("N", "Ng") for color in ("red", "green", "blue")] + ["depth.Z"]
        if settings.samples > 1:
            names, channels = ["beauty", *names], ["R", "G", "B", "A", *channels]
        pixels = np.concatenate([frame.passes[name] for name in [*names, "occlusion"]], -1)
        channels += [f"occlusion.r{k}" for k in range(RADII)]
        types = {name: "float" if name == "depth.Z" else "half" for name in channels}
        key = scene_key(index)
        return (
            key,
            encode_exr(Image(pixels, tuple(channels)), channel_dtypes=types),
            {
                "key": key,
                "index": index,
                "seed": seed,
                "scene": f"{recipe.name}-{seed}-{key}",
                "family": spec.family,
                "attempt": attempt,
                "recipe": recipe.name,
                "renderer": renderer.name,
                "renderer_version": renderer.version,
                "width": settings.width,
                "height": settings.height,
                "occlusion_rays": settings.occlusion_samples,
                "occlusion_radii": [float(r) for r in renderer.radii],
                "denoised": renderer.denoise_occlusion,
                "camera": {
                    "focal_length_mm": spec.camera.focal_length_mm,
                    "horizontal_aperture_mm": spec.camera.horizontal_aperture_mm,
                },
            },
        )
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Render what is missing; 0, or the code of an error after its one line."""
    options = _options(arguments)
    try:
        recipe = load_recipe(options.recipe)
        texture = min(recipe.texture_size, options.texture_size)
        renderer = OcclusionRenderer(choose_variant(options.variant)[0], texture, threads=1)
        renderer.denoise_occlusion = not options.no_denoise
        settings = RenderSettings(
            options.size,
            options.size,
            samples=options.samples,
            bounces=3 if options.samples > 1 else 1,
            denoise=options.samples > 1,
            occlusion_samples=options.rays,
            passes=PASSES,
        )
        options.out.mkdir(parents=True, exist_ok=True)
        begin, made = time.monotonic(), 0
        for number, first in enumerate(range(0, options.count, SHARD)):
            path = options.out / f"shard-{number:05d}.tar"
            if path.is_file() and index_path(path).is_file():
                continue
            indices = range(first, min(first + SHARD, options.count))
            found: Iterator[Any] = (render(renderer, recipe, options.seed, index, settings) for index in indices)
            index = write_shard(path, (one for one in found if one is not None))
            made += len(index.records)
            print(
                f"{path.name}: {len(index.records)} scenes; {(time.monotonic() - begin) / made:.2f} s each", flush=True
            )
    except (PlatelightError, SpecError) as error:
        print(error, file=sys.stderr)
        return getattr(error, "exit_code", 2)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--recipe", default="plate_normals")
    parser.add_argument("--count", type=int, default=64, help="scenes")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--size", type=int, default=256, help="pixels of each side")
    parser.add_argument("--rays", type=int, default=64, help="rays a pixel")
    parser.add_argument("--samples", type=int, default=1, help="paths a pixel of the beauty; 1 leaves it out")
    parser.add_argument("--texture-size", type=int, default=1 << 20, help="most texels of each side of a texture")
    parser.add_argument("--no-denoise", action="store_true")
    parser.add_argument("--variant", default="auto")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
