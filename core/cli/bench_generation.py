"""How fast scenes become training pairs, by stage, beside the path tracing of their beauty alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.bench.row import LeftOut, Row, Settings, compared

__all__ = ["measure_generation", "stage_rows"]

_BEAUTY = "beauty"


def measure_generation(settings: Settings) -> Iterator[Row | LeftOut]:
    """Build scenes of the shipped recipe as `platelight generate` does, and yield the rows of `stage_rows`.

    The first scene of each worker is left out: kernels are compiled for it. So is the start of the workers.

    Raises:
        ModuleNotFoundError, MissingPart: the renderer is not installed, or does not work.
        RenderFailed, DiskFull: as the build.
    """
    from scene_generator.recipe import load_recipe
    from scene_generator.renderers import RenderSettings
    from scene_generator.renderers.variant import choose_variant
    from scene_generator.sets.build import build
    from scene_generator.sets.plan import BuildPlan
    from scene_generator.sets.timings import read_timings

    variant, warning = choose_variant()
    if warning:
        yield LeftOut("generation", "the fast renderer", warning)
    workers = 1 if settings.quick else settings.threads
    count, size, samples = (3, 32, 2) if settings.quick else (30 * workers, 256, 16)
    picture = RenderSettings(width=size, height=size, samples=samples, passes=("beauty", "normal"))
    folder = settings.folder / "scenes"
    build(BuildPlan(load_recipe("plate_normals"), 0, count, picture, variant, workers=workers), folder)
    yield from stage_rows(_settled(read_timings(folder / "timings.jsonl")), workers, size, samples)


def stage_rows(timings: Sequence[Mapping[str, Any]], workers: int, size: int, samples: int) -> Iterator[Row]:
    """Yield the pairs an hour of busy workers beside the beauty alone, then each stage as a share of a whole pair.

    Args:
        timings: lines of a set's `timings.jsonl`, seconds.
        workers: processes that worked at once.
        size: pixels along each side, for the words.
        samples: paths a pixel, for the words.
    """
    if not timings:
        return
    whole = [row["seconds"] / row["frames"] for row in timings]
    names = dict.fromkeys(stage for row in timings for stage in row["stages"])
    stages = {name: [row["stages"].get(name, 0.0) / row["frames"] for row in timings] for name in names}
    stages["other"] = [
        max(seconds - sum(times[index] for times in stages.values()), 0.0) for index, seconds in enumerate(whole)
    ]
    beauty = stages.get(_BEAUTY)
    what = f"pair {size}x{size}, {samples} paths, {workers} at once"
    if beauty and min(beauty) > 0.0:
        hourly = 3600.0 * workers
        yield compared("generation", what, whole, "path tracing of the beauty alone", beauty, hourly, "pairs/h")
    mean = sum(whole) / len(whole)
    for name, times in stages.items():
        cost = sum(times) / len(times)
        share = cost / mean
        yield Row(
            "generation", f"- {name}", 1e3 * cost, "ms", "whole pair", 1e3 * mean, share, share, share, len(times)
        )


def _settled(timings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All but the first scene of each process."""
    seen: set[int] = set()
    later = []
    for row in timings:
        if row["pid"] in seen:
            later.append(row)
        seen.add(row["pid"])
    return later
