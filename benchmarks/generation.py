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
import os
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from generation_speed import Sweep, markdown, measure

from core.atomic import write_json
from scene_generator.build import BuildPlan, build
from scene_generator.recipe import load_recipe
from scene_generator.records import Failure
from scene_generator.render_one import EveryDrawRejected, render_one
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.variant import choose_variant
from scene_generator.timings import read_timings
from scene_generator.worker_process import load_renderer, resident_mb

PAIRS_AN_HOUR = 1500.0
GROWTH = 0.20
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
        print(_set_tables(result["set"], plan), flush=True)
        if options.no_recycle:
            result["no_recycle"] = memory({0: _apart(_alone, plan)}, options.window)
            print(_memory_tables("One process, never recycled", result["no_recycle"]), flush=True)
    if options.only != "set":
        result["speed"] = _apart(measure, _sweep(options, variant))
        print(markdown(result["speed"]), flush=True)
    result["machine"]["load_end"] = _load()
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
        vars(options).update(small, sizes=(16, 32), paths=(1, 4), fresh=4, scenes=2)
    return options


def _plan(options: argparse.Namespace, variant: str) -> BuildPlan:
    return BuildPlan(
        load_recipe(options.recipe), options.seed, options.count, _settings(options), variant, workers=options.workers
    )


def _sweep(options: argparse.Namespace, variant: str) -> Sweep:
    cache = str(options.out / "kernels")
    recipe = load_recipe(options.recipe)
    return Sweep(
        recipe, options.seed, variant, _settings(options), options.sizes, options.paths, options.scenes, options.fresh, cache
    )  # fmt: skip


def _settings(options: argparse.Namespace) -> RenderSettings:
    passes = tuple(name.strip() for name in options.passes.split(","))
    return RenderSettings(
        width=options.size, height=options.size, samples=options.samples, denoise=options.denoise, passes=passes
    )


def _apart(function: Callable[[Any], Any], argument: Any) -> Any:
    """Return `function(argument)` of a fresh process: a variant is one a process, and memory is to start at nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, argument).result()


# ---- the set -----------------------------------------------------------------------------------------------------


def measure_set(plan: BuildPlan, folder: Path, window: int) -> dict[str, Any]:
    """Build `plan` in `folder` and return rates, stages and memory; what `summary` and `memory` return, in one.

    Args:
        window: scenes in a line of the memory table.

    Raises:
        PlatelightError: what `build` raises.
    """
    failures: list[Failure] = []
    started = time.monotonic()
    built = build(plan, folder, on_failure=failures.append)
    whole = time.monotonic() - started
    rows = read_timings(folder / "timings.jsonl")
    series: defaultdict[int, list[float]] = defaultdict(list)
    for row in rows:
        series[row["pid"]].append(row["rss_mb"])
    return {
        **summary(rows, built.seconds, plan.workers, [(f.family, f.attempts) for f in failures]),
        "memory": memory(series, window, [row["rss_mb"] for row in rows]),
        "seconds_with_report": whole,
    }


def summary(
    rows: Sequence[Mapping[str, Any]], seconds: float, workers: int, failed: Iterable[tuple[str, int]] = ()
) -> dict[str, Any]:
    """Return rates overall and by family.

    Args:
        rows: lines of `timings.jsonl`, one for each accepted scene.
        seconds: that the build took, on the wall.
        workers: processes that it had.
        failed: family and number of draws of each scene that was given up.

    Returns:
        pairs_per_hour of the run; family_mean, the mean of the families' rates; family_harmonic, the rate of a set with
        equally many pairs of each; busy, the share of the workers' time spent on accepted scenes; families by name, with
        mean seconds a pair (rejected draws included), and by stage. "other" is what no stage counts: drawing the scene,
        the gate, rejected thumbnails.
    """
    groups: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    lost: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        groups[row["family"]].append(row)
    for family, draws in failed:
        lost[family] += draws
    busy = sum(row["seconds"] for row in rows) / (workers * seconds)
    families = {name: _family(groups[name], lost[name], busy * workers) for name in sorted(groups)}
    rates = [facts["pairs_per_hour"] for facts in families.values()]
    return {
        "accepted": len(rows),
        "failed": dict(lost),
        "seconds": seconds,
        "workers": workers,
        "busy": busy,
        "pairs_per_hour": 3600 * sum(row["frames"] for row in rows) / seconds,
        "family_mean": statistics.fmean(rates),
        "family_harmonic": statistics.harmonic_mean(rates),
        "families": families,
    }


def _family(rows: Sequence[Mapping[str, Any]], lost: int, at_once: float) -> dict[str, Any]:
    pairs = sum(row["frames"] for row in rows)
    draws = sum(row["draws"] for row in rows) + lost
    names = dict.fromkeys(stage for row in rows for stage in row["stages"])
    stages = {name: sum(row["stages"].get(name, 0.0) for row in rows) / pairs for name in names}
    each = sum(row["seconds"] for row in rows) / pairs
    return {
        "pairs": pairs,
        "pairs_per_hour": 3600 * at_once / each,
        "seconds": each,
        "rejected_share": (draws - len(rows)) / draws,
        "stages": {**stages, "other": each - sum(stages.values())},
    }


def _alone(plan: BuildPlan) -> list[float]:
    """Return the resident memory, MiB, after each scene of `plan`, all made in this process."""
    renderer = load_renderer(plan)
    held = []
    for index in plan.indices():
        try:
            render_one(renderer, plan, index)
        except EveryDrawRejected:
            continue
        held.append(round(resident_mb(), 1))
    return held


# ---- memory ------------------------------------------------------------------------------------------------------


def memory(series: Mapping[int, Sequence[float]], window: int, order: Sequence[float] | None = None) -> dict[str, Any]:
    """Return what became of resident memory.

    Args:
        series: MiB after each scene, by process, in the order of its scenes.
        window: scenes in a line.
        order: the same of all processes together, in the order in which scenes were finished.

    Returns:
        windows of `order`; growth, the highest median of a window after the second over the second's, minus 1, and
        growth_of_peaks, the same of the maxima (None with fewer than three windows); workers, one for each process with
        its own windows and leak, the slope of a line through all but its first tenth, MiB a scene.
    """
    whole = list(order) if order is not None else [value for values in series.values() for value in values]
    lines = windows(whole, window)
    return {
        "windows": lines,
        "growth": _growth([line["median"] for line in lines]),
        "growth_of_peaks": _growth([line["max"] for line in lines]),
        "workers": [
            {"scenes": len(values), "leak": _slope(values[len(values) // 10 :]), "windows": windows(values, window)}
            for values in series.values()
        ],
    }


def windows(values: Sequence[float], size: int) -> list[dict[str, float]]:
    """Return first, last (from 1), min, median and max of each full window of `size` values.

    What is left over joins the last window; fewer than `size` values are one window.
    """
    count = max(1, len(values) // size) if values else 0
    lines = []
    for k in range(count):
        part = values[k * size : (k + 1) * size if k < count - 1 else len(values)]
        numbers = {"min": min(part), "median": statistics.median(part), "max": max(part)}
        lines.append({"first": k * size + 1, "last": k * size + len(part), **numbers})
    return lines


def _growth(values: Sequence[float]) -> float | None:
    return max(values[2:]) / values[1] - 1 if len(values) > 2 else None


def _slope(values: Sequence[float]) -> float | None:
    return statistics.linear_regression(range(len(values)), values).slope if len(values) > 2 else None


def judge(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a verdict on each of the two figures: what, measured, wanted, passed."""
    rate, growth = measured["family_mean"], measured["memory"]["growth"]
    return [
        {
            "what": "accepted pairs an hour, averaged over the families",
            "measured": f"{rate:,.0f}",
            "wanted": f"at least {PAIRS_AN_HOUR:,.0f}",
            "passed": rate >= PAIRS_AN_HOUR,
        },
        {
            "what": "growth of resident memory after the first window",
            "measured": "unknown: too few scenes" if growth is None else f"{growth:+.1%}",
            "wanted": f"at most {GROWTH:+.0%}",
            "passed": growth is not None and growth <= GROWTH,
        },
    ]


# ---- the machine -------------------------------------------------------------------------------------------------


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
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes")
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return {"cpu": model, "cores": usable, "system": system, "date": date, "load_start": _load()}


def _load() -> list[float]:
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []


def _busy(facts: Mapping[str, Any]) -> str:
    load, cores = facts["load_start"], facts["cores"]
    if load and load[0] > 0.5 * cores:
        return f"load average {load[0]} on {cores} cores: other work is running, and every time below is too long"
    return ""


def _described(facts: Mapping[str, Any]) -> str:
    return f"{facts['cores']} cores of {facts['cpu']}, {facts['system']}, load average {facts['load_start']}"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


# ---- tables ------------------------------------------------------------------------------------------------------


def _set_tables(measured: Mapping[str, Any], plan: BuildPlan) -> str:
    stages = dict.fromkeys(name for facts in measured["families"].values() for name in facts["stages"])
    settings = plan.settings
    lines = [
        f"## {measured['accepted']} scenes, {settings.width}x{settings.height}, {settings.samples} paths a pixel, "
        f"{'denoised' if settings.denoise else 'not denoised'}, {'+'.join(settings.passes)}, {plan.workers} workers",
        "",
        f"{measured['pairs_per_hour']:,.0f} pairs an hour as the recipe mixes them; mean of the families "
        f"{measured['family_mean']:,.0f}; equally many of each {measured['family_harmonic']:,.0f}. Workers were busy "
        f"{measured['busy']:.0%} of {measured['seconds']:.0f} s; with manifest and report "
        f"{measured['seconds_with_report']:.0f} s.",
        "",
        "| family | pairs | an hour | rejected | ms a pair | " + " | ".join(stages) + " |",
        "|---|" + "---:|" * (4 + len(stages)),
    ]
    for name, facts in measured["families"].items():
        times = " | ".join(f"{1000 * facts['stages'].get(stage, 0.0):.0f}" for stage in stages)
        lines.append(
            f"| {name} | {facts['pairs']} | {facts['pairs_per_hour']:,.0f} | {facts['rejected_share']:.1%} | "
            f"{1000 * facts['seconds']:.0f} | {times} |"
        )
    if measured["failed"]:
        lines += ["", f"Draws of scenes that were given up: {measured['failed']}"]
    return "\n".join(lines) + "\n\n" + _memory_tables("Workers recycled as shipped", measured["memory"])


def _memory_tables(title: str, facts: Mapping[str, Any]) -> str:
    grown = {name: facts[name] for name in ("growth", "growth_of_peaks")}
    text = {name: "unknown" if value is None else f"{value:+.1%}" for name, value in grown.items()}
    lines = [
        f"### {title}: resident memory of a worker after each scene, MiB",
        "",
        f"Growth after the first window: {text['growth']} of the median, {text['growth_of_peaks']} of the maximum.",
        "",
        "| scenes | min | median | max |",
        "|---|---:|---:|---:|",
        *map(_window, facts["windows"]),
    ]
    if len(facts["workers"]) > 1:
        lines += ["", "| process | scenes | leak, MiB a scene | min/median/max by window |", "|---|---:|---:|---|"]
    for k, worker in enumerate(facts["workers"] if len(facts["workers"]) > 1 else []):
        series = "; ".join(f"{w['min']:.0f}/{w['median']:.0f}/{w['max']:.0f}" for w in worker["windows"])
        leak = "" if worker["leak"] is None else f"{worker['leak']:+.2f}"
        lines.append(f"| {k + 1} | {worker['scenes']} | {leak} | {series} |")
    return "\n".join(lines) + "\n"


def _window(line: Mapping[str, float]) -> str:
    return f"| {line['first']}-{line['last']} | {line['min']:.0f} | {line['median']:.0f} | {line['max']:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
