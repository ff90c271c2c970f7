"""One plate file to one normals file, without ever holding the plate whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.card import ModelCard
from core.color import count_unsafe, network_view, to_scene_linear
from core.errors import BadChannels, BadConfig, BadSize, PlatelightError
from core.image import Image, ImageHeader, RowReader, read_header, read_image, write_rows
from core.image.pixels import grey_index, rgb_indices
from core.inference.answer import Answer
from core.inference.detail import Detail
from core.inference.flicker import FlickerSmoother
from core.inference.guided import GuidedEnlarger
from core.inference.lens import FOV_ENTRY, Lens, SlopeWindow, plate_window
from core.inference.plate_normals import ViewSettings, make_views, predict_views, view_sizes
from core.inference.resample import enlarge_answer
from core.inference.session import NormalsModel
from core.normals import encode_8bit

__all__ = ["FrameReport", "FrameSettings", "is_finished", "warm_up", "write_normals"]

FloatArray = npt.NDArray[np.float32]

_BAND_PIXELS = 1 << 18
STEP = 2.0**-17
"""Of the numbers in a normals file: 0.0004 degrees. The digits that float32 has below it are noise of the arithmetic,
which does not compress: without them a file has three fifths of the bytes."""
_MARK = "platelight/settings"
CONVENTION = "camera space, right-handed, +X right, +Y up, +Z to the camera, unit length, -1..1, raw data"
CONFIDENCE_MEANING = (
    "confidence.alpha: probability, as the model states it, that the normal is less than 11.25 degrees off; 0..1"
)


@dataclass(frozen=True)
class FrameSettings:
    """How plates are to be read and worked on.

    Attributes:
        lens: what is known of the lens.
        view: working resolution and detail.
        color_space: of the plates; None: what each file says, else sRGB for 8- and 16-bit files and scene-linear
            Rec.709 for float ones.
        pixel_aspect: width of a pixel divided by its height; None: what each file says. The result's file says it too.
        preview: write the 8-bit picture too.
    """

    lens: Lens = field(default_factory=Lens)
    view: ViewSettings = field(default_factory=ViewSettings)
    color_space: str | None = None
    pixel_aspect: float | None = None
    preview: bool = True

    def fingerprint(self, card: ModelCard, deflicker: bool) -> str:
        """Tells settings and weights apart: 16 hex digits that are written into each normals file."""
        settings = asdict(self)
        del settings["preview"]
        told = json.dumps([settings, card.name, card.sha256, deflicker], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FrameReport:
    """What was noticed while a frame was worked on; each note is a line for the user."""

    notes: tuple[str, ...]


def write_normals(
    model: NormalsModel,
    source: Path,
    normals_path: Path,
    preview_path: Path | None,
    settings: FrameSettings,
    smoother: FlickerSmoother | None = None,
) -> FrameReport:
    """Read a plate, predict its normals and write them; the plate is read, and the result written, in bands of rows.

    The EXR has float32 `N.red N.green N.blue`, in steps of `STEP`, at the plate's resolution, with its windows and
    pixel aspect, and header entries `platelight/model`, `platelight/model_version`, `platelight/convention`,
    `platelight/fov_degrees` (full angle along the longer side of the display window), `platelight/fov_source`,
    `platelight/view`, `platelight/settings` (see `is_finished`), and `platelight/deflicker` (earlier frames taken in)
    where there is a smoother. A model with confidence adds the float32 channel `confidence.alpha`, 0..1 (a compositor
    shows a layer `confidence` whose alpha is a mask), and the entry `platelight/confidence`, which says what it is.

    Args:
        model: the model.
        source: the plate.
        normals_path: the EXR to write.
        preview_path: the 8-bit PNG to write, or None.
        settings: see `FrameSettings`.
        smoother: has seen the frames before this one, and takes this one in; None: each frame for itself.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: the plate cannot be used.
        BadConfig: the colour space is not known.
        DiskFull, WorkFailed: the result could not be made or written; nothing half-written stays.
    """
    plate = _Plate(source, settings)
    header = plate.header
    small, views = _predicted(model, plate, settings, smoother)
    default_fov = model.card.default_fov_degrees
    detail = settings.view.chosen_detail
    metadata: dict[str, str | float] = {
        "platelight/model": model.card.name,
        "platelight/model_version": str(model.card.version),
        "platelight/convention": CONVENTION,
        FOV_ENTRY: _fov_degrees(header, settings.lens, default_fov),
        "platelight/fov_source": "given" if settings.lens != Lens() else "the model's default, along the longer side",
        "platelight/view": f"{views[-1].shape[1]}x{views[-1].shape[0]} {'tiled' if settings.view.tile else detail}",
        "platelight/looks": str(settings.view.chosen_looks(model.card)),
        _MARK: settings.fingerprint(model.card, smoother is not None),
    }
    if small.confidence is not None:
        metadata["platelight/confidence"] = CONFIDENCE_MEANING
    if smoother is not None:
        metadata["platelight/deflicker"] = str(smoother.frames)
    if detail is Detail.LOW:
        bands = _enlarged(small, header)
    else:
        bands = _guided(GuidedEnlarger(small, views[-1], header.height, header.width), plate)
    _write(header, bands, small.confidence is not None, normals_path, preview_path, metadata)
    return FrameReport(plate.notes())


def is_finished(source: Path, normals_path: Path, settings: FrameSettings, card: ModelCard, deflicker: bool) -> bool:
    """Whether a plate's normals are there, of these settings and weights, and no older than the plate.

    Raises:
        BadConfig: the file that is there is of somebody else's making.
    """
    try:
        older = normals_path.stat().st_mtime_ns < source.stat().st_mtime_ns
        said = read_header(normals_path).metadata
    except (OSError, PlatelightError):
        return False  # what is missing or broken is told when the frame is made
    if "platelight/model" not in said:
        raise BadConfig(f"{normals_path}: is there, and is not of platelight; name another --out, or give --overwrite")
    return not older and said.get(_MARK) == settings.fingerprint(card, deflicker)


def warm_up(model: NormalsModel, source: Path, settings: FrameSettings, smoother: FlickerSmoother) -> None:
    """Show a smoother a frame whose result is not wanted, or wanted no more.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize, BadConfig, WorkFailed: as `write_normals`.
    """
    _predicted(model, _Plate(source, settings), settings, smoother)


def _predicted(
    model: NormalsModel, plate: _Plate, settings: FrameSettings, smoother: FlickerSmoother | None
) -> tuple[Answer, list[FloatArray]]:
    """The answer at working resolution, and the views it was told from."""
    header = plate.header
    try:
        sizes = view_sizes(model, header.height, header.width, settings.view, header.pixel_aspect)
    except BadSize as error:
        raise BadSize(f"{plate.path}: {error}") from error
    window = plate_window(
        header.width,
        header.height,
        settings.lens,
        model.card.default_fov_degrees,
        pixel_aspect=header.pixel_aspect,
        data_window=header.data_window,
        display_window=header.display_window,
    )
    views = make_views(plate.bands(), header.height, header.width, sizes)
    small = predict_views(model, views, window, settings.view)
    if smoother is not None:
        whole = views[settings.view.whole_views(model.card) - 1]
        small = smoother.add(whole, small, _pixel_degrees(window, whole.shape[1]))
    return small, views


def _enlarged(small: Answer, header: ImageHeader) -> Iterator[Answer]:
    rows = _band_rows(header.width)
    for top in range(0, header.height, rows):
        yield enlarge_answer(small, header.height, header.width, top, min(top + rows, header.height))


def _guided(enlarger: GuidedEnlarger, plate: _Plate) -> Iterator[Answer]:
    top = 0
    for band in plate.bands():
        yield enlarger.rows(network_view(band), top)
        top += band.shape[0]


def _write(
    header: ImageHeader,
    bands: Iterable[Answer],
    has_confidence: bool,
    normals_path: Path,
    preview_path: Path | None,
    metadata: dict[str, str | float],
) -> None:
    channels = ("N.red", "N.green", "N.blue", *(("confidence.alpha",) if has_confidence else ()))
    row = Image(
        np.zeros((1, header.width, len(channels)), dtype=np.float32),
        channels,
        color_space="Raw",
        data_window=header.data_window,
        display_window=header.display_window,
        pixel_aspect=header.pixel_aspect,
        metadata={key: value for key, value in header.metadata.items() if key in _KEPT_METADATA},
    )
    with contextlib.ExitStack() as files:
        # Left in reverse order: the EXR, whose presence marks the frame as finished, appears last.
        exr = files.enter_context(write_rows(normals_path, row, header.height, dtype="float", metadata=metadata))
        png = None
        if preview_path is not None:
            shown = row.with_pixels(row.pixels[..., :3], ("R", "G", "B"), metadata={})
            png = files.enter_context(write_rows(preview_path, shown, header.height, dtype="uint8"))
        for band in bands:
            exr.write(_rounded(band.normals if band.confidence is None else np.dstack([band.normals, band.confidence])))
            if png is not None:
                png.write(encode_8bit(band.normals).astype(np.float32) / 255.0)


def _rounded(values: FloatArray) -> FloatArray:
    """To multiples of `STEP`."""
    return np.asarray(np.round(values * np.float32(1.0 / STEP)) * np.float32(STEP), dtype=np.float32)


# What tells compositors which frame and shot a file belongs to.
_KEPT_METADATA = ("smpte:TimeCode", "FramesPerSecond", "framesPerSecond", "timeCode", "Make", "Model", "reelName")


class _Plate:
    """A plate that gives its picture as bands of scene-linear Rec.709, as often as asked."""

    def __init__(self, path: Path, settings: FrameSettings) -> None:
        self.path = path
        self.header = read_header(path)
        self._counts: dict[str, int] = {}
        self._grey = False
        self._read: Callable[[], Iterator[FloatArray]]
        indices = rgb_indices(self.header.channels)
        grey = grey_index(self.header.channels) if indices is None else None
        whole: Image | None = None
        if self.header.orientation != 1 or (indices is None and (grey is None or self.header.parts > 1)):
            # A rotated photograph has no rows to stream; a picture in a later part of an EXR is found by read_image,
            # and comes before one channel of the first part.
            whole = read_image(path)
            self.header = _header_of(whole, self.header)
        self._space = settings.color_space or self.header.color_space
        if settings.pixel_aspect is not None:
            self.header = replace(self.header, pixel_aspect=settings.pixel_aspect)
        if whole is not None:
            try:
                pixels = whole.rgb()
            except BadChannels as error:
                raise BadChannels(f"{path}: {error}; give a picture, or the render layer as its own file") from error
            self._grey = whole.is_grey
            self._read = lambda: _bands_of(pixels)
        else:
            self._grey = indices is None
            reader = RowReader(path, indices if indices is not None else (grey or 0,))
            self._read = lambda: reader.bands(_band_rows(self.header.width))

    def bands(self) -> Iterator[FloatArray]:
        """(rows, W, 3) scene-linear Rec.709 from the top; counts what must be made safe on the way."""
        counts = {"nan": 0, "infinite": 0, "negative": 0}
        for band in self._read():
            rgb = np.repeat(band, 3, axis=2) if band.shape[2] == 1 else band
            for name, count in count_unsafe(rgb).items():
                counts[name] += count
            try:
                yield to_scene_linear(rgb, self._space)
            except BadConfig as error:
                raise BadConfig(f"{self.path}: {error}; name its colour space with --color-space") from error
        self._counts = counts

    def notes(self) -> tuple[str, ...]:
        """Lines for the user about this plate."""
        notes = []
        bad = [f"{count} {name}" for name, count in self._counts.items() if count]
        if bad:
            notes.append(f"{self.path}: {', '.join(bad)} pixels were made safe for the model; the plate is unchanged")
        if self._grey:
            notes.append(f"{self.path}: one channel of brightness, taken as a grey picture")
        return tuple(notes)


def _header_of(image: Image, header: ImageHeader) -> ImageHeader:
    """The header of an image that has been read upright."""
    return ImageHeader(
        width=image.width,
        height=image.height,
        channels=image.channels,
        file_format=header.file_format,
        pixel_type=header.pixel_type,
        color_space=image.color_space,
        data_window=image.data_window,
        display_window=image.display_window,
        pixel_aspect=image.pixel_aspect,
        metadata=image.metadata,
    )


def _bands_of(pixels: FloatArray) -> Iterator[FloatArray]:
    rows = _band_rows(pixels.shape[1])
    for top in range(0, pixels.shape[0], rows):
        yield pixels[top : top + rows]


def _band_rows(width: int) -> int:
    """Rows of a band: whole compression blocks (16 rows with zip) of about a quarter of a million pixels."""
    return max(16, _BAND_PIXELS // width // 16 * 16)


def _fov_degrees(header: ImageHeader, lens: Lens, default_fov_degrees: float) -> float:
    """Full field of view along the longer side of the display window, degrees."""
    frame = header.display_window or (0, 0, header.width, header.height)
    half = lens.half_slopes(frame[2] * header.pixel_aspect, frame[3], default_fov_degrees)
    return float(np.degrees(2.0 * np.arctan(max(half))))


def _pixel_degrees(window: SlopeWindow, width: int) -> float:
    """Angle that a pixel covers in the mean over a row, degrees."""
    return float(np.degrees(np.arctan(window.right) - np.arctan(window.left)) / width)
