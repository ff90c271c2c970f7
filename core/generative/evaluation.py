"""How good a run's pictures are: distances with their floor, variety, copies of training pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import BadInput
from core.generative.distances import (
    frechet_distance,
    kernel_distance,
    nearest,
    nearest_other,
    precision_recall,
    spread,
    standardised,
)
from core.generative.features import FEATURES, PictureFeatures, features_of
from core.generative.runs import ImageRun
from core.networks.kinds import FEWEST_A_KIND
from core.tasks.images import ALARM_NEAREST, ALARM_SPREAD, fixed_latents
from core.training.frames import load_frames
from core.training.run_folder import RunFolder

__all__ = ["BIAS", "Evaluation", "RealSets", "evaluate_pictures", "read_real"]

BIAS = (
    "All distances are biased upwards by small sets, and no two studies compare unless their counts and features do. "
    "Each is given beside its floor: held-out true pictures, as many as samples, against the same true pictures that "
    "the samples are held against."
)
"""For every report of figures."""

_FAIR_QUANTILE = 0.05
_SEED = 1_000_003
_A_KIND = 16
_ALL = 1_000_000_000


@dataclass(frozen=True)
class RealSets:
    """True pictures on both sides of the run's own split.

    Attributes:
        reference: (N, C, S, S), -1..1: all that were not held out, seen in training or not (`--limit`).
        held_out: (M, C, S, S).
        seen: numbers of those of the reference that the run was trained on.
    """

    reference: Tensor
    held_out: Tensor
    seen: Sequence[int]


@dataclass(frozen=True)
class Evaluation:
    """Figures of one set of samples.

    Attributes:
        figures: names to numbers, flat, for JSON.
        alarms: what is wrong, in words; empty: nothing was found.
        pairs: samples that are nearest to a training picture, nearest first: (number of the sample, number of that
            picture in the reference).
        samples: (N, C, S, S), what was measured.
    """

    figures: dict[str, Any]
    alarms: list[str]
    pairs: list[tuple[int, int]]
    samples: Tensor


def read_real(run: ImageRun, folders: Sequence[str | Path]) -> RealSets:
    """The pictures that a run was trained on, and those it held out, unchanged, at its size.

    Args:
        folders: the shards of the run, in its order; others give other sides and are refused.

    Raises:
        FileMissing, BrokenShard, BadChannels: as `core.training.frames.load_frames`.
        BadConfig: other data than the run's.
        BadInput: fewer than eight pictures were held out.
    """
    config = run.config
    frames = load_frames(
        run.task,
        folders,
        validation_share=config.validation_share,
        validation_limit=_ALL,
        seed=config.seed,
    )
    numbers = list(range(len(frames.training)))
    limit = int(run.environment.get("limit") or 0)
    if limit and limit < len(numbers):  # those that `load_frames` takes for a limit
        numbers = [place * len(numbers) // limit for place in range(limit)]
    # The run itself looked at fewer held-out pictures; its record is of those.
    every = max(1, -(-len(frames.validation) // max(config.validation_limit, 1)))
    seen = replace(
        frames,
        training_keys=[frames.training_keys[number] for number in numbers],
        validation_keys=frames.validation_keys[::every],
    )
    RunFolder(run.path).check_data(*seen.digests())
    if len(frames.validation) < 8:
        raise BadInput(
            f"{run.path}: held out {len(frames.validation)} pictures, too few to measure by; train with a larger "
            f"validation_share, or on more pictures"
        )
    reference, held_out = (
        torch.stack([torch.from_numpy(run.task.validation_sample(one)["picture"]) for one in side])
        for side in (frames.training, frames.validation)
    )
    return RealSets(reference, held_out, numbers)


def evaluate_pictures(
    run: ImageRun,
    real: RealSets,
    *,
    truncation: float = 1.0,
    draws: int = 0,
    on_part: Callable[[str], None] = lambda words: None,
) -> Evaluation:
    """Measure as many samples as there are held-out pictures.

    Every figure whose name ends in `_floor` is that of the held-out pictures in the samples' place. Features are
    standardised by the reference, which both are held against. `kernel_distance` is the biased estimate, whose floor is
    above 0, so that a ratio means something; `kernel_distance_unbiased` is what larger studies give.

    `metals_percent`: pictures whose metalness is above 0.5 in the mean; the floor is the share of the held-out ones.
    `kind_spread_percent`, of a run with kinds: the same as `spread_percent` within each kind that has 8 true pictures
    or more, in the mean of pictures: kinds that are far from each other hide that one is drawn in one way only.

    `memorised_percent`: samples nearer to their nearest training picture than all but the nearest 5 % of held-out
    pictures are to theirs: 5 is expected of a model that has learnt nothing by heart, more is suspicious.

    Args:
        draws: further sets of as many samples whose `kernel_distance` goes into `kernel_distance_draws`: few samples
            are as good or bad as chance has them.

    Raises:
        MissingPart: the feature network's weights are not installed.
    """
    network = PictureFeatures().to(run.device)
    count = len(real.held_out)
    on_part(f"drawing {count} samples")
    samples = run.draw(fixed_latents(count, run.generator.latent, run.config.seed + _SEED), truncation)
    on_part("features")
    raw = [features_of(network, part.to(run.device)) for part in (real.reference, real.held_out, samples)]
    reference, held_out, drawn = standardised(*raw)
    training = reference[torch.tensor(real.seen)]
    on_part("distances")
    figures: dict[str, Any] = {
        "features": FEATURES,
        "step": run.step,
        "truncation": truncation,
        "training_pictures": len(training),
        "reference_pictures": len(reference),
        "samples": count,
    }
    for name, measure in (
        ("kernel_distance", kernel_distance),
        ("kernel_distance_unbiased", lambda a, b: kernel_distance(a, b, unbiased=True)),
        ("frechet_distance", frechet_distance),
    ):
        figures[name] = measure(drawn, reference)
        figures[f"{name}_floor"] = measure(held_out, reference)
    figures["kernel_ratio"] = figures["kernel_distance"] / figures["kernel_distance_floor"]
    if draws:
        on_part(f"{draws} further draws")
        figures["kernel_distance_draws"] = _further(run, network, raw[0], count, draws, truncation)
    same = _subset(reference, count)
    figures["precision"], figures["recall"] = precision_recall(same, drawn)
    figures["precision_floor"], figures["recall_floor"] = precision_recall(same, held_out)
    figures["spread_percent"] = 100.0 * spread(drawn) / spread(held_out)
    figures["nearest_percent"] = 100.0 * nearest_other(drawn) / max(nearest_other(held_out), 1e-9)
    if "metalness" in run.channels:
        place = run.channels.index("metalness")
        for end, pictures in (("", samples), ("_floor", real.held_out)):
            figures[f"metals_percent{end}"] = 100.0 * float((pictures[:, place].mean((1, 2)) > 0.0).double().mean())
    if run.kinds:
        on_part("kinds")
        figures["kind_spread_percent"] = _spread_within_kinds(run, network, real, raw[0])
    own, _ = nearest(held_out, training)
    near, which = nearest(drawn, training)
    figures["memorised_percent"] = 100.0 * float((near < own.quantile(_FAIR_QUANTILE)).double().mean())
    figures["nearest_training_ratio"] = float(near.median() / own.median().clamp_min(1e-9))
    order = near.argsort()[:16].tolist()
    pairs = [(number, real.seen[int(which[number])]) for number in order]
    return Evaluation(_rounded(figures), _alarms(figures), pairs, samples)


def _further(
    run: ImageRun, network: PictureFeatures, reference: Tensor, count: int, draws: int, truncation: float
) -> list[float]:
    """Kernel distances of other samples than those of the other figures."""
    found = []
    for draw in range(1, draws + 1):
        samples = run.draw(fixed_latents(count, run.generator.latent, run.config.seed + _SEED + draw), truncation)
        first, other = standardised(reference, features_of(network, samples.to(run.device)))
        found.append(float(f"{kernel_distance(other, first):.5g}"))
    return found


def _spread_within_kinds(run: ImageRun, network: PictureFeatures, real: RealSets, features: Tensor) -> float:
    """See `evaluate_pictures`; `features` are those of the reference."""
    kinds = run.kinds_of(real.reference)
    latents = fixed_latents(_A_KIND, run.generator.latent, run.config.seed + _SEED)
    told, weights = [], []
    for kind in run.shares():
        members = features[kinds == kind]
        if len(members) < FEWEST_A_KIND:
            continue
        drawn = features_of(network, run.draw(run.of_kind(latents, kind)).to(run.device))
        _, true, made = standardised(features, members, drawn)
        told.append(100.0 * spread(made) / max(spread(true), 1e-9))
        weights.append(len(members))
    return float(np.average(told, weights=weights)) if told else 100.0


def _alarms(figures: dict[str, Any]) -> list[str]:
    found = []
    if figures["spread_percent"] < ALARM_SPREAD:
        found.append(f"mode collapse: samples spread {figures['spread_percent']:.0f} % as far as true pictures")
    if figures.get("kind_spread_percent", 100.0) < ALARM_SPREAD:
        found.append(
            f"mode collapse within kinds: samples of a kind spread {figures['kind_spread_percent']:.0f} % as far as "
            f"true pictures of it; `platelight images kinds` shows them"
        )
    if figures["nearest_percent"] < ALARM_NEAREST:
        found.append(f"repetition: samples lie {figures['nearest_percent']:.0f} % as far apart as true pictures")
    if figures["memorised_percent"] > 4 * 100 * _FAIR_QUANTILE:
        found.append(
            f"memorised: {figures['memorised_percent']:.0f} % of the samples are nearer to a training picture than 95 "
            f"% of the held-out pictures are"
        )
    return found


def _subset(features: Tensor, count: int) -> Tensor:
    order = np.random.default_rng(0).permutation(len(features))[:count]
    return features[torch.from_numpy(order)]


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: float(f"{value:.5g}") if isinstance(value, float) else value for name, value in figures.items()}
