"""A whole set: pairs an hour by family and stage, and resident memory from scene to scene.

What is measured is what `platelight generate` does: the same build, with the set's own `timings.jsonl` for times.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scene_generator.pool.process import load_renderer, resident_mb
from scene_generator.pool.render_one import EveryDrawRejected, render_one
from scene_generator.sets.build import build
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Failure
from scene_generator.sets.timings import read_timings

PAIRS_AN_HOUR = 1500.0
"""Least accepted pairs an hour, mean of the families."""

GROWTH = 0.20
"""Most that memory may grow after the first window, as a share."""


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
        pairs_per_hour of the run; family_mean, the mean of the families' rates; family_harmonic, the rate of a set
        with equally many pairs of each; busy, the share of the workers' time spent on accepted scenes; failed, draws of
        scenes that were given up, by family; families by name, with mean seconds a pair (rejected draws included), and
        by stage. "other" is what no stage counts: drawing the scene, the gate, rejected thumbnails.
    """
    groups: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    lost: Counter[str] = Counter()
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


def alone(plan: BuildPlan) -> list[float]:
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


def set_tables(measured: Mapping[str, Any], plan: BuildPlan) -> str:
    """Return Markdown of what `measure_set` returned."""
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
    return "\n".join(lines) + "\n\n" + memory_tables("Workers recycled as shipped", measured["memory"])


def memory_tables(title: str, facts: Mapping[str, Any]) -> str:
    """Return Markdown of what `memory` returned."""
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
