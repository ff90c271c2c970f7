"""The same frames in Blender's Cycles and here: do the normals agree, and what processor time does each take?

    .venv/bin/python benchmarks/cycles/compare.py --out DIR --blender-python PYTHON [--index 1 10] [--rounds 2]

PYTHON is one that can `import bpy` (Blender as a module, some 800 MB, GPL: no part of Platelight). Scenes of the recipe
are exported to arrays, which both get; see `scene_arrays.py`. Each round renders all of them in Cycles and then here,
on one thread, in a process each that has rendered every scene small before. Times are processor time, user and system,
of all threads of the process: other work on the machine stretches them less than the clock.

Markdown goes to the output, all figures to DIR/compare.json, and DIR/compare.png shows for each scene, beauty above
normals: ours, Cycles, difference (`agreement.rows_of` says how it is drawn).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from agreement import agreement, cycles_passes, rows_of
from scene_arrays import pinhole_scene, scene_arrays, write_scene

from core.atomic import write_json
from core.bench.machine import load_averages
from core.errors import MissingPart, PlatelightError, RenderFailed
from core.image import SRGB, Image, read_image, write_image
from scene_generator.recipe import load_recipe
from scene_generator.renderers.variant import choose_variant
from scene_generator.spec import SpecError

HERE = Path(__file__).resolve().parent
STAGES = ("Cycles: data blocks", "Cycles: render", "here: render", "here: making")


def main(arguments: Sequence[str] | None = None) -> int:
    """Export, render in turns, compare, print the tables; 0, or another code after one line that says what is amiss."""
    options = _options(arguments)
    try:
        blender = find_blender(options.blender_python)
        return compare(options, blender)
    except (PlatelightError, SpecError) as error:
        print(error, file=sys.stderr)
        return getattr(error, "exit_code", 2)


def compare(options: argparse.Namespace, blender: str) -> int:
    """Do what the options ask for with the Python `blender`, which has `bpy`.

    Raises:
        RenderFailed: one of the two processes stopped.
        PlatelightError, SpecError: a file cannot be written, or the recipe cannot be read.
    """
    out: Path = options.out.resolve()
    recipe = load_recipe(options.recipe)
    job = {name: getattr(options, name) for name in ("recipe", "seed", "size", "samples", "bounces")}
    job["variant"] = choose_variant(options.variant)[0]
    job["scenes"] = [{"index": i, **{n: str(out / f"{n}_{i}{end}") for n, end in _ENDS.items()}} for i in options.index]
    facts, specs = {}, {}
    for scene in job["scenes"]:
        spec = pinhole_scene(recipe, options.seed, scene["index"])
        contents = write_scene(scene_arrays(spec, recipe.texture_size), Path(scene["arrays"]))
        facts[scene["index"]] = {"family": spec.family, **contents}
        specs[scene["index"]] = spec
    rounds, load = [], [load_averages()]
    for number in range(options.rounds):
        theirs = run(blender, "render_cycles.py", job, out, {"PYTHONPATH": ""})
        ours = run(sys.executable, "render_ours.py", job, out, {"PYTHONPATH": str(HERE.parents[1])})
        load.append(load_averages())
        rounds.append(seconds_of(theirs, ours))
        print(f"round {number + 1}: {rounds[-1]}; load average {load[-1]}", file=sys.stderr, flush=True)
    agreements, bands = {}, []
    for scene in job["scenes"]:
        index = scene["index"]
        with np.load(scene["ours"]) as stored:
            mine = dict(stored)
        beauty, normal = cycles_passes(read_image(scene["cycles"]), specs[index].camera.to_world)
        agreements[index], degrees = agreement(mine, beauty, normal)
        bands.append(rows_of(mine, beauty, normal, degrees))
    picture = np.concatenate(bands, axis=0).astype(np.float32) / np.float32(255)
    write_image(out / "compare.png", Image(picture, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    versions = [theirs["version"], ours["version"]]
    found = {index: asdict(figures) for index, figures in agreements.items()}
    result = {"versions": versions, "job": job, "scenes": facts, "agreement": found, "rounds": rounds, "load": load}
    write_json(out / "compare.json", result)
    print(f"{versions[0]} and {versions[1]}; {options.size}x{options.size}, {options.samples} paths a pixel\n")
    print(agreement_table(facts, found), cost_table(facts, rounds), sep="\n")
    busy = load and load[0] and max(one[0] for one in load) > 0.5 * (os.cpu_count() or 1)
    print(f"load average {load}, {os.cpu_count()} cores{': other work was running' if busy else ''}; {out}")
    return 0


_ENDS = {"arrays": ".npz", "cycles": ".exr", "ours": ".npz"}


def find_blender(python: str) -> str:
    """Return the path of an interpreter that can import `bpy`.

    Raises:
        MissingPart: there is no such interpreter, or it cannot; the message says how to get one.
    """
    remedy = (
        "Blender comes as a Python module for one version of Python each (bpy 4.5: Python 3.11). Make a place for it, "
        "`python3.11 -m venv blender && blender/bin/pip install bpy`, and give --blender-python blender/bin/python"
    )
    path = shutil.which(python)
    if path is None:
        raise MissingPart(f"{python}: no such program. {remedy}")
    tried = subprocess.run([path, "-c", "import bpy, mathutils"], capture_output=True, text=True, check=False)
    if tried.returncode:
        lines = tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"]
        raise MissingPart(f"{python} cannot import bpy ({lines[-1]}). {remedy}")
    return path


def run(python: str, script: str, job: Mapping[str, Any], out: Path, more: Mapping[str, str]) -> dict[str, Any]:
    """Run one of this folder's scripts on `job` in a process of its own, and return what it wrote.

    Raises:
        RenderFailed: it stopped; its log is named and its last line told.
    """
    name = Path(script).stem
    result, log = out / f"{name}.json", out / f"{name}.log"
    result.unlink(missing_ok=True)
    write_json(out / f"{name}_job.json", {**job, "result": str(result)})
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **more}
    with log.open("w", encoding="utf-8") as file:
        command = [python, str(HERE / script), str(out / f"{name}_job.json")]
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environment, check=False).returncode
    if code or not result.exists():
        last = (log.read_text("utf-8", "replace").strip().splitlines() or ["nothing written"])[-1]
        raise RenderFailed(f"{script} stopped with exit code {code}: {last}; all it wrote is in {log}")
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    return found


def seconds_of(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    """Bring together what the two processes wrote: by scene, processor seconds of each of `STAGES`.

    Raises:
        ValueError: they did not render the same scenes.
    """
    mine = {row["index"]: row for row in ours["rows"]}
    other = {row["index"]: row for row in theirs["rows"]}
    if list(mine) != list(other):
        raise ValueError(f"scenes {list(other)} and {list(mine)} were rendered, expected the same")
    values = {i: (other[i]["data blocks"], other[i]["render"], mine[i]["render"], mine[i]["making"]) for i in mine}
    return {i: dict(zip(STAGES, (round(v, 3) for v in row), strict=True)) for i, row in values.items()}


def ratio(row: Mapping[str, float]) -> float:
    """Processor time of Cycles over ours, of a scene in a round; the making of shapes and textures is in neither."""
    return (row[STAGES[0]] + row[STAGES[1]]) / row[STAGES[2]]


def cost_table(facts: Mapping[int, Mapping[str, Any]], rounds: Sequence[Mapping[int, Mapping[str, float]]]) -> str:
    """Return Markdown: processor seconds by stage and scene, each round's, and Cycles over here."""
    lines = [f"| processor seconds, {len(rounds)} rounds |{_names(facts)}", "|---|" + "---:|" * len(facts)]
    for stage in STAGES:
        cells = (", ".join(f"{row[i][stage]:.2f}" for row in rounds) for i in facts)
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    cells = (", ".join(f"{ratio(row[i]):.1f}" for row in rounds) for i in facts)
    return "\n".join([*lines, f"| Cycles over here, without the making | {' | '.join(cells)} |"]) + "\n"


def agreement_table(facts: Mapping[int, Mapping[str, Any]], found: Mapping[int, Mapping[str, float]]) -> str:
    """Return Markdown: what is in each scene, and the figures of `agreement.Agreement`."""
    lines = [f"| |{_names(facts)}", "|---|" + "---:|" * len(facts)]
    for name in ("materials", "triangles", "lights"):
        lines.append(f"| {name} | {' | '.join(f'{row[name]:,}' for row in facts.values())} |")
    for title, name, form in _MEASURES:
        lines.append(f"| {title} | {' | '.join(form.format(found[i][name]) for i in facts)} |")
    return "\n".join(lines) + "\n"


_MEASURES = (
    ("mean radiance, Cycles over here", "radiance", "{:.4f}"),
    ("pixels compared", "compared", "{:.1%}"),
    ("angle between the normals, median", "median", "{:.2f}°"),
    ("mean", "mean", "{:.2f}°"),
    ("90 in 100 are below", "ninety", "{:.2f}°"),
    ("mean, to ours without bump", "unbumped_mean", "{:.2f}°"),
    ("normals of Cycles shorter than 0.9", "short", "{:.2%}"),
)


def _names(facts: Mapping[int, Mapping[str, Any]]) -> str:
    return "".join(f" {row['family']} ({index}) |" for index, row in facts.items())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for scenes, pictures and compare.json")
    parser.add_argument("--blender-python", default=sys.executable, help="a Python with bpy [default: this one]")
    parser.add_argument("--index", type=int, nargs="+", default=[1, 10], help="scenes of the seed")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--recipe", default="plate_normals")
    parser.add_argument("--size", type=int, default=256, help="pixels along each side")
    parser.add_argument("--samples", type=int, default=16, help="paths a pixel")
    parser.add_argument("--bounces", type=int, default=5, help="as in `platelight generate`")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--variant", default="auto", help="of our renderer")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
