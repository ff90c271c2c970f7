"""Renders the same scenes with the generator's own renderer, in a process of its own.

    .venv/bin/python benchmarks/cycles/render_ours.py JOB.json

The job is what `compare.py` writes. Beauty and normals go to an .npz a scene, and the processor seconds of each (user
and system, all threads of this process) to the job's result file. The making of shapes, textures and the sky, which
Cycles gets finished, is timed apart and taken off.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scene_arrays import pinhole_scene

from core.atomic import atomic_path, write_bytes, write_json
from core.image import encode_exr
from scene_generator.recipe import load_recipe
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.geometry import groups
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec


def main() -> None:
    """Render every scene small once, so that its kernels are there while it counts; then as asked."""
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    recipe = load_recipe(job["recipe"])
    renderer = MitsubaRenderer(job["variant"], recipe.texture_size, threads=1)
    settings = RenderSettings(
        job["size"], job["size"], job["samples"], bounces=job["bounces"], passes=("beauty", "normal")
    )
    specs = {scene["index"]: pinhole_scene(recipe, job["seed"], scene["index"]) for scene in job["scenes"]}
    for spec in specs.values():
        renderer.render(spec, dataclasses.replace(settings, width=32, height=32))
    rows = []
    for scene in job["scenes"]:
        spec, path = specs[scene["index"]], Path(scene["ours"])
        frame, times = timed(renderer, spec, settings, recipe.texture_size, path.with_suffix(".exr"))
        rows.append({"index": scene["index"], **times})
        more = dataclasses.replace(settings, samples=1, denoise=False, passes=("beauty", "normal", "normal_unbumped"))
        unbumped = renderer.render(spec, more).passes["normal_unbumped"]
        with atomic_path(path) as temporary:
            np.savez(temporary, **dict(frame.passes), normal_unbumped=unbumped)  # type: ignore[arg-type]
    write_json(Path(job["result"]), {"version": f"Mitsuba {renderer.version}", "rows": rows})


def timed(
    renderer: MitsubaRenderer, spec: SceneSpec, settings: RenderSettings, texture_size: int, path: Path
) -> tuple[Frame, dict[str, Any]]:
    """Render `spec`, write its EXR to `path`, and return the frame and processor seconds: "making" and "render"."""
    before = time.process_time()
    groups(spec, texture_size)
    latlong(spec.sky)
    making = time.process_time() - before
    before = time.process_time()
    frame = renderer.render(spec, settings)
    write_bytes(path, encode_exr(frame.image(), channel_dtypes=Frame.channel_dtypes(frame.passes)))
    return frame, {"making": making, "render": time.process_time() - before - making}


if __name__ == "__main__":
    main()
