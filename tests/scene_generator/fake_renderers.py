"""Renderers that worker processes can import, fast and as ill-behaved as a test asks for."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from core.errors import MissingPart, RenderFailed
from scene_generator.renderers import PASSES, Frame, RenderSettings
from scene_generator.spec import SceneSpec

FAKE = "tests.scene_generator.fake_renderers:FakeRenderer"
UNBORN = "tests.scene_generator.fake_renderers:Unborn"


def script(log: Path | None = None, **acts: object) -> str:
    """The `variant` of a plan for `FakeRenderer`: s3="die" makes it die in sample 3; `log` gets a line a rendering."""
    return json.dumps({"log": str(log) if log else None, **acts})


class FakeRenderer:
    """Fills a frame from the spec's hash: different scenes differ, equal ones are equal.

    Acts for a sample: die, die_once (needs log), hang, error, group (fails, and tells its group), odd, missing, refuse
    (every draw is black), refuse2 (the first two draws are), refuse_later (frame 1 of the first draw is).
    """

    name = "fake"
    version = "1"

    def __init__(self, variant: str, texture_size: int = 16, threads: int = 1, library: object = None) -> None:
        acts = json.loads(variant) if variant.startswith("{") else {}
        self.log = Path(acts["log"]) if acts.get("log") else None
        self.acts = acts
        self.held: list[np.ndarray] = []

    def render(self, spec: SceneSpec, settings: RenderSettings) -> Frame:
        act = self.acts.get(f"s{spec.index}", self.acts.get("each", ""))
        if self.log:
            before = self.log.read_text().split() if self.log.exists() else []
            with self.log.open("a") as file:
                file.write(f"{spec.index}\n")
            if act == "die_once" and str(spec.index) not in before:
                os.kill(os.getpid(), signal.SIGKILL)
        if act == "die":
            print("these are my last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        if act == "hang":
            time.sleep(3600)
        if act == "error":
            raise RenderFailed(f"scene {spec.index} is beyond me")
        if act == "group":
            raise RenderFailed(f"in group {os.getpgrp()}")
        if act == "odd":
            raise ValueError("shapes (3,) and (4,) differ")
        if act == "missing":
            raise MissingPart("the denoiser is not installed; install it")
        if act == "grow":
            self.held.append(np.ones(40 << 17))  # 40 MiB
        time.sleep(self.acts.get("pause", 0))
        dark = act == "refuse" or (act == "refuse2" and spec.attempt < 2)
        dark = dark or (act == "refuse_later" and spec.attempt == 0 and spec.frame == 1)
        rng = np.random.default_rng(int(spec.hash()[:12], 16))
        size = (settings.height, settings.width)
        passes = {name: np.zeros((*size, len(PASSES[name])), np.float32) for name in settings.passes}
        passes["beauty"] = rng.uniform(0.2, 1, (*size, 4)).astype(np.float32) * np.float32(not dark)
        passes["normal"][..., 2] = 1
        return Frame(passes, 0.0, 0.0, 0.5, 1.0)


class Unborn:
    """A renderer whose library takes the process down as it is loaded."""

    def __init__(self, *_: object, **__: object) -> None:
        print("cannot select the instruction", file=sys.stderr, flush=True)
        os.abort()
