"""`evaluate`: a plate-normals model over a folder of references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import BadInput
from core.evaluation.contact_sheet import FloatArray, sheet_row
from core.evaluation.references import Reference, ReferencePlate
from core.evaluation.scores import ImageScore, NormalScore, average, by_set, score
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel

__all__ = ["Evaluation", "evaluate", "telling_rows"]


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model.

    Attributes:
        images: one per image that was judged.
        skipped: `SET/NAME` of images with too little trusted reference.
    """

    images: tuple[ImageScore, ...]
    skipped: tuple[str, ...]

    @property
    def sets(self) -> dict[str, NormalScore]:
        """Set name -> mean over its images."""
        return dict(by_set(self.images))

    @property
    def mean_of_sets(self) -> NormalScore:
        """Every set counts the same, however many images it has."""
        return average(self.sets.values())

    def to_json(self) -> dict[str, Any]:
        """Plain values for `evaluation.json`; angles in degrees, shares in percent."""
        counts = {name: sum(image.group == name for image in self.images) for name in self.sets}
        return {
            "mean_of_sets": asdict(self.mean_of_sets),
            "sets": {name: {"images": counts[name], **asdict(one)} for name, one in self.sets.items()},
            "images": [{"set": image.group, "name": image.name, **asdict(image.score)} for image in self.images],
            "skipped": list(self.skipped),
        }


def evaluate(
    model: NormalsModel,
    references: Sequence[Reference],
    settings: ViewSettings | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Run a model on every reference and measure the angle.

    Args:
        model: from `core.inference.session.open_model`.
        references: from `core.evaluation.references.find_references`.
        settings: working resolution.
        on_progress: called with (images done, images in all).

    Raises:
        BadInput: a reference is damaged, or none has enough trusted pixels.
        WorkFailed: the model failed.
    """
    images: list[ImageScore] = []
    skipped: list[str] = []
    for done, reference in enumerate(references, start=1):
        loaded = reference.load()
        if loaded.counts:
            predicted = _predict(model, loaded, settings)
            images.append(ImageScore(reference.group, reference.name, score(predicted, loaded.normals, loaded.mask)))
        else:
            skipped.append(f"{reference.group}/{reference.name}")
        if on_progress is not None:
            on_progress(done, len(references))
    if not images:
        raise BadInput(f"none of the {len(references)} references has 2 % of trusted pixels; nothing can be judged by them")
    return Evaluation(tuple(images), tuple(skipped))


def telling_rows(
    model: NormalsModel, references: Sequence[Reference], result: Evaluation, settings: ViewSettings | None = None
) -> list[FloatArray]:
    """Rows for a contact sheet: of each set the best, the median and the worst image by mean error, in that order.

    Args: as for `evaluate`, and its result.

    Returns:
        Rows as `core.evaluation.contact_sheet.sheet_row` makes them; a set of one image has one row.
    """
    places = {(reference.group, reference.name): reference for reference in references}
    rows = []
    for name in result.sets:
        ranked = sorted((image for image in result.images if image.group == name), key=lambda image: image.score.mean)
        chosen = dict.fromkeys((0, (len(ranked) - 1) // 2, len(ranked) - 1))
        for index in chosen:
            loaded = places[ranked[index].group, ranked[index].name].load()
            rows.append(sheet_row(loaded.plate, _predict(model, loaded, settings), loaded.normals, loaded.mask))
    return rows


def _predict(model: NormalsModel, loaded: ReferencePlate, settings: ViewSettings | None) -> FloatArray:
    return predict(model, loaded.plate, lens=loaded.lens, settings=settings)
