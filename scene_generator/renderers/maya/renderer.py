"""The renderer `maya`: the same specs, the same frames, made by a mayapy that this process keeps."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

import numpy as np

from core.errors import BadConfig, RenderFailed
from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary
from scene_generator.maya_scene import arnold, software
from scene_generator.maya_scene.facts import ARNOLD, PLANS, SOFTWARE, Picture
from scene_generator.maya_scene.files import SceneFiles, write_files
from scene_generator.maya_scene.job import Job, Result
from scene_generator.maya_scene.store import FileStore
from scene_generator.renderers.contract import Frame, RenderSettings
from scene_generator.renderers.maya.child import ChildDied, MayaPy
from scene_generator.renderers.maya.find import find_mayapy
from scene_generator.renderers.maya.frames import arnold_frame, software_frame
from scene_generator.renderers.maya.place import PrivateFolder
from scene_generator.renderers.stopwatch import Stopwatch
from scene_generator.spec import SceneSpec

MAYA = "scene_generator.renderers.maya.renderer:MayaRenderer"
"""This renderer, as a plan names it."""

RECYCLE_AFTER = 25
"""Scenes that a mayapy renders before a fresh one takes its place: what Maya and its plug-ins leak ends there."""

TRIES = 3
"""How often a scene is handed to a mayapy that dies over it before it counts as failed."""

_STORE_BYTES = 2 << 30


class MayaRenderer:
    """Renders in a mayapy of its own, which ends with this process."""

    name = "maya"

    def __init__(self, variant: str, texture_size: int, threads: int = 0, library: AssetLibrary = NO_LIBRARY) -> None:
        """Start Maya, to know what it is.

        Args:
            variant: one of `maya_scene.facts.PLANS`: `arnold`, or `software` for Maya Software.
            texture_size: texels along each side of every texture.
            threads: not heeded: Arnold takes every processor.
            library: a user's meshes, textures and environment maps.

        Raises:
            BadConfig: the variant is unknown.
            MissingPart: there is no mayapy.
            RenderFailed: it does not start, or has no Arnold and the variant needs it.
        """
        if variant not in PLANS:
            raise BadConfig(f"renderer variant {variant!r} is unknown for Maya; known are {', '.join(PLANS)}")
        self._mayapy = find_mayapy()
        self._place = PrivateFolder()
        atexit.register(self.close)
        self._store = FileStore(self._place.store)
        self._texture_size = texture_size
        self._library = library
        self._child: MayaPy | None = None
        self.variant = variant
        try:
            versions = self._running().versions
        except ChildDied as error:
            raise RenderFailed(f"{self._mayapy}: {error}") from error
        if variant == ARNOLD and not versions["arnold"]:
            raise RenderFailed(f"{self._mayapy}: Arnold (mtoa) does not load there; install it, or use {SOFTWARE}")
        engine = f"arnold {versions['arnold']}" if variant == ARNOLD else "maya software"
        self.version = f"{versions['maya']} {engine}"

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        """Render `spec`.

        Raises:
            BadConfig: a pass is asked for that this variant has not, or denoising.
            RenderFailed: Maya or Arnold refuses the scene, has no licence, or dies of it `TRIES` times.
            SpecError, BadInput: a user's asset is missing or damaged.
        """
        self._check(settings)
        watch = Stopwatch()
        files = write_files(spec, self._texture_size, self._store, self._library)
        watch.lap("meshes and textures")
        job = self._job(spec, settings, files)
        result = self._answered(job, spec)
        watch.lap("maya")
        if not result.ok:
            raise RenderFailed(f"scene {spec.index} of seed {spec.seed}: {result.error}")
        make = arnold_frame if self.variant == ARNOLD else software_frame
        frame = make(result.pictures, spec, settings)
        for picture in result.pictures.values():
            Path(picture).unlink(missing_ok=True)
        self._store.trim(_STORE_BYTES)
        watch.lap("read pictures")
        seconds = {**watch.seconds, **result.seconds}
        return Frame(
            frame.passes, frame.bent, frame.light_share, frame.largest_share, frame.nearest, frame.backs, seconds
        )

    def close(self) -> None:
        """End mayapy and remove its folder."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        self._place.remove()

    def _check(self, settings: RenderSettings) -> None:
        known = arnold.SUPPORTED if self.variant == ARNOLD else software.SUPPORTED
        lacking = [name for name in settings.passes if name not in known]
        if lacking:
            raise BadConfig(f"Maya Software gives no {', '.join(lacking)}; leave them out, or render with {ARNOLD}")
        if settings.denoise:
            raise BadConfig("the renderer maya does not denoise; give --no-denoise, and more --samples")

    def _job(self, spec: SceneSpec, settings: RenderSettings, files: SceneFiles) -> Job:
        seed = np.random.default_rng((spec.seed, spec.index, spec.attempt, 2, spec.frame)).integers(2**31)
        picture = Picture(
            settings.width,
            settings.height,
            settings.samples,
            settings.bounces,
            settings.passes,
            settings.occlusion_samples,
            settings.occlusion_radius,
            int(seed),
        )
        stem = self._place.jobs / f"{spec.index:08d}_{spec.attempt}_{spec.frame}"
        return Job(spec, files, picture, self.variant, str(stem), f"{stem}.result.json")

    def _answered(self, job: Job, spec: SceneSpec) -> Result:
        words = ""
        for _ in range(TRIES):
            try:
                return self._running().render(job)
            except ChildDied as error:
                words = str(error)
                self._drop()
        raise RenderFailed(f"scene {spec.index} of seed {spec.seed}: {TRIES} times {words}")

    def _running(self) -> MayaPy:
        if self._child is not None and (self._child.jobs >= RECYCLE_AFTER or not self._child.alive()):
            self._drop()
        if self._child is None:
            self._child = MayaPy(self._mayapy, self._place, os.environ)
        return self._child

    def _drop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None
