"""What a frame costs by size and samples, what bounds it, and how many kernels fresh scenes compile.

`generation.py` runs `measure` in a process of its own, with one thread as a worker has, and an empty folder for
compiled kernels, so that "compiled" means compiled and not left over from an earlier run.
"""

from __future__ import annotations

import importlib
import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.image import encode_exr
from scene_generator.recipe import Recipe
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.renderers.passes import SUBPIXELS
from scene_generator.sample import sample_scene
from scene_generator.spec import SceneSpec
from scene_generator.validate import checks

SETTLED = 10
"""Fresh scenes after which hardly anything should be compiled any more."""

HIT_BYTES = 6 * 4 + 8 + 8 + 3 * 4
"""Bytes that a subpixel of the data passes costs at least: six floats from the renderer, two indices, a position."""


@dataclass(frozen=True)
class Sweep:
    """What to measure."""

    recipe: Recipe
    seed: int
    variant: str
    settings: RenderSettings
    """Of the fresh scenes; the sweep takes all but size and samples from it."""
    sizes: tuple[int, ...]
    """Pixels along each side."""
    samples: tuple[int, ...]
    """Paths a pixel."""
    scenes: int
    """At most so many scenes, each of another family."""
    fresh: int
    """Scenes that the kernels are counted over."""
    cache: str
    """An empty folder for compiled kernels."""


def measure(sweep: Sweep) -> dict[str, Any]:
    """Return kernels by fresh scene, times by size and samples, and the cost model.

    To be called in a process that has not loaded Dr.Jit: it reads the folder's name when it is loaded.

    Raises:
        MissingPart: the renderer is not installed.
        RenderFailed: it refuses a scene.
    """
    os.makedirs(sweep.cache, exist_ok=True)
    os.environ["DRJIT_CACHE_DIR"] = sweep.cache
    renderer = MitsubaRenderer(sweep.variant, sweep.recipe.texture_size, threads=1)
    kernels = _Kernels(sweep.variant)
    fresh = [_fresh(renderer, kernels, sweep, index) for index in range(sweep.fresh)]
    rows: list[dict[str, Any]] = []
    chosen = _one_of_each_family(sweep)
    for size in sweep.sizes:
        settings = replace(sweep.settings, width=size, height=size)
        renderer.render(chosen[0][0], replace(settings, samples=sweep.samples[0]))  # warms this size up
        for samples in sweep.samples:
            for spec, drawing in chosen:
                rows.append(_timed(renderer, kernels, spec, drawing, replace(settings, samples=samples)))
    return {
        "renderer": renderer.version,
        "settings": {"denoise": sweep.settings.denoise, "passes": list(sweep.settings.passes)},
        "fresh": fresh,
        "rows": rows,
        "model": cost_model(rows),
        "stage_models": {stage: cost_model(rows, stage) for stage in rows[0]["stages"]},
        "physics": _physics(rows, sweep),
    }


def cost_model(rows: Sequence[Mapping[str, Any]], stage: str = "") -> dict[str, float]:
    """Return seconds = a + b pixels + c paths by least squares of relative errors; paths are pixels times samples.

    Args:
        rows: size (pixels along each side), samples, seconds and stages of one frame each; at least two sizes and two
            numbers of samples.
        stage: fit this stage's seconds instead of the whole, weighted as the whole is.

    Returns:
        constant_ms, pixel_ns, path_ns, and error, the root mean square of what is left, as a share of `seconds`.
    """
    pixels = np.array([row["size"] ** 2 for row in rows], np.float64)
    samples = np.array([row["samples"] for row in rows], np.float64)
    whole = np.array([row["seconds"] for row in rows], np.float64)
    seconds = np.array([row["stages"].get(stage, 0.0) for row in rows]) if stage else whole
    terms = np.stack([np.ones_like(pixels), pixels, pixels * samples], 1) / whole[:, None]
    scale = np.linalg.norm(terms, axis=0)  # pixels and paths are millions of times the constant
    found, *_ = np.linalg.lstsq(terms / scale, seconds / whole, rcond=None)
    left = (terms / scale) @ found - seconds / whole
    a, b, c = found / scale
    error = float(np.sqrt(np.mean(left**2)))
    return {"constant_ms": 1e3 * float(a), "pixel_ns": 1e9 * float(b), "path_ns": 1e9 * float(c), "error": error}


class _Kernels:
    """Counts kernels since it was last asked; Dr.Jit keeps a history of launches. Scalar variants have none."""

    def __init__(self, variant: str) -> None:
        self._drjit: Any = importlib.import_module("drjit") if variant.startswith("llvm") else None
        if self._drjit is not None:
            self._drjit.set_flag(self._drjit.JitFlag.KernelHistory, True)
        self.since()

    def since(self) -> dict[str, float]:
        """Return launched, compiled, from_disk and compile_ms."""
        history = self._drjit.kernel_history() if self._drjit is not None else []
        launched = [entry for entry in history if "cache_hit" in entry]
        new = [entry for entry in launched if not entry["cache_hit"]]
        compiled = [entry for entry in new if not entry["cache_disk"]]
        spent = sum(entry["codegen_time"] + entry["backend_time"] for entry in compiled)
        counts = {"launched": len(launched), "compiled": len(compiled), "from_disk": len(new) - len(compiled)}
        return {**counts, "compile_ms": round(spent, 1)}


def _fresh(renderer: MitsubaRenderer, kernels: _Kernels, sweep: Sweep, index: int) -> dict[str, Any]:
    spec = sample_scene(sweep.recipe, sweep.seed, index)
    kernels.since()
    started = time.perf_counter()
    renderer.render(spec, sweep.settings)
    seconds = time.perf_counter() - started
    return {"index": index, "family": spec.family, "seconds": seconds, **kernels.since()}


def _one_of_each_family(sweep: Sweep) -> list[tuple[SceneSpec, float]]:
    """Return the first scene of each family and the seconds that drawing it took."""
    found: dict[str, tuple[SceneSpec, float]] = {}
    wanted = min(sweep.scenes, len({share.name for share in sweep.recipe.families}))
    index = 0
    while len(found) < wanted:
        started = time.perf_counter()
        spec = sample_scene(sweep.recipe, sweep.seed, index)
        found.setdefault(spec.family, (spec, time.perf_counter() - started))
        index += 1
    return list(found.values())


def _timed(
    renderer: MitsubaRenderer, kernels: _Kernels, spec: SceneSpec, drawing: float, settings: RenderSettings
) -> dict[str, Any]:
    again = 0
    while True:
        kernels.since()
        computing, started = time.process_time(), time.perf_counter()
        frame = renderer.render(spec, settings)
        rendered = time.perf_counter() - started
        if not kernels.since()["compiled"] or again == 3:
            break
        again += 1  # a kernel that was compiled just now is not part of what a frame costs
    stages = {"draw": drawing, **frame.seconds, "free memory": rendered - sum(frame.seconds.values())}
    started = time.perf_counter()
    checks(frame, spec)
    gated = time.perf_counter()
    encode_exr(frame.image(), channel_dtypes=Frame.channel_dtypes(frame.passes))
    stages |= {"gate": gated - started, "encode": time.perf_counter() - gated}
    cpu = drawing + time.process_time() - computing
    where = {"family": spec.family, "size": settings.width, "samples": settings.samples, "repeated": again}
    return {**where, "seconds": sum(stages.values()), "cpu": cpu, "stages": stages}


def _physics(rows: Sequence[Mapping[str, Any]], sweep: Sweep) -> dict[str, float]:
    def total(*stages: str) -> float:
        return sum(float(row["stages"].get(stage, 0.0)) for row in rows for stage in stages)

    pixels = sum(row["size"] ** 2 for row in rows)
    paths = sum(row["size"] ** 2 * row["samples"] for row in rows)
    # A path has at most bounces + 1 segments, and a shadow ray at each of its vertices but the last.
    longest = 2 * sweep.settings.bounces + 1
    moved = 2 * HIT_BYTES * SUBPIXELS**2 * pixels
    return {
        "paths_per_second": paths / total("beauty"),
        "most_rays_a_path": longest,
        "most_rays_per_second": longest * paths / total("beauty"),
        "hits_per_second": SUBPIXELS**2 * pixels / total("hits"),
        "data_bytes_a_pixel": moved / pixels,
        "data_bytes_per_second": moved / total("hits", "data passes"),
        "copy_bytes_per_second": _copy_speed(),
    }


def _copy_speed() -> float:
    source = np.ones(16 << 20, np.float32)
    target, best = np.empty_like(source), float("inf")
    for _ in range(5):
        started = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - started)
    return 2 * source.nbytes / best


def markdown(measured: Mapping[str, Any]) -> str:
    """Return the tables of what `measure` returned."""
    return "\n".join([*_speed_table(measured), *_model_table(measured), *_physics_text(measured), *_kernels(measured)])


def _speed_table(measured: Mapping[str, Any]) -> list[str]:
    rows, stages = measured["rows"], list(measured["rows"][0]["stages"])
    groups: defaultdict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["size"], row["samples"]].append(row)
    families = list(dict.fromkeys(row["family"] for row in rows))
    lines = [
        f"## One frame, one thread, by size and samples: ms, mean of {len(families)} scenes ({', '.join(families)})",
        "",
        "| size | samples | frames an hour | all | CPU | " + " | ".join(stages) + " |",
        "|---:|---:|---:|---:|---:|" + "---:|" * len(stages),
    ]
    for (size, samples), group in groups.items():
        mean = sum(row["seconds"] for row in group) / len(group)
        means = [1e3 * sum(row["stages"].get(stage, 0.0) for row in group) / len(group) for stage in stages]
        times = " | ".join(f"{value:.0f}" for value in means)
        cpu = 1e3 * sum(row["cpu"] for row in group) / len(group)
        lines.append(f"| {size} | {samples} | {3600 / mean:,.0f} | {1e3 * mean:.0f} | {cpu:.0f} | {times} |")
    return [
        *lines,
        "",
        '"all" is by the clock, "CPU" what was computed meanwhile on all cores; they differ where other work runs, or '
        f"a library takes more threads. Timed again because a kernel was compiled: {sum(r['repeated'] for r in rows)}.",
        "",
    ]


def _model_table(measured: Mapping[str, Any]) -> list[str]:
    models = {"all": measured["model"], **measured["stage_models"]}
    lines = [
        "### What it scales with: seconds = a + b pixels + c pixels x samples",
        "",
        "| stage | a, ms a frame | b, ns a pixel | c, ns a path | error, of the whole |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, fit in models.items():
        values = f"{fit['constant_ms']:.1f} | {fit['pixel_ns']:.0f} | {fit['path_ns']:.0f} | {fit['error']:.0%}"
        lines.append(f"| {name} | {values} |")
    size, samples = 256, 16
    fit = models["all"]
    parts = {
        "constant": fit["constant_ms"],
        "by pixel": fit["pixel_ns"] * size**2 / 1e6,
        "by path": fit["path_ns"] * size**2 * samples / 1e6,
    }
    shares = ", ".join(f"{name} {value:.0f} ms" for name, value in parts.items())
    return [*lines, "", f"At {size}x{size} and {samples} paths a pixel the model says: {shares}.", ""]


def _physics_text(measured: Mapping[str, Any]) -> list[str]:
    facts = measured["physics"]
    share = facts["data_bytes_per_second"] / facts["copy_bytes_per_second"]
    return [
        "### What bounds it",
        "",
        f"- Beauty: {facts['paths_per_second'] / 1e6:.2f} million paths a second on one thread, each of at most "
        f"{facts['most_rays_a_path']:.0f} rays (segments and shadow rays; roulette ends many sooner): at most "
        f"{facts['most_rays_per_second'] / 1e6:.1f} million rays a second.",
        f"- Hits: {facts['hits_per_second'] / 1e6:.2f} million rays a second, one for each of {SUBPIXELS**2} subpixels "
        "of a pixel.",
        f"- Hits and data passes write and read at least {facts['data_bytes_a_pixel']:.0f} bytes a pixel, "
        f"{facts['data_bytes_per_second'] / 1e6:.0f} MB a second; this machine copies "
        f"{facts['copy_bytes_per_second'] / 1e6:.0f} MB a second, so {share:.1%} of that: "
        f"{'arithmetic and look-ups bound them, not memory' if share < 0.3 else 'memory bounds them'}.",
        "",
    ]


def _kernels(measured: Mapping[str, Any]) -> list[str]:
    fresh = measured["fresh"]
    late = [row for row in fresh[SETTLED:] if row["compiled"]]
    spent = sum(row["compile_ms"] for row in fresh)
    lines = [
        f"### Kernels over {len(fresh)} fresh scenes, starting with an empty cache",
        "",
        f"{sum(row['launched'] for row in fresh)} launched, {sum(row['compiled'] for row in fresh)} compiled "
        f"({spent / 1e3:.1f} s once a machine), "
        f"{sum(row['compiled'] for row in fresh[:SETTLED])} of them in the first {SETTLED} scenes.",
        "",
        "| scene | family | kernels launched | compiled | compiling, ms | scene, ms |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for row in [*fresh[:SETTLED], *late]:
        lines.append(
            f"| {row['index']} | {row['family']} | {row['launched']} | {row['compiled']} | {row['compile_ms']:.0f} | "
            f"{1e3 * row['seconds']:.0f} |"
        )
    silent = max(0, len(fresh) - SETTLED) - len(late)
    return [*lines, "", f"{silent} of the {max(0, len(fresh) - SETTLED)} scenes after these compiled nothing.", ""]
