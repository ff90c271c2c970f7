"""Fifty random scenes through Maya's nodes and back, each rendered by the embedded renderer and compared.

    .venv/bin/python benchmarks/maya_round_trip.py [--count 50] [--seed 3] [--size 32]

Each scene is translated to commands, run in the strict stand-in for `maya.cmds`, read back from its nodes, rendered as
Arnold would be asked to, read in as Arnold's picture is, and compared with the render of the scene itself: the share of
beauty values that differ by more than 0.2 %, and of values of data passes that differ by more than 3e-4. Both renders
are given the same numbers, so nothing but rounding may differ: it ends with code 1 if more than 0.1 % of a pass does.
Needs the extras `render` and `dev`; no Maya.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from maya_plugin.host import start_standalone
from maya_plugin.scene.render import render_job
from scene_generator.maya_scene.facts import Picture
from scene_generator.maya_scene.files import write_files
from scene_generator.maya_scene.job import Job
from scene_generator.maya_scene.store import FileStore
from scene_generator.recipe import load_recipe
from scene_generator.renderers import PASSES, RenderSettings
from scene_generator.renderers.maya.frames import arnold_frame
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.renderers.variant import choose_variant
from scene_generator.sample import sample_scene
from tests.hosts.maya import scenes
from tests.hosts.maya.fake_arnold import FakeArnold
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.pretend import install

MOST = 0.001
"""Share of the values of a pass that may differ. Paths of light that a last bit of a lamp's place sends elsewhere."""


def main() -> int:
    """Print one line a scene and the worst of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--size", type=int, default=32)
    options = parser.parse_args()
    passes = tuple(name for name in PASSES if not name.startswith("motion"))
    settings = RenderSettings(
        options.size, options.size, samples=4, bounces=3, denoise=False, passes=passes, occlusion_samples=4
    )
    embedded = MitsubaRenderer(choose_variant("auto")[0], scenes.TEXTURE_SIZE)
    install(FakeCmds(render=FakeArnold(embedded)))
    host = start_standalone()
    recipe, families = load_recipe("plate_normals"), set()
    worst = {"beauty": 0.0, "data": 0.0}
    for index in range(options.count):
        started = time.perf_counter()
        spec = sample_scene(recipe, options.seed, index)
        families.add(spec.family)
        with tempfile.TemporaryDirectory() as place:
            files = write_files(spec, scenes.TEXTURE_SIZE, FileStore(Path(place) / "files", half=False))
            picture = Picture(options.size, options.size, settings.samples, settings.bounces, passes)
            job = Job(spec, files, picture, "arnold", f"{place}/picture", f"{place}/result.json")
            made = arnold_frame(render_job(host, job).pictures, spec, settings)
        wanted = embedded.render(spec, settings)
        off = {name: np.abs(made.passes[name] - wanted.passes[name]) > 3e-4 for name in passes[1:]}
        off["beauty"] = ~np.isclose(made.passes["beauty"], wanted.passes["beauty"], rtol=2e-3, atol=3e-4)
        shares = {name: float(values.mean()) for name, values in off.items()}
        name = max(passes[1:], key=lambda name: shares[name])
        worst = {"beauty": max(worst["beauty"], shares["beauty"]), "data": max(worst["data"], shares[name])}
        print(
            f"{index:3d} {spec.family:10s} {len(spec.objects):4d} objects   beauty {shares['beauty']:.3%}   "
            f"data {shares[name]:.3%} {name if shares[name] else ''}   {time.perf_counter() - started:.1f} s",
            flush=True,
        )
    print(
        f"{options.count} scenes of {len(families)} families: at most {worst['data']:.3%} of a data pass and "
        f"{worst['beauty']:.3%} of a beauty differ"
    )
    return int(max(worst.values()) > MOST)


if __name__ == "__main__":
    sys.exit(main())
