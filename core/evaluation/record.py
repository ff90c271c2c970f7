"""An evaluation's figures in the card of the model that was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.card import load_card, write_card
from core.errors import ModelMismatch
from core.evaluation.evaluate import Evaluation

__all__ = ["record_scores"]


def record_scores(model: str | Path, label: str, evaluation: Evaluation) -> Path:
    """Add the mean of the sets, each set, and how it looked to `scores[label]` of the model's card; returns its path.

    Args:
        model: as for `core.card.load_card`.
        label: an older entry of this name is replaced.

    Raises:
        FileMissing, ModelMismatch: there is no such model, or its weights are not those that were measured.
        BadInput: the card cannot be written.
    """
    card = load_card(model)
    if card.folder is None or card.sha256 != evaluation.settings["sha256"]:
        raise ModelMismatch(f"{model}: its card describes other weights than those measured; evaluate it again")
    figures = evaluation.to_json()
    kept = {name: figures[name] for name in ("mean_of_sets", "sets", "looked_at") if name in figures}
    scores = {**card.scores, label: kept}
    return write_card(card.folder, replace(card, scores=scores))
