"""A plate in, its camera-space normals out, and how sure the model is of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.card import LOOKS, ModelCard
from core.color import network_view
from core.errors import BadConfig, BadSize
from core.inference.answer import Answer
from core.inference.detail import Detail, add_detail, level_sizes
from core.inference.guided import GuidedEnlarger
from core.inference.lens import Lens, SlopeWindow, plate_window
from core.inference.looks import look, whole_sizes
from core.inference.resample import PlateShrinker, enlarge_answer
from core.inference.session import NormalsModel
from core.inference.tiling import blend_tiles, tile_grid

__all__ = [
    "DEFAULT_DETAIL",
    "MIN_SIDE",
    "ViewSettings",
    "make_views",
    "predict",
    "predict_views",
    "view_size",
    "view_sizes",
]

FloatArray = npt.NDArray[np.float32]

MIN_SIDE = 8
"""Sides below this many pixels hold nothing that a normal could be told from."""

DEFAULT_DETAIL = Detail.MEDIUM
"""Where nothing else is asked for; `benchmarks/high_resolution.py` measures all three."""

MAX_UNTILED_PIXELS = 4 << 20
MAX_TILED_PIXELS = 32 << 20
_LONGEST_ASPECT = 8
_BAND_ROWS = 128


@dataclass(frozen=True)
class ViewSettings:
    """At which resolution a plate is looked at.

    Attributes:
        size: short side of what the network sees, pixels; None: the size that the model's card asks for, or with
            `tile` twice that. A plate is not enlarged beyond its own size because of `tile`.
        tile: look at the plate through overlapping tiles of the model's own size, each on its own. Finer detail, less
            sense of the whole: `Detail.HIGH` keeps that sense.
        detail: how much of the plate's structure reaches the normals; None: `DEFAULT_DETAIL`, or `Detail.LOW` with
            `tile`.
        looks: how many answers are averaged, 1, 2 (the mirror image too) or 4 (at two sizes about `size`); None: as
            many as the model's card asks for, or one with `tile`.

    Raises:
        BadConfig: a size below 32, another number of looks, or tiles with several looks or a detail other than low.
    """

    size: int | None = None
    tile: bool = False
    detail: Detail | None = None
    looks: int | None = None

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 32:
            raise BadConfig(f"working size of {self.size} pixels; it must be 32 or more")
        if self.tile and self.detail not in (None, Detail.LOW):
            raise BadConfig(
                f"tiles that stand alone (--tile) and --detail {self.detail} exclude each other; --detail high has "
                "tiles of its own"
            )
        if self.looks is not None and self.looks not in LOOKS:
            raise BadConfig(f"{self.looks} looks; choose {', '.join(map(str, LOOKS[:-1]))} or {LOOKS[-1]}")
        if self.tile and self.looks not in (None, 1):
            raise BadConfig(f"tiles that stand alone (--tile) and --looks {self.looks} exclude each other")

    @property
    def chosen_detail(self) -> Detail:
        """The detail that is meant where none is named."""
        return self.detail or (Detail.LOW if self.tile else DEFAULT_DETAIL)

    def chosen_looks(self, card: ModelCard) -> int:
        """The looks that are meant where none are named."""
        return self.looks or (1 if self.tile else card.looks)

    def whole_views(self, card: ModelCard) -> int:
        """How many of the views (`view_sizes`), from the first, are averaged; the last of them is the finest."""
        return len(whole_sizes((0, 0), card.multiple_of, self.chosen_looks(card)))


def predict(
    model: NormalsModel,
    rgb: npt.ArrayLike,
    *,
    lens: Lens | None = None,
    settings: ViewSettings | None = None,
    pixel_aspect: float = 1.0,
) -> Answer:
    """Camera-space normals of a plate, with the model's confidence if it has one.

    Args:
        model: from `core.inference.session.open_model`.
        rgb: (H, W, 3) scene-linear Rec.709. NaN, infinite and negative values are made safe.
        lens: what is known of the lens; without it the card's default field of view is taken, along the longer side.
        settings: working resolution.
        pixel_aspect: width of a pixel divided by its height.

    Returns:
        (H, W, 3) float32 unit normals, -1..1, camera space (+X right, +Y up, +Z to the camera), without NaN; and
        (H, W) float32 confidence, 0..1, or None from a model without. Both are enlarged alike to the plate's size.

    Raises:
        BadSize: a side below `MIN_SIDE` pixels.
        BadConfig: settings that no machine could follow.
        WorkFailed: see `NormalsModel.run`.
    """
    plate = np.asarray(rgb, dtype=np.float32)
    height, width = plate.shape[:2]
    chosen = settings or ViewSettings()
    window = plate_window(width, height, lens or Lens(), model.card.default_fov_degrees, pixel_aspect=pixel_aspect)
    sizes = view_sizes(model, height, width, chosen, pixel_aspect)
    views = make_views(_slices(plate), height, width, sizes)
    small = predict_views(model, views, window, chosen)
    if chosen.chosen_detail is Detail.LOW:
        return enlarge_answer(small, height, width, 0, height)
    enlarger = GuidedEnlarger(small, views[-1], height, width)
    normals = np.empty((height, width, 3), dtype=np.float32)
    confidence = None if small.confidence is None else np.empty((height, width), dtype=np.float32)
    for top in range(0, height, _BAND_ROWS):
        rows = slice(top, top + _BAND_ROWS)
        band = enlarger.rows(network_view(plate[rows]), top)
        normals[rows] = band.normals
        if confidence is not None and band.confidence is not None:
            confidence[rows] = band.confidence
    return Answer(normals, confidence)


def view_size(
    model: NormalsModel, height: int, width: int, settings: ViewSettings, pixel_aspect: float = 1.0
) -> tuple[int, int]:
    """Height and width of what the network sees of a plate: its true shape, each side a multiple of the model's.

    A plate whose sides differ more than eightfold is looked at smaller, so that its long side stays bounded.

    Raises:
        BadSize: the plate has a side below `MIN_SIDE` pixels.
        BadConfig: the view would have more pixels than are worked on at once.
    """
    if min(height, width) < MIN_SIDE:
        raise BadSize(f"plate of {width}x{height} pixels; both sides must be {MIN_SIDE} or more")
    true_width = width * pixel_aspect
    short, long = min(height, true_width), max(height, true_width)
    wanted = settings.size or model.card.work_size
    if settings.tile and settings.size is None:
        wanted = max(model.card.work_size, min(2 * wanted, int(short)))
    scale = min(wanted / short, wanted * _LONGEST_ASPECT / long)
    step = model.card.multiple_of
    rows, columns = (max(step, round(side * scale / step) * step) for side in (height, true_width))
    limit = MAX_TILED_PIXELS if settings.tile else MAX_UNTILED_PIXELS
    if rows * columns > limit:
        hint = "choose a smaller --size" if settings.tile else "choose a smaller --size, or add --tile"
        raise BadConfig(f"a working size of {columns}x{rows} pixels is more than {limit >> 20} million; {hint}")
    return rows, columns


def view_sizes(
    model: NormalsModel, height: int, width: int, settings: ViewSettings, pixel_aspect: float = 1.0
) -> tuple[tuple[int, int], ...]:
    """Height and width of all views of a plate.

    First those of the whole that are averaged (`whole_sizes`), then the finer ones that `Detail.HIGH` adds: the last is
    the finest that the answer has.

    Raises:
        BadSize, BadConfig: as `view_size`.
    """
    size = view_size(model, height, width, settings, pixel_aspect)
    step = model.card.multiple_of
    whole = whole_sizes(size, step, settings.chosen_looks(model.card))
    return (*whole, *(level_sizes(whole[-1], height, step) if settings.chosen_detail is Detail.HIGH else ()))


def make_views(
    bands: Iterable[FloatArray], height: int, width: int, sizes: Sequence[tuple[int, int]]
) -> list[FloatArray]:
    """What the network sees, from one pass over the bands of a plate.

    Args:
        bands: (rows, width, 3) scene-linear Rec.709, from the top, together `height` rows.
        height, width: of the plate.
        sizes: height and width of each view, from `view_sizes`.

    Returns:
        For each size (h, w, 3) float32, 0..1.
    """
    shrinkers = [PlateShrinker(height, width, *size) for size in sizes]
    for band in bands:
        seen = network_view(band)
        for shrinker in shrinkers:
            shrinker.add(seen)
    return [np.clip(shrinker.result(), 0.0, 1.0) for shrinker in shrinkers]


def predict_views(
    model: NormalsModel, views: Sequence[FloatArray], window: SlopeWindow, settings: ViewSettings
) -> Answer:
    """What the model says, at the resolution of the finest view.

    Args:
        model: the model.
        views: (h, w, 3) each, from `make_views`.
        window: the slopes at the edges of the whole plate.
        settings: whether to tile, and how often to look.

    Returns:
        (h, w) of float32 unit normals, with confidence if the model has it.

    Raises:
        WorkFailed: see `NormalsModel.run`.
    """
    step = model.card.multiple_of
    side = max(2 * step, -(-model.card.work_size // step) * step)
    if settings.tile:
        return _tiled(model, views[0], window.rays(*views[0].shape[:2]), side, step)
    whole = settings.whole_views(model.card)
    answer = look(model.run, views[:whole], window, mirror=settings.chosen_looks(model.card) > 1)
    for view in views[whole:]:
        answer = add_detail(answer, view, window.rays(*view.shape[:2]), side, step, model.run)
    return answer


def _tiled(model: NormalsModel, view: FloatArray, rays: FloatArray, side: int, step: int) -> Answer:
    overlap = side // 4
    height, width = view.shape[:2]
    return blend_tiles(
        height,
        width,
        list(tile_grid(height, width, side, overlap, step)),
        overlap,
        lambda tile: model.run(
            view[tile.top : tile.bottom, tile.left : tile.right],
            rays[:, tile.top : tile.bottom, tile.left : tile.right],
        ),
    )


def _slices(plate: FloatArray) -> Iterator[FloatArray]:
    for top in range(0, plate.shape[0], _BAND_ROWS):
        yield plate[top : top + _BAND_ROWS]
