"""The embedded renderer: Mitsuba 3 (Jakob et al.), compiled with LLVM where that is there, else scalar."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from core.errors import MissingPart, RenderFailed
from core.normals import camera_to_world
from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary
from scene_generator.renderers import mitsuba_scene, occlusion
from scene_generator.renderers.contract import Frame, RenderSettings
from scene_generator.renderers.geometry import Group, groups
from scene_generator.renderers.llvm import find_llvm
from scene_generator.renderers.passes import SUBPIXELS, DataPasses, Hits
from scene_generator.renderers.stopwatch import Stopwatch
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec, Sky

VARIANTS = ("llvm_ad_rgb", "scalar_rgb")
"""Variants this renderer works with, fastest first."""

Denoiser = Callable[..., np.ndarray]

_BLOCK = 32


class MitsubaRenderer:
    """Renders in this process. Mitsuba's variant is one a process, so make one renderer a process."""

    name = "mitsuba"

    def __init__(self, variant: str, texture_size: int, threads: int = 0, library: AssetLibrary = NO_LIBRARY) -> None:
        """Load Mitsuba with `variant`, one of `VARIANTS`.

        Args:
            texture_size: texels along each side of every texture.
            threads: threads of the LLVM variant; 0 is one for each processor.
            library: a user's meshes, textures and environment maps.

        Raises:
            MissingPart: Mitsuba is not installed or the variant cannot be loaded.
        """
        compiler = find_llvm()
        if compiler is not None:
            os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(compiler))
        try:
            self._mi: Any = importlib.import_module("mitsuba")
            self._mi.set_variant(variant)
        except ImportError as error:
            raise MissingPart(
                f"renderer variant {variant!r} cannot be loaded ({error}); install Platelight with its [render] extra"
            ) from error
        if threads and variant.startswith("llvm"):
            importlib.import_module("drjit").set_thread_count(threads)
        self._texture_size = texture_size
        self._library = library
        self.variant = variant
        self.version = f"{self._mi.__version__} {variant}"
        self._denoise: Denoiser | None = None

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        """Render `spec`.

        Raises:
            RenderFailed: Mitsuba refuses the scene.
            MissingPart: denoising is asked for and the denoiser is not installed.
        """
        if self._mi.variant() != self.variant:  # one for the whole process: another renderer may have chosen its own
            self._mi.set_variant(self.variant)
        try:
            frame = self._render(spec, settings)
        except RuntimeError as error:
            lines = str(error).strip().splitlines() or ["no reason given"]
            raise RenderFailed(f"scene {spec.index} of seed {spec.seed}: Mitsuba stopped: {lines[0]}") from error
        gc.collect()  # frees the scene's meshes and textures now; memory would otherwise grow from scene to scene
        return frame

    def _render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        mi, watch = self._mi, Stopwatch()
        parts = groups(spec, self._texture_size, self._library)
        environment = self._environment(spec.sky)
        watch.lap("meshes and textures")
        scene = mitsuba_scene.scene(mi, spec, parts, environment)
        watch.lap("scene")
        seed = int(np.random.default_rng((spec.seed, spec.index, spec.attempt, 2, spec.frame)).integers(2**31))
        independent = {"type": "independent"}
        film = mitsuba_scene.sensor(mi, spec.camera, settings.width, settings.height, independent, lens=True)
        # Scalar variants draw random numbers block by block, and would choose the blocks by the number of threads.
        blocks = {"block_size": _BLOCK} if self.variant.startswith("scalar") else {}
        path = mi.load_dict({"type": "path", "max_depth": settings.bounces + 1, "rr_depth": 3, **blocks})
        beauty = np.array(mi.render(scene, sensor=film, integrator=path, seed=seed, spp=settings.samples), np.float32)
        watch.lap("beauty")
        hits = self._hits(scene, spec, parts, settings)
        watch.lap("hits")
        data = DataPasses(spec, settings.width, settings.height, parts, hits)
        watch.lap("data passes")
        color = beauty[..., :3]
        if settings.denoise:
            guide = camera_to_world(data.mean_normal, spec.camera.to_world)
            color = self._denoised(color, albedo=np.clip(data.mean_albedo, 0, 1), normal=guide, hdr=True)
            watch.lap("denoise")
        passes = {"beauty": np.concatenate([np.maximum(color, 0), data.alpha], -1)}
        for name in settings.passes:
            if name == "occlusion":
                passes[name] = self._occlusion(scene, data, settings, seed)
                watch.lap("occlusion")
            elif name != "beauty":
                passes[name] = getattr(data, name)
        watch.lap("data passes")
        return Frame(passes, data.bent, data.light_share, data.largest_share, data.nearest, data.backs, watch.seconds)

    def _environment(self, sky: Sky) -> np.ndarray:
        if not sky.hdri:
            return latlong(sky)
        whole = self._library.hdri(sky.hdri)
        turned: np.ndarray = np.roll(whole, round(sky.hdri_turn * whole.shape[1]), axis=1) * np.float32(sky.hdri_gain)
        return turned

    def _hits(self, scene: Any, spec: SceneSpec, parts: list[Group], settings: RenderSettings) -> Hits:
        mi = self._mi
        # One unjittered sample in the middle of each subpixel: exact indices, nothing is averaged.
        centred = {"type": "stratified", "sample_count": 1, "jitter": False}
        film = mitsuba_scene.sensor(
            mi, spec.camera, settings.width * SUBPIXELS, settings.height * SUBPIXELS, centred, lens=False
        )
        aovs = mi.load_dict({"type": "aov", "aovs": "s:shape_index,t:prim_index,p:position,d:depth"})
        values = np.array(mi.render(scene, sensor=film, integrator=aovs, spp=1, seed=0), np.float32)[..., -6:]
        values = values.reshape(-1, 6)
        names = [f"g{k:03d}" for k in range(len(parts))] + [f"z{k:03d}" for k in range(len(spec.lights))]
        numbers = self._shape_numbers(scene)
        table = np.full(max(numbers.values()) + 1, -1, np.int64)
        for k, name in enumerate(names):
            table[numbers[name]] = k
        shape = np.clip(np.rint(values[:, 0]).astype(np.int64), 0, len(table) - 1)
        group = np.where(values[:, 5] > 0, table[shape], -1)
        return Hits(group, np.rint(values[:, 1]).astype(np.int64), values[:, 2:5])

    def _shape_numbers(self, scene: Any) -> dict[str, int]:
        # What the shape_index output counts: shapes of the scene from 1 in scalar variants, and otherwise shapes in
        # Dr.Jit's registry, where those of other scenes may still be.
        if self.variant.startswith("scalar"):
            return {shape.id(): i + 1 for i, shape in enumerate(scene.shapes())}
        mi, drjit = self._mi, importlib.import_module("drjit")
        return {shape.id(): int(drjit.reinterpret_array(mi.UInt32, mi.ShapePtr(shape))[0]) for shape in scene.shapes()}

    def _occlusion(self, scene: Any, data: DataPasses, settings: RenderSettings, seed: int) -> np.ndarray:
        samples, radius = settings.occlusion_samples, settings.occlusion_radius
        open_ = occlusion.openness(self._mi, scene, data.centre_position, data.centre_normal, radius, samples, seed)
        if settings.denoise:
            open_ = self._denoised(np.repeat(open_, 3, -1), hdr=False)[..., :1]
        return np.where(data.hit, np.clip(open_, 0, 1), 1).astype(np.float32)

    def _denoised(self, color: np.ndarray, *, hdr: bool, **guides: np.ndarray) -> np.ndarray:
        if self._denoise is None:
            try:
                self._denoise = importlib.import_module("mitsuba_oidn").denoise
            except ImportError as error:
                raise MissingPart(
                    f"the denoiser cannot be loaded ({error}); install the [render] extra, or give --no-denoise"
                ) from error
        whole = {name: np.ascontiguousarray(guide, np.float32) for name, guide in guides.items()}
        return np.asarray(self._denoise(np.ascontiguousarray(color, np.float32), hdr=hdr, **whole))
