"""What a task is: the thing to learn, told to the loop in `core.training.loop`, which knows no task by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from core.card import ModelCard
from core.image import Image
from core.training.config import TrainConfig

__all__ = ["Batch", "Frame", "Group", "Outcome", "Phase", "Task"]

Batch = Mapping[str, Tensor]
"""Name -> (B, C, H, W) float32."""

Frame = Mapping[str, npt.NDArray[Any]]
"""One sample as it is kept in memory: compact arrays, top row first."""


@dataclass(frozen=True)
class Outcome:
    """What one pass over a batch gives: named scalars.

    Attributes:
        losses: already weighted; their sum is minimised.
        shown: figures for people, in units they know; not differentiated.
    """

    losses: Mapping[str, Tensor]
    shown: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Phase:
    """One optimiser step: the module that learns, and the function from a batch to its losses.

    A regression has one phase; an adversarial task has two, played in order on each batch. Phases that train the same
    module share one optimiser.

    Attributes:
        every: run on every n-th step only, as lazy regularisation needs.
    """

    name: str
    module: nn.Module
    losses: Callable[[Batch], Outcome]
    every: int = 1


@dataclass(frozen=True)
class Group:
    """Parameters that learn at the same pace.

    Attributes:
        learning_rate: the highest of the schedule.
        betas: how much Adam keeps of its averages of gradients and of their squares.
        amsgrad: divide by the largest such average so far (Reddi et al., "On the Convergence of Adam and Beyond",
            2018).
    """

    name: str
    parameters: Sequence[nn.Parameter]
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    amsgrad: bool = False


class Task(ABC):
    """One thing to learn. Subclass it in `core/tasks/TASK.py` and name it in `core/tasks/__init__.py`.

    Attributes:
        name: as on the command line.
        layers: EXR layers that every training sample must have; "" is the picture itself.
        model: the network that is averaged, evaluated and exported.
    """

    name: ClassVar[str]
    layers: ClassVar[tuple[str, ...]]
    model: nn.Module

    @abstractmethod
    def __init__(self, config: TrainConfig) -> None:
        """Build the modules with random weights, drawn from torch's global generator, which the loop has seeded."""

    @abstractmethod
    def load_pretrained(self) -> None:
        """Fill what starts from pretrained weights. Raises MissingPart where they are not installed."""

    @abstractmethod
    def pack(self, image: Image, metadata: Mapping[str, Any]) -> Frame:
        """A sample as read from a shard -> what is kept in memory. Raises BadChannels for missing layers."""

    def study(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """Look once at all that will be trained on, before the first step of each start, and give it back.

        For what only the whole set can tell, such as kinds of pictures; frames may come back with more in them. Modules
        hold their weights already, and are on their device. The same frames and weights give the same answer.
        """
        return frames

    @abstractmethod
    def training_sample(self, frame: Frame, size: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.float32]]:
        """One augmented sample: name -> (C, size, size). A pure function of its arguments.

        Args:
            size: pixels; that of the step's stage, which need not be the configuration's.
        """

    @abstractmethod
    def validation_sample(self, frame: Frame) -> dict[str, npt.NDArray[np.float32]]:
        """The same without augmentation, of the configuration's size."""

    @abstractmethod
    def phases(self) -> Sequence[Phase]:
        """The steps played on each batch, in order."""

    @abstractmethod
    def groups(self, module: nn.Module) -> Sequence[Group]:
        """The parameters of one phase's module, divided by learning rate."""

    @abstractmethod
    def metrics(self, model: nn.Module, batch: Batch) -> dict[str, float]:
        """Figures over one validation batch, in units people know."""

    @abstractmethod
    def preview(self, model: nn.Module, batch: Batch) -> npt.NDArray[np.uint8]:
        """A picture, (H, W, 3), of what the model makes of a batch."""

    def alarm(self, figures: Mapping[str, float]) -> str | None:
        """What somebody who watches the run should know at once, in a few words; None: nothing.

        Args:
            figures: of a validation, as `metrics` names them, averaged.
        """
        return None

    def deployed(self, figures: Mapping[str, float]) -> nn.Module:
        """What is exported: `model`, or a module around it that answers as the card says.

        Args:
            figures: of the last validation; empty if there was none.
        """
        return self.model

    @abstractmethod
    def card(self, details: Mapping[str, Any]) -> ModelCard:
        """The card of the trained model; `details` are the fields that only the export knows."""
