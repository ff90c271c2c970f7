"""Which size of picture and how many samples each step of a run takes, where these grow in the course of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import BadConfig

__all__ = ["MULTIPLE", "Stage", "Stages", "stages_of"]

MULTIPLE = 32
"""Training sizes are multiples of this many pixels: the networks halve a picture five times."""

_FORM = "[[from_step, size], ...] or [[from_step, size, batch], ...]"


@dataclass(frozen=True)
class Stage:
    """A stretch of a run with pictures of one size.

    Attributes:
        first_step: from 0; the stage lasts until the next one begins.
        size: height and width of a training sample, pixels.
        batch: samples a step, all processes together.
        samples_before: samples that all steps before `first_step` take together.
    """

    first_step: int
    size: int
    batch: int
    samples_before: int = 0


class Stages:
    """The stages of a run, in order; a run of one size has one.

    Small pictures first, as in Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and
    Variation", 2018; here the network stays the same and only the pictures grow, as in Tan and Le, "EfficientNetV2:
    Smaller Models and Faster Training", 2021, section 4.2.

    Args:
        stages: at least one, the first from step 0, with rising first steps. `samples_before` is counted here.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        counted: list[Stage] = []
        samples = 0
        for number, stage in enumerate(stages):
            if number:
                samples += (stage.first_step - stages[number - 1].first_step) * stages[number - 1].batch
            counted.append(Stage(stage.first_step, stage.size, stage.batch, samples))
        self.all = tuple(counted)
        self._firsts = [stage.first_step for stage in counted]

    def at(self, step: int) -> Stage:
        """The stage of a step, 0 or more."""
        return self.all[bisect_right(self._firsts, step) - 1]

    def samples_before(self, step: int) -> int:
        """How many samples the steps before `step` take together: the place in the order of the data."""
        stage = self.at(step)
        return stage.samples_before + (step - stage.first_step) * stage.batch


def stages_of(sizes: Sequence[Sequence[int]], size: int, batch: int, steps: int) -> Stages:
    """The setting `sizes` of a run, checked.

    Args:
        sizes: (from_step, size) or (from_step, size, batch) of each stage; empty for a run of one size.
        size: of the run: what it ends with, and what it is validated at; pixels.
        batch: of the run: for stages that name none.
        steps: of the run.

    Raises:
        BadConfig: first steps that do not rise from 0 or lie beyond the end, a size that is no multiple of 32 or
            falls, a last size other than `size`, or a batch below 1.
    """
    if not sizes:
        return Stages([Stage(0, size, batch)])
    stages: list[Stage] = []
    for entry in sizes:
        whole = all(type(value) is int for value in entry)  # True and False would pass for whole numbers
        if len(entry) not in (2, 3) or not whole:
            raise BadConfig(f"sizes {_told(sizes)}: whole numbers are needed, {_FORM}")
        stages.append(Stage(entry[0], entry[1], entry[2] if len(entry) == 3 else batch))
    firsts = [stage.first_step for stage in stages]
    if firsts[0] != 0 or firsts != sorted(set(firsts)):
        raise BadConfig(f"sizes {_told(sizes)}: the stages begin at step 0 and go on with ever later steps")
    if firsts[-1] >= steps:
        raise BadConfig(
            f"sizes {_told(sizes)}: a stage begins at step {firsts[-1]}, and the run has {steps} steps; let it begin "
            f"earlier, or train longer"
        )
    pixels = [stage.size for stage in stages]
    if any(side < MULTIPLE or side % MULTIPLE for side in pixels) or pixels != sorted(pixels):
        raise BadConfig(
            f"sizes {_told(sizes)}: each size is a multiple of {MULTIPLE} pixels, and none is smaller than "
            f"the one before"
        )
    if pixels[-1] != size:
        raise BadConfig(
            f"sizes {_told(sizes)}: the last stage has {pixels[-1]} pixels and the run's size {size}; make them equal"
        )
    if min(stage.batch for stage in stages) < 1:
        raise BadConfig(f"sizes {_told(sizes)}: a batch of at least 1 is needed")
    return Stages(stages)


def _told(sizes: Sequence[Sequence[int]]) -> str:
    text = str([list(entry) for entry in sizes])
    return text if len(text) <= 120 else f"{text[:117]}..."
