"""How fast scenes become training pairs, whether memory stays flat over many of them, and what bounds the speed.

    .venv/bin/python benchmarks/generation.py --out DIR [--no-recycle] [--only set|speed] [--quick]

"set" builds 500 scenes of the shipped recipe as `platelight generate --passes beauty,normal --workers 2` would, and
reads the times and the memory from the set's own `timings.jsonl`. "speed" times single frames in one process by size
and samples, and counts the kernels that are compiled: see `generation_speed.py`. Markdown goes to the output, all
figures to DIR/generation.json. The exit code is 1 where one of these is missed:

- 1,500 accepted pairs an hour, averaged over the families. A family's rate is what the workers would make if every
  scene were of it, at the share of the time in which they rendered during this run.
- Memory flat within 20 % after the first 50 scenes: no later window of 50 scenes has a median resident memory of a
  worker that is more than 20 % above that of scenes 51 to 100.

With `--no-recycle` the same scenes are made once more in one process that is never replaced, which shows what the
libraries leak. `--quick` does a small version that judges nothing. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from generation_set import alone, judge, measure_set, memory, memory_tables, set_tables
from generation_speed import Sweep, markdown, measure

from core.atomic import write_json
from core.bench.machine import load_averages
from core.cores import usable_cores
from scene_generator.recipe import load_recipe
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.variant import choose_variant
from scene_generator.sets.plan import BuildPlan

WINDOW = 50
"""Scenes whose memory is summed up in one line; the first window is warming up."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables and write DIR/generation.json; 0, or 1 where a figure is missed."""
    options = _options(arguments)
    out: Path = options.out
    if (out / "set").exists():
        print(f"{out / 'set'} is there already and would be resumed; choose another --out", file=sys.stderr)
        return 2
    variant, warning = choose_variant(options.variant)
    result: dict[str, Any] = {"machine": {**machine(), "variant": variant}, "options": _plain(vars(options))}
    print(f"{_described(result['machine'])}\n")
    for line in (warning, _busy(result["machine"])):
        if line:
            print(f"WARNING: {line}\n", flush=True)
    if options.only != "speed":
        plan = _plan(options, variant)
        result["set"] = measure_set(plan, out / "set", options.window)
        print(set_tables(result["set"], plan), flush=True)
        if options.no_recycle:
            result["no_recycle"] = memory({0: _apart(alone, plan)}, options.window)
            print(memory_tables("One process, never recycled", result["no_recycle"]), flush=True)
    if options.only != "set":
        result["speed"] = _apart(measure, _sweep(options, variant))
        print(markdown(result["speed"]), flush=True)
    result["machine"]["load_end"] = load_averages()
    verdicts = [] if options.only == "speed" else judge(result["set"])
    result["verdicts"] = [] if options.quick else verdicts
    result["passed"] = None if options.quick or options.only == "speed" else all(v["passed"] for v in verdicts)
    write_json(out / "generation.json", result)
    for verdict in verdicts:
        word = "not judged (--quick)" if options.quick else "PASS" if verdict["passed"] else "FAIL"
        print(f"{word}: {verdict['what']}: {verdict['measured']}, wanted {verdict['wanted']}")
    print(f"load average at the end {result['machine']['load_end']}; {out / 'generation.json'}")
    return 1 if result["passed"] is False else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed and memory of scene generation, and what bounds it.")
    parser.add_argument("--out", type=Path, required=True, help="folder for generation.json and the rendered set")
    parser.add_argument("--quick", action="store_true", help="a few scenes at 32x32; judges nothing")
    parser.add_argument("--only", choices=("set", "speed"), help="measure one half")
    parser.add_argument("--no-recycle", action="store_true", help="the scenes again, in one process never replaced")
    parser.add_argument("--recipe", default="plate_normals")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=500, help="scenes of the set")
    parser.add_argument("--size", type=int, default=256, help="pixels along each side, in the set")
    parser.add_argument("--samples", type=int, default=16, help="paths a pixel, in the set")
    parser.add_argument("--passes", default="beauty,normal")
    parser.add_argument("--denoise", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--variant", default="auto")
    parser.set_defaults(window=WINDOW, sizes=(128, 256, 512), paths=(4, 16, 64), fresh=60, scenes=10)
    options = parser.parse_args(arguments)
    if options.quick:
        small = {"count": 6, "size": 32, "samples": 2, "window": 2}
        vars(options).update(small, sizes=(16, 32), paths=(1, 4), fresh=3, scenes=1)
    return options


def _plan(options: argparse.Namespace, variant: str) -> BuildPlan:
    return BuildPlan(
        load_recipe(options.recipe), options.seed, options.count, _settings(options), variant, workers=options.workers
    )


def _sweep(options: argparse.Namespace, variant: str) -> Sweep:
    return Sweep(
        load_recipe(options.recipe),
        options.seed,
        variant,
        _settings(options),
        sizes=options.sizes,
        samples=options.paths,
        scenes=options.scenes,
        fresh=options.fresh,
        cache=str(options.out / "kernels"),
    )


def _settings(options: argparse.Namespace) -> RenderSettings:
    passes = tuple(name.strip() for name in options.passes.split(","))
    return RenderSettings(
        width=options.size, height=options.size, samples=options.samples, denoise=options.denoise, passes=passes
    )


def _apart(function: Callable[[Any], Any], argument: Any) -> Any:
    """Return `function(argument)` of a fresh process: a variant is one a process, and memory is to start at nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, argument).result()


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, system, and the load average as the benchmark starts."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes")
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return {"cpu": model, "cores": usable_cores(), "system": system, "date": date, "load_start": load_averages()}


def _busy(facts: Mapping[str, Any]) -> str:
    load, cores = facts["load_start"], facts["cores"]
    if load and load[0] > 0.5 * cores:
        return f"load average {load[0]} on {cores} cores: other work is running, and every time below is too long"
    return ""


def _described(facts: Mapping[str, Any]) -> str:
    return f"{facts['cores']} cores of {facts['cpu']}, {facts['system']}, load average {facts['load_start']}"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


if __name__ == "__main__":
    sys.exit(main())
