"""What models of all kinds share: a card, a session, and how they are opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from core.card import ModelCard, load_card
from core.inference.engine import margin_of, start_session

__all__ = ["OpenModel", "open_as"]


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model that can be run. Each kind adds how.

    Attributes:
        card: what the model is and wants.
        device: `cpu` or `gpu`, where it runs.
        session: the ONNX Runtime session behind it.
    """

    card: ModelCard
    device: str
    session: Any

    usual_margin: ClassVar[int] = 96
    """Pixels, of a kind of model whose cards need not state it."""

    @property
    def margin(self) -> int:
        """See `core.inference.engine.margin_of`."""
        return margin_of(self.card, self.usual_margin)


Kind = TypeVar("Kind", bound=OpenModel)


def open_as(
    kind: type[Kind],
    name_or_path: str | Path,
    check: Callable[[ModelCard], None],
    device: str = "auto",
    threads: int | None = None,
) -> Kind:
    """Load a model.

    Args:
        kind: of the model.
        name_or_path: name of a shipped model, or the path of a model's folder, card or ONNX file.
        check: raises ModelMismatch for the card of another kind of model.
        device: `cpu`, `gpu`, or `auto` for the GPU where ONNX Runtime can use one.
        threads: CPU threads for one picture; None: as many as the machine has cores.

    Raises:
        FileMissing: no such model; the message lists the shipped ones.
        ModelMismatch: the card is missing, is that of another kind of model or does not describe the graph, or the
            weights are damaged.
        MissingPart: ONNX Runtime is not installed, or twice; or `gpu` is asked for and there is none.
        BadConfig: an unknown device or number of threads.
    """
    card = load_card(name_or_path)
    check(card)
    session, runs_on = start_session(card, device, threads)
    return kind(card, runs_on, session)
