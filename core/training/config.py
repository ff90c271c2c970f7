"""`TrainConfig`: everything that decides a training run, as documented values that JSON holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.errors import BadConfig, FileMissing
from core.training.stages import MULTIPLE, Stages, stages_of
from worker_link.json_text import read_json

__all__ = ["RECIPES", "TrainConfig", "read_recipe"]

RECIPES = Path(__file__).parent.parent / "recipes"
"""Folder of the recipes that come with Platelight."""

_PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of a run. Two runs with equal settings on the same data, machine and versions are equal bit for bit.

    Attributes:
        task: name in `core.tasks.TASKS`.
        steps: optimiser steps; the learning-rate schedule spans exactly these.
        batch: samples a step, all processes together.
        size: height and width of a training sample, pixels; a multiple of 32. Validation is at this size throughout.
        sizes: smaller sizes to begin with: (from_step, size) of each stage, or (from_step, size, batch) where its batch
            is another. The first begins at step 0, steps rise, sizes do not fall, and the last is `size`. Empty: one
            size for the whole run. The learning rates do not follow the batch.
        seed: decides first weights, order of samples and every augmentation.
        precision: "fp32", or "bf16" for mixed precision (about 1.4 times quicker on CPUs that have AVX512-BF16).
        device: "cpu", "cuda", "cuda:1", ... or "auto", which takes a GPU if there is one.
        learning_rates: highest learning rate of each of the task's parameter groups; a group left out keeps the
            task's own.
        warmup_steps: steps over which the learning rates rise from 0.
        final_rate: share of the learning rate that is left at the last step of the cosine.
        weight_decay: of AdamW; biases and normalisation weights have none.
        gradient_clip: longest gradient of a phase's module (2-norm).
        ema_decay: of the moving average of the weights that is evaluated and exported.
        validation_share: share of scenes held out.
        validation_limit: at most so many held-out samples are looked at in each validation.
        validate_every, preview_every, log_every: steps between; 0 is never.
        checkpoint_seconds: time between checkpoints.
        workers: threads that prepare batches ahead, in each process.
        pretrained: start from the task's pretrained weights.
        model: arguments of the task's network.
        augmentation: settings of the task's augmentation.
        description: what the recipe is for.
    """

    task: str
    steps: int = 2600
    batch: int = 16
    size: int = 224
    sizes: Sequence[Sequence[int]] = ()
    seed: int = 0
    precision: str = "fp32"
    device: str = "auto"
    learning_rates: Mapping[str, float] = field(default_factory=dict)
    warmup_steps: int = 50
    final_rate: float = 0.0
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    ema_decay: float = 0.995
    validation_share: float = 0.05
    validation_limit: int = 64
    validate_every: int = 200
    preview_every: int = 200
    log_every: int = 10
    checkpoint_seconds: float = 120.0
    workers: int = 1
    pretrained: bool = True
    model: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""

    def __post_init__(self) -> None:
        if self.size < MULTIPLE or self.size % MULTIPLE:
            raise BadConfig(f"size {self.size}: a training size is a multiple of 32 pixels, such as 224 or 256")
        if self.precision not in _PRECISIONS:
            raise BadConfig(f"precision {self.precision!r:.80}: choose one of {', '.join(_PRECISIONS)}")
        for name, least in (
            ("steps", 1),
            ("batch", 1),
            ("seed", 0),
            ("workers", 1),
            ("warmup_steps", 0),
            ("log_every", 1),
        ):
            if getattr(self, name) < least:
                raise BadConfig(f"{name} {getattr(self, name)}: must be at least {least}")
        for name in ("validation_share", "ema_decay", "final_rate"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise BadConfig(f"{name} {getattr(self, name)}: must be at least 0 and below 1")

        # JSON has lists only: one form, so that two configurations can be compared.
        try:
            object.__setattr__(self, "sizes", tuple(tuple(entry) for entry in self.sizes))
        except TypeError:
            raise BadConfig(f"sizes {self.sizes!s:.80}: a list of [from_step, size] is needed") from None
        stages_of(self.sizes, self.size, self.batch, self.steps)

    @property
    def stages(self) -> Stages:
        """Size and batch of each step."""
        return stages_of(self.sizes, self.size, self.batch, self.steps)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any], source: str = "configuration") -> TrainConfig:
        """The inverse of `to_json`; fields left out keep their default.

        Args:
            source: named in messages.

        Raises:
            BadConfig: an unknown field, or a value of the wrong kind or out of range.
        """
        known = {item.name: item for item in fields(cls)}
        unknown = sorted(set(value) - set(known))
        if unknown:
            raise BadConfig(f"{source}: unknown setting {unknown[0]!r:.80}; known are {', '.join(known)}")
        if "task" not in value:
            raise BadConfig(f"{source}: the setting 'task' is missing")
        for name, given in value.items():
            wanted = _KINDS[str(known[name].type)]
            if not isinstance(given, wanted) or (isinstance(given, bool) and wanted is not bool):
                raise BadConfig(f"{source}: {name} is {given!r:.80}; {known[name].type} is needed")
        try:
            return cls(**value)
        except BadConfig as error:
            raise BadConfig(f"{source}: {error}") from error

    def with_changes(self, changes: Mapping[str, Any]) -> TrainConfig:
        """The same with some fields replaced; None stands for "as it is". Raises BadConfig as the constructor.

        Stages of growing pictures, unless they are replaced themselves, keep their share of other steps; with another
        `size` there are none.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        if "sizes" not in given and self.sizes:
            if given.get("size", self.size) != self.size:
                given["sizes"] = ()
            elif given.get("steps", self.steps) != self.steps:
                given["sizes"] = _rescaled(self.sizes, given["steps"] / self.steps)
        return replace(self, **given)


def _rescaled(sizes: Sequence[Sequence[int]], factor: float) -> Sequence[Sequence[int]]:
    """Stages whose first steps are `factor` times as late; of those that would begin together the last one stays."""
    begun = {int(first * factor): rest for first, *rest in sizes}
    return tuple((first, *rest) for first, rest in begun.items())


_KINDS: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "Sequence[Sequence[int]]": (list, tuple),
    "Mapping[str, float]": dict,
    "Mapping[str, Any]": dict,
}


def read_recipe(name_or_path: str) -> TrainConfig:
    """A recipe that comes with Platelight, by name, or any JSON file of `TrainConfig` fields.

    Raises:
        FileMissing: there is neither; the message lists the names.
        BadConfig: the file is no JSON, or holds a setting that is unknown or out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".json":
        path = RECIPES / f"{name_or_path}.json"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in RECIPES.glob("*.json")))
        raise FileMissing(f"{name_or_path}: no such training recipe; give a .json file or one of: {names}")
    try:
        value = read_json(path)
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadConfig(f"{path}: a JSON object of settings is needed")
    return TrainConfig.from_json(value, str(path))
