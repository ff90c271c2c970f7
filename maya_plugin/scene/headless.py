"""The command line of `mayapy -m scene_generator`: renders jobs, or makes one random scene and saves it."""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from maya_plugin.host import Host, HostError, start_standalone
from maya_plugin.scene.build import random_scene
from maya_plugin.scene.facts import host_facts, versions
from maya_plugin.scene.render import render_job
from scene_generator.maya_scene.job import Job, Result, write_whole
from scene_generator.recipe import load_recipe
from scene_generator.sample import sample_scene
from scene_generator.spec import SpecError

__all__ = ["main"]

READY = "ready.json"
"""Written by `serve` into its folder once Maya is up: a `Result` whose versions are filled."""

_LINES = 20


def main(arguments: Sequence[str], start: Callable[[], Host] = start_standalone) -> int:
    """Run one command and return the exit code: 0 done, 1 the work failed, 2 it could not be understood."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options, start)
    except (HostError, SpecError, OSError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 2 if isinstance(error, SpecError) else 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mayapy -m scene_generator", description="Random scenes in Maya without a window."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    random = commands.add_parser("random", help="make one random scene and save it as .ma or .mb")
    random.add_argument("--recipe", default="plate_normals", help="name of a shipped recipe, or a .json file")
    random.add_argument("--seed", type=int, default=0)
    random.add_argument("--index", type=int, default=0, help="which scene of the seed")
    random.add_argument("--attempt", type=int, default=0, help="which draw of that scene")
    random.add_argument("--out", type=Path, required=True, help="scene file to write")
    random.add_argument("--textures", type=Path, help="folder for textures; beside the scene file if left out")
    random.add_argument("--texture-size", type=int, default=512, help="texels along each side")
    random.add_argument("--plan", default="auto", help="arnold, software, or auto: arnold where it loads")
    random.set_defaults(run=_random)
    render = commands.add_parser("render", help="render one job file")
    render.add_argument("job", type=Path)
    render.set_defaults(run=_render)
    serve = commands.add_parser("serve", help="render the jobs named on standard input, one path a line")
    serve.add_argument("folder", type=Path, help="where ready.json is written")
    serve.set_defaults(run=_serve)
    about = commands.add_parser("about", help="print the versions of Maya, Arnold, Python and numpy")
    about.set_defaults(run=_about)
    return parser


def _random(options: argparse.Namespace, start: Callable[[], Host]) -> int:
    out = options.out.absolute()
    kind = {".ma": "mayaAscii", ".mb": "mayaBinary"}.get(out.suffix)
    if kind is None:
        raise SpecError(f"--out {options.out}: expected a name that ends in .ma or .mb")
    spec = sample_scene(load_recipe(options.recipe), options.seed, options.index, options.attempt)
    host = start()
    host.call("file", new=True, force=True)
    textures = options.textures or out.with_name(f"{out.stem}_textures")
    random_scene(host, spec, host_facts(host, options.plan), textures.absolute(), options.texture_size)
    host.call("file", rename=str(out))
    host.call("file", save=True, type=kind)
    sys.stdout.write(f"{spec.family}, scene {spec.index} of seed {spec.seed}, draw {spec.attempt}: {out}\n")
    return 0


def _about(options: argparse.Namespace, start: Callable[[], Host]) -> int:
    for name, version in versions(start()).items():
        sys.stdout.write(f"{name} {version or 'not there'}\n")
    return 0


def _render(options: argparse.Namespace, start: Callable[[], Host]) -> int:
    job = Job.from_json(options.job.read_text(encoding="utf-8"))
    return 0 if _answer(start(), job) else 1


def _serve(options: argparse.Namespace, start: Callable[[], Host]) -> int:
    """Answer until standard input ends; then this process ends at once, in the middle of a render too."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    host = start()
    write_whole(options.folder / READY, Result(True, versions=versions(host)).to_json())
    while True:
        _answer(host, Job.from_json(Path(lines.get()).read_text(encoding="utf-8")))


def _listen(lines: queue.Queue[str]) -> None:
    for line in sys.stdin:
        if line.strip():
            lines.put(line.strip())
    # Whoever asked is gone, or wants no more. Maya's own way out is slow, and known to crash.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _answer(host: Host, job: Job) -> bool:
    try:
        result = render_job(host, job)
    except Exception as error:  # whatever it is, the answer must say so: nobody reads this process's screen
        text = " ".join(str(error).split())
        known = isinstance(error, (HostError, SpecError))
        lines = traceback.format_exc().splitlines()[-_LINES:]
        result = Result(False, error=text if known else f"{type(error).__name__}: {text}", traceback="\n".join(lines))
    write_whole(Path(job.result), result.to_json())
    return result.ok
