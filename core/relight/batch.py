"""Relighting of files, frame by frame: reading, lighting, writing, and telling what is finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy.typing as npt

from core.errors import PlatelightError
from core.image import read_header, read_image
from core.relight.companions import PlannedRelight
from core.relight.environment import Environment, load_environments
from core.relight.lights import EnvironmentLight, Light
from core.relight.lights_file import lights_as_json
from core.relight.output import Layers, write_relit
from core.relight.picture import RelightOptions, set_stage
from core.relight.place import out_of_reach
from core.relight.plate_light import former_harmonics, read_light_file, working_space

__all__ = ["RelightJob"]

_MARK = "platelightRelight"


@dataclass(frozen=True)
class RelightJob:
    """Lights and options for any number of frames.

    Attributes:
        lights: with what.
        options: how; an albedo file is replaced by each frame's own.
        layers: what is stored beside the beauty.
    """

    lights: tuple[Light, ...]
    options: RelightOptions
    layers: Layers = field(default_factory=Layers)
    _environments: dict[str, dict[str, Environment]] = field(default_factory=dict, repr=False, compare=False)

    def fingerprint(self, inputs: Collection[str] = ()) -> str:
        """Tells lights, options, layers and kinds of inputs apart: 16 hex digits that are written into each file."""
        told = [lights_as_json(self.lights), asdict(self.options), asdict(self.layers), sorted(inputs)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def is_finished(self, frame: PlannedRelight) -> bool:
        """Whether a frame's files are there, were made by this job, and are newer than all that they are made from.

        The preview carries no mark of its own: one that is older than the result is of an earlier job.
        """
        if not frame.out.is_file() or (frame.preview is not None and not frame.preview.is_file()):
            return False
        skies = [Path(light.file) for light in self.lights if isinstance(light, EnvironmentLight) and light.enabled]
        try:
            made = frame.out.stat().st_mtime_ns
            if frame.preview is not None and frame.preview.stat().st_mtime_ns < made:
                return False
            newest = max(path.stat().st_mtime_ns for path in (frame.plate, *frame.inputs.values(), *skies))
            return newest < made and read_header(frame.out).metadata.get(_MARK) == self.fingerprint(frame.inputs)
        except (OSError, PlatelightError):
            return False  # what is missing or broken is told when the frame is made

    def write(self, frame: PlannedRelight) -> str:
        """Make one frame.

        Returns:
            What was noticed, for the user; empty where there is nothing to say.

        Raises:
            BadInput, WorkFailed: as `core.relight.picture.set_stage` and `core.relight.output.write_relit`.
        """
        plate = read_image(frame.plate)
        options = self.options
        if "albedo" in frame.inputs:
            options = replace(options, albedo=str(frame.inputs["albedo"]))
        stage = set_stage(
            plate,
            read_image(frame.inputs["normals"]),
            self.lights,
            options,
            depth=read_image(frame.inputs["depth"]) if "depth" in frame.inputs else None,
            occlusion=read_image(frame.inputs["occlusion"]) if "occlusion" in frame.inputs else None,
            environments=self._prepared(working_space(plate.color_space)),
            former=self._former(frame, working_space(plate.color_space)),
            name=str(frame.plate),
            files={what: str(path) for what, path in frame.inputs.items()},
        )
        write_relit(
            frame.out, stage, self.layers, preview=frame.preview, metadata={_MARK: self.fingerprint(frame.inputs)}
        )
        points = stage.surface.position
        return out_of_reach(points, self.lights) if "depth" in frame.inputs and points is not None else ""

    def _former(self, frame: PlannedRelight, color_space: str) -> npt.ArrayLike | None:
        """Harmonics of the light that was there, from the frame's file; None: they are estimated where needed."""
        if "estimate" not in frame.inputs:
            return None
        light = read_light_file(frame.inputs["estimate"])
        return former_harmonics(light, color_space, balance=self.options.balance)

    def _prepared(self, color_space: str) -> dict[str, Environment]:
        """The pictures of the environment lights, read once for each colour space that plates come in."""
        if color_space not in self._environments:
            self._environments[color_space] = load_environments(self.lights, color_space)
        return self._environments[color_space]
