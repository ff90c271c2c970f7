"""A worker that writes what it is asked for, at once; it keeps what it was handed. For the tests of both hosts: numbers
only, since some of them run where there is no numpy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from worker_link.errors import WorkerError
from worker_link.jobs import Event, FrameDone, FrameFailed, FrameStarted, Queued
from worker_link.light import LUMINANCE

ALL = {"normals": "", "light": "", "normal_map": "", "occlusion": "", "material": ""}

MATERIAL = b"""{"base": 1.0, "specular": 1.0, "base_color": [0.5, 0.25, 0.125], "specular_color": [1.0, 0.5, 0.25],
"specular_roughness": 0.375, "metalness": 0.75}"""
"""What it writes for a material."""

_WRITTEN = {
    "normals": ("normals", "preview"),
    "normal_map": ("normal_map",),
    "occlusion": ("occlusion",),
    "material": ("material",),
}
"""Kind of job -> what of a frame it writes."""


def light(toward: tuple[float, float, float] = (0.6, 0.48, 0.64), **changes: Any) -> dict[str, Any]:
    """A light-estimate document: key of luminance 2, ambient of 0.5, both white."""
    assert abs(sum(LUMINANCE) - 1.0) < 1e-9
    return {
        "format": "platelight-light",
        "version": 1,
        "plate": "plate.exr",
        "normals": "plate.exr",
        "frames": 1,
        "color_space": "lin_rec709",
        "harmonics": [[1.0, 1.0, 1.0]] + [[0.1, 0.1, 0.1]] * 8,
        "toward": list(toward),
        "spread_degrees": 5.0,
        "key": {"color": [1.0, 1.0, 1.0], "intensity": 2.0},
        "ambient": {"color": [1.0, 1.0, 1.0], "intensity": 0.5},
        "ambient_to_key": 0.25,
        "directionality": 0.4,
        "mean_irradiance": [1.0, 1.0, 1.0],
        "bright_irradiance": [2.0, 2.0, 2.0],
        "residual": {
            "median_stops": 0.1,
            "p90_stops": 0.4,
            "rejected_share": 0.0,
            "usable_share": 0.9,
            "coverage": 0.4,
            "pixels": 100,
        },
        **changes,
    }


class FakeWorker:
    """What `WorkerClient` offers.

    Attributes:
        abilities: what it says that it can do.
        jobs: (kind, frames, options) of what was handed in.
        hold: while this is set, it waits before each frame until it is cancelled or let go.
        fails: numbers of frames that fail.
        dead: message of the error that every question meets.
    """

    def __init__(self) -> None:
        self.abilities = dict(ALL)
        self.jobs: list[tuple[str, list[Any], Any]] = []
        self.hold = False
        self.fails: set[int] = set()
        self.dead = ""
        self.closed = 0
        self.answer = light()
        self.light_of: Callable[[Any], dict[str, Any]] = lambda frame: self.answer
        self._stop = threading.Event()
        self.waits = threading.Event()

    def capabilities(self) -> dict[str, str]:
        if self.dead:
            raise WorkerError(self.dead)
        return dict(self.abilities)

    def events(self, frames: Sequence[Any], options: Any) -> Iterator[Event]:
        self.jobs.append((options.kind, list(frames), options))
        assert {frame.kind for frame in frames} == {options.kind}
        yield Queued(0)
        for index, frame in enumerate(frames):
            yield FrameStarted(index, frame)
            if self.hold:
                self.waits.set()
                assert self._stop.wait(60.0)
                return
            if index in self.fails:
                yield FrameFailed(index, frame, "BadInput", f"{frame.plate}: cannot be read")
                continue
            assert Path(frame.plate).is_file(), frame.plate
            for name in _WRITTEN.get(options.kind, ()):
                path = getattr(frame, name)
                if path:
                    Path(path).parent.mkdir(parents=True, exist_ok=True)
                    Path(path).write_bytes(MATERIAL if options.kind == "material" else b"made")
            yield FrameDone(index, frame, ("noticed",), 0.1, self.light_of(frame) if options.kind == "light" else {})

    def cancel(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self.closed += 1
