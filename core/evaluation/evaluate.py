"""Run a model over pairs and gather the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.color import network_view
from core.errors import FileMissing
from core.evaluation.measures import Figures, figures_of, mean_figures
from core.evaluation.sets import Pair, PairSource
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel
from core.normals import encode_8bit

__all__ = ["Evaluation", "Row", "evaluate_normals"]

_THUMBNAIL = 224


@dataclass(frozen=True)
class Row:
    """One image's figures, and a small picture of it: plate, prediction, reference side by side, (h, 3 w, 3) uint8."""

    group: str
    name: str
    figures: Figures
    picture: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Evaluation:
    """All images' figures.

    Attributes:
        rows: one an image, in the order of the source.
    """

    rows: Sequence[Row]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def groups(self) -> dict[str, list[Row]]:
        """Images by set, in order of appearance."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        return found

    def by_group(self) -> dict[str, Figures]:
        """Mean over the images of each set."""
        return {name: mean_figures([row.figures for row in rows]) for name, rows in self.groups().items()}

    def overall(self) -> Figures:
        """Mean of the sets: a set of four images counts as much as one of forty."""
        return mean_figures(list(self.by_group().values()))

    def to_json(self) -> dict[str, Any]:
        """Plain values: settings, sets, images."""
        return {
            **self.settings,
            "mean_of_sets": self.overall().to_json(),
            "sets": {
                name: {"images": len(self.groups()[name]), **figures.to_json()}
                for name, figures in self.by_group().items()
            },
            "images": [{"set": row.group, "name": row.name, **row.figures.to_json()} for row in self.rows],
        }


def evaluate_normals(
    model: NormalsModel,
    pairs: PairSource,
    *,
    lens: Lens | None = None,
    view: ViewSettings | None = None,
    on_image: Callable[[Row], None] = lambda row: None,
) -> Evaluation:
    """Predict the normals of every plate and compare.

    Args:
        lens: used where a pair does not know its own field of view; None is the model's default.
        on_image: called after each image.

    Raises:
        FileMissing: no pair has trusted pixels.
        Everything that reading a plate or running the model may raise.
    """
    rows = []
    for pair in pairs:
        known = Lens(fov_degrees=pair.fov_degrees) if pair.fov_degrees else lens
        predicted = predict(model, pair.plate, lens=known, settings=view)
        row = Row(pair.group, pair.name, figures_of(predicted, pair.reference, pair.trusted), _picture(pair, predicted))
        rows.append(row)
        on_image(row)
    if not rows:
        raise FileMissing("none of the pairs has pixels whose reference is trusted; nothing can be compared")
    card = model.card
    return Evaluation(rows, {"model": card.name, "version": card.version, "sha256": card.sha256})


def _picture(pair: Pair, predicted: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    height, width = pair.plate.shape[:2]
    shrink = max(1.0, max(height, width) / _THUMBNAIL)
    rows = (np.arange(round(height / shrink)) * shrink + shrink / 2).astype(int).clip(0, height - 1)
    columns = (np.arange(round(width / shrink)) * shrink + shrink / 2).astype(int).clip(0, width - 1)
    at = np.ix_(rows, columns)
    shown = (network_view(pair.plate[at]) * 255).round().astype(np.uint8)
    reference = np.where(pair.trusted[at][..., None], encode_8bit(pair.reference[at]), 0).astype(np.uint8)
    return np.hstack([shown, encode_8bit(predicted[at]), reference])
