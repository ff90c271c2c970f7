"""A look at a recipe before the long run: a few low-cost scenes on one sheet, and what the whole set will take."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio  # noqa: N813

from core.atomic import write_json
from core.cores import usable_cores
from core.errors import RenderFailed
from core.image import SRGB, Image, decode_exr, write_image
from scene_generator.pool.workers import run
from scene_generator.recipe import Recipe
from scene_generator.renderers import RenderSettings
from scene_generator.report.pictures import pair
from scene_generator.sample import family_of
from scene_generator.sets.plan import BuildPlan
from scene_generator.sets.records import Sample, scene_key

SCENES = 16
"""Scenes on the sheet; recipes of more families get one of each."""

FULL_SCENES = 4
"""Scenes that are rendered at full settings too, to tell time and disk."""

COLUMNS = 4
_LEAST_SIDE = 96
_SAMPLES = 4
_LABEL = 16
_MOST_INDICES = 4000


@dataclass(frozen=True)
class Estimate:
    """A number and where it very likely lies: two standard errors of the few scenes it comes from, to either side."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PreviewResult:
    """What the preview showed."""

    picture: Path
    families: tuple[str, ...]
    """Family of each pair of the sheet, row by row."""
    indices: tuple[int, ...]
    """Their sample numbers: the long run makes these scenes too."""
    failed: tuple[str, ...]
    """One line for each scene that could not be made."""
    count: int
    """Samples that the estimates are for."""
    workers: int
    """Processes that they are for; more than there are processors count as that many."""
    pairs_per_hour: Estimate
    """Accepted pairs (frames of sequences) of all workers, rejected draws and packing of EXRs included."""
    hours: Estimate
    disk_bytes: Estimate
    seconds: float
    """How long the preview took."""

    def lines(self) -> list[str]:
        """Return what a terminal should show."""
        mix = ", ".join(f"{name} {number}" for name, number in sorted(Counter(self.families).items()))
        rate, hours = self.pairs_per_hour, self.hours
        size, unit = (1e9, "GB") if self.disk_bytes.value >= 1e9 else (1e6, "MB")
        least, most = self.disk_bytes.low / size, self.disk_bytes.high / size
        disk = f"{self.disk_bytes.value / size:.1f} ({least:.1f} to {most:.1f})"
        return [
            *self.failed,
            f"{len(self.families)} scene{'s' * (len(self.families) != 1)} in {self.seconds:.0f} s ({mix}); "
            f"look at {self.picture}",
            f"about {rate.value:.0f} pairs an hour ({rate.low:.0f} to {rate.high:.0f}) "
            + (f"with {self.workers} workers, if each has" if self.workers > 1 else "with 1 worker, if it has")
            + " a processor to itself",
            f"{self.count} sample{'s' * (self.count != 1)}: about {_duration(hours.value)} "
            f"({_duration(hours.low)} to {_duration(hours.high)}), {disk} {unit}",
        ]


def preview(plan: BuildPlan, folder: Path, full_count: int) -> PreviewResult:
    """Render a few scenes of `plan` small and quickly, and estimate what `full_count` samples of it cost.

    The scenes are the first of each family, in the recipe's proportions but at least one of each. They are rendered
    with a quarter of the size (at least 96 pixels) and 4 samples a pixel; four of them, spread over the range of times,
    also as the plan says. One worker process does it, one scene at a time, so that none slows another down: of the
    plan, `workers` counts in the estimate only, `timeout_s` and `memory_mb` hold as they do in the long run. The
    first scene at either settings loads and compiles what all others use; it is rendered twice, and timed once.

    Args:
        folder: where preview.png and preview.json are written, and nothing else.
        full_count: samples, 1 or more.

    Raises:
        RenderFailed: not one scene could be made, or no worker can start.
        MissingPart: the plan's renderer, or its denoiser, is not installed.
        DiskFull, BadInput: the folder cannot be written.
    """
    started = time.monotonic()
    made, failed = _rendered(cheap(plan), choose(plan.recipe, plan.seed, SCENES))
    if not made:
        raise RenderFailed(f"no scene of the preview could be made; the last: {failed[-1]}")
    pairs = _full_renders(plan, made, failed)
    rate, disk = estimates(plan, made, pairs)
    picture = folder / "preview.png"
    _sheet(made, picture)
    workers = min(plan.workers, usable_cores())
    per_hour = Estimate(*(workers * plan.frames * 3600 / s for s in (rate.value, rate.high, rate.low)))
    result = PreviewResult(
        picture,
        tuple(sample.family for sample in made),
        tuple(sample.index for sample in made),
        tuple(failed),
        full_count,
        plan.workers,
        per_hour,
        _times(rate, full_count / workers / 3600),
        _times(disk, full_count),
        time.monotonic() - started,
    )
    write_json(folder / "preview.json", {**dataclasses.asdict(result), "picture": picture.name})
    return result


def cheap(plan: BuildPlan) -> BuildPlan:
    """Return `plan` with a quarter of the size, but no side below 96 pixels for it, few samples, beauty and normals."""
    return dataclasses.replace(plan, settings=_small_settings(plan, ("beauty", "normal")))


def choose(recipe: Recipe, seed: int, scenes: int) -> list[int]:
    """Return the numbers of the samples to show, by family in the recipe's order: the first ones of each.

    Every family has at least one; beyond that they are shared out by weight (largest remainders). A family too rare to
    turn up among the first few thousand samples is left out.
    """
    weights = {share.name: share.weight for share in recipe.families}
    wanted = _quotas(weights, max(scenes, len(weights)))
    found: dict[str, list[int]] = {name: [] for name in weights}
    for index in itertools.islice(itertools.count(), _MOST_INDICES):
        family = family_of(recipe, seed, index).name
        if len(found[family]) < wanted[family]:
            found[family].append(index)
        if all(len(found[name]) == wanted[name] for name in wanted):
            break
    return [index for indices in found.values() for index in indices]


def estimates(
    plan: BuildPlan, small: Sequence[Sample], pairs: Sequence[tuple[Sample, Sample]]
) -> tuple[Estimate, Estimate]:
    """Return seconds of one worker and bytes on disk for one sample of `plan` at full settings.

    Time at full settings is the time at low ones plus what the `pairs` (low, full) add on average: building a scene
    costs the same in both. Bytes of pictures are proportional. Families count by their weight in the recipe. Without
    pairs the low settings are all that is known, and the estimates are too low.

    Args:
        small: samples at low settings, at least one.
        pairs: the same samples at low and at full settings.
    """
    counted = Counter(sample.family for sample in small)
    shares = {share.name: share.weight for share in plan.recipe.families}
    weight = np.array([shares[sample.family] / counted[sample.family] for sample in small])
    weight = weight / weight.sum()
    families = [sample.family for sample in small]
    seconds, of_seconds = _weighted([float(s.timing["seconds"]) for s in small], weight, families)
    extra = np.array([float(full.timing["seconds"]) - float(low.timing["seconds"]) for low, full in pairs] or [0.0])
    time_error = math.sqrt(of_seconds + _variance(extra))
    # What is written of the scene itself is the same at any size.
    text, of_text = _weighted([_text_bytes(s) for s in small], weight, families)
    pixels, of_pixels = _weighted([_exr_bytes(s) for s in small], weight, families)
    factor = np.array([_exr_bytes(full) / _exr_bytes(low) for low, full in pairs] or [1.0])
    frames = plan.frames if pairs else 1
    size = pixels * float(factor.mean()) + text * frames
    of_size = of_pixels * float(factor.mean()) ** 2 + _variance(factor) * pixels**2 + of_text * frames**2
    return _around(seconds + float(extra.mean()), 2 * time_error), _around(size, 2 * math.sqrt(of_size))


def _rendered(plan: BuildPlan, indices: Sequence[int]) -> tuple[list[Sample], list[str]]:
    """Return the samples `indices` in order, and a line for each that could not be made."""
    made: list[Sample] = []
    failed: list[str] = []
    # The first one twice: what its worker has to load and compile would be taken for its cost.
    with contextlib.closing(run(dataclasses.replace(plan, workers=1), [indices[0], *indices])) as outcomes:
        for outcome in itertools.islice(outcomes, 1, None):
            if isinstance(outcome, Sample):
                made.append(outcome)
            else:
                failed.append(f"sample {scene_key(outcome.index)}: {outcome.reason}")
    return made, failed


def _full_renders(plan: BuildPlan, small: Sequence[Sample], failed: list[str]) -> list[tuple[Sample, Sample]]:
    by_time = sorted(small, key=lambda sample: float(sample.timing["seconds"]))
    few = min(FULL_SCENES, len(by_time))
    # The middles of equal parts of the range of times: neither only fast scenes nor only slow ones.
    middles = [by_time[(2 * k + 1) * len(by_time) // (2 * few)] for k in range(few)]
    full, failures = _rendered(plan, [sample.index for sample in middles])
    failed += failures
    cheaply = {sample.index: sample for sample in middles}
    return [(cheaply[sample.index], sample) for sample in full]


def _sheet(samples: Sequence[Sample], path: Path) -> None:
    cells = [_labelled(pair(decode_exr(s.records[0].exr)), f"{s.family} {s.index}") for s in samples]
    blank = np.zeros_like(cells[0])
    width = min(COLUMNS, len(cells))
    cells += [blank] * (-len(cells) % width)
    rows = [np.hstack(cells[i : i + width]) for i in range(0, len(cells), width)]
    write_image(path, Image(np.vstack(rows), ("R", "G", "B"), SRGB), dtype="uint8")


def _labelled(picture: npt.NDArray[np.float32], text: str) -> npt.NDArray[np.float32]:
    """Put a strip with `text` under a display-encoded picture; where OpenImageIO has no font, it stays empty."""
    strip = oiio.ImageBuf(oiio.ImageSpec(picture.shape[1], _LABEL, 3, oiio.FLOAT))
    oiio.ImageBufAlgo.zero(strip)
    oiio.ImageBufAlgo.render_text(strip, 4, _LABEL - 5, text, 11, "", (0.85, 0.85, 0.85))
    pixels = np.asarray(strip.get_pixels(oiio.FLOAT), np.float32).reshape(_LABEL, picture.shape[1], 3)
    return np.vstack([picture, pixels])


def _small_settings(plan: BuildPlan, passes: tuple[str, ...]) -> RenderSettings:
    full = plan.settings
    scale = min(max(0.25, _LEAST_SIDE / min(full.width, full.height)), 1.0)
    return dataclasses.replace(
        full,
        width=round(full.width * scale),
        height=round(full.height * scale),
        samples=min(full.samples, _SAMPLES),
        passes=passes,
        frames=1,
    )


def _quotas(weights: dict[str, float], scenes: int) -> dict[str, int]:
    total = sum(weights.values())
    exact = {name: weight / total * (scenes - len(weights)) for name, weight in weights.items()}
    quotas = {name: 1 + math.floor(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (math.floor(exact[name]) - exact[name], name))
    for name in by_remainder[: scenes - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def _exr_bytes(sample: Sample) -> int:
    return sum(_in_tar(len(record.exr)) for record in sample.records)


def _text_bytes(sample: Sample) -> int:
    """Bytes of the first record's JSON in a shard."""
    return _in_tar(len(json.dumps(sample.records[0].meta, sort_keys=True, separators=(",", ":"))))


def _in_tar(size: int) -> int:
    # A header of one block, and whole blocks of content.
    return 512 + -(-size // 512) * 512


def _weighted(values: Sequence[float], weight: npt.NDArray[np.float64], families: Sequence[str]) -> tuple[float, float]:
    """Return the weighted mean of `values` and the variance of that mean.

    The mix of families is known, so that only differences within families are chance; their variance is taken to be
    the same in all, pooled (Cochran, Sampling Techniques, 3rd ed., 1977, chapter 5). Where no family has two scenes,
    all differences count.
    """
    array = np.asarray(values, np.float64)
    places = [[k for k, family in enumerate(families) if family == name] for name in sorted(set(families))]
    free = len(array) - len(places)
    if free > 0:
        residual = sum(float(((array[place] - array[place].mean()) ** 2).sum()) for place in places)
        variance = residual / free
    else:
        variance = float(array.var(ddof=1)) if array.size > 1 else float(array[0]) ** 2
    return float(weight @ array), float((weight**2).sum()) * variance


def _variance(values: npt.NDArray[np.float64]) -> float:
    """Variance of the mean of `values`; one alone is taken to be as uncertain as it is large."""
    if values.size < 2:
        return float(values[0]) ** 2
    return float(values.var(ddof=1)) / values.size


def _around(value: float, reach: float) -> Estimate:
    return Estimate(value, max(value - reach, 0.1 * value), value + reach)


def _times(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(estimate.value * factor, estimate.low * factor, estimate.high * factor)


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.0f} min"
