"""Run a model over pairs and gather the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.errors import FileMissing
from core.evaluation.calibration import Calibration
from core.evaluation.confidence import kappa_from_confidence
from core.evaluation.measures import Figures, figures_of, mean_figures
from core.evaluation.pairs import Pair, PairSource
from core.evaluation.panels import panels
from core.inference.answer import Answer
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel
from core.normals import angular_error_degrees

__all__ = ["Evaluation", "Row", "evaluate_normals"]


@dataclass(frozen=True)
class Row:
    """One image's figures, and a small picture of it: see `core.evaluation.panels.panels`."""

    group: str
    name: str
    figures: Figures
    picture: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Evaluation:
    """All images' figures.

    Attributes:
        rows: one an image, in the order of the source.
        settings: what was measured: model, version, sha256, and how it looked at the plates (`looked_at`).
        calibrations: by set, of the images for which the model gave a confidence; empty for a model without.
    """

    rows: Sequence[Row]
    settings: Mapping[str, Any] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

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

    def calibration(self) -> Calibration | None:
        """Of all sets together, every image weighing the same; None without confidence."""
        if not self.calibrations:
            return None
        together = Calibration()
        for table in self.calibrations.values():
            together.merge(table)
        return together

    def to_json(self) -> dict[str, Any]:
        """Plain values: settings, sets, images; and `calibration` where the model has a confidence."""
        together = self.calibration()
        calibration = (
            {}
            if together is None
            else {
                "calibration": {
                    "all": together.report().to_json(),
                    "sets": {name: table.report().to_json() for name, table in self.calibrations.items()},
                }
            }
        )
        return {
            **self.settings,
            "mean_of_sets": self.overall().to_json(),
            "sets": {
                name: {"images": len(self.groups()[name]), **figures.to_json()}
                for name, figures in self.by_group().items()
            },
            "images": [{"set": row.group, "name": row.name, **row.figures.to_json()} for row in self.rows],
            **calibration,
        }


def evaluate_normals(
    model: NormalsModel,
    pairs: PairSource,
    *,
    lens: Lens | None = None,
    view: ViewSettings | None = None,
    on_image: Callable[[Row], None] = lambda row: None,
    answer: Callable[[Pair, Lens | None], Answer] | None = None,
) -> Evaluation:
    """Predict the normals of every plate and compare.

    Args:
        lens: used where a pair does not know its own field of view; None is the model's default.
        on_image: called after each image.
        answer: what is to be measured of a pair's plate, shot with a lens (None: the model's default), normals of any
            length but zero; None: what `core.inference.plate_normals.predict` gives, with the model's confidence if it
            has one.

    Raises:
        FileMissing: no pair has trusted pixels.
        Everything that reading a plate or running the model may raise.
    """

    def predicted(pair: Pair, known: Lens | None) -> Answer:
        return predict(model, pair.plate, lens=known, settings=view, pixel_aspect=pair.pixel_aspect)

    rows = []
    calibrations: dict[str, Calibration] = {}
    for pair in pairs:
        known = Lens(fov_degrees=pair.fov_degrees) if pair.fov_degrees else lens
        said = (answer or predicted)(pair, known)
        figures = figures_of(said.normals, pair.reference, pair.trusted)
        if said.confidence is not None:
            calibrations.setdefault(pair.group, Calibration()).add(
                kappa_from_confidence(said.confidence[pair.trusted]),
                angular_error_degrees(said.normals, pair.reference)[pair.trusted],
            )
        row = Row(pair.group, pair.name, figures, panels(pair, said.normals, said.confidence))
        rows.append(row)
        on_image(row)
    if not rows:
        raise FileMissing("none of the pairs has pixels whose reference is trusted; nothing can be compared")
    card = model.card
    settings: dict[str, Any] = {"model": card.name, "version": card.version, "sha256": card.sha256}
    if answer is None:
        settings["looked_at"] = _looked_at(card, view or ViewSettings(), lens)
    return Evaluation(rows, settings, calibrations)


def _looked_at(card: ModelCard, view: ViewSettings, lens: Lens | None) -> dict[str, Any]:
    """How the plates were shown to the model; null: as its card says, and the plate or its default for the lens."""
    return {
        "size": view.size,
        "tile": view.tile,
        "detail": str(view.chosen_detail),
        "looks": view.chosen_looks(card),
        "fov_degrees": None if lens is None else lens.fov_degrees,
    }
