"""Folders of pictures to a set that a model can learn from: cut, sized, told apart, packed, with a report.

Variants (mirrored, brighter, turned ...) are made while training and take no space (`core.generative.variation`). Who
wants them stored all the same, for other programs say, has them counted: they are packed beside their original and
share its scene, so that no split of the set has a picture on one side and its copy on the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.atomic import write_json
from core.color import linear_to_srgb, srgb_to_linear, to_scene_linear
from core.errors import BadConfig, BadInput, BadSize, UnreadableImage
from core.generative.originals import families_of_copies, parts_of_double, thumbnail
from core.generative.packing import Record, picture_bytes, record_key
from core.image import read_image
from core.textures.predict import is_tileable

__all__ = ["COPIES", "REPORT", "PreparationReport", "Settings", "Source", "prepare", "write_report"]

FloatArray = npt.NDArray[np.float32]

REPORT = "report.json"
"""Written last: a folder that has it holds a whole set."""


@dataclass(frozen=True)
class Source:
    """One picture to prepare.

    Attributes:
        name: in reports.
        color: the file.
        maps: "roughness", "gloss" and "metalness" files that belong to it.
        licence: as its folder says, or "unstated".
    """

    name: str
    color: Path
    maps: Mapping[str, Path] = field(default_factory=dict)
    licence: str = "unstated"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How pictures are prepared.

    Attributes:
        size: pixels a side of what is stored.
        split: "auto" (sheets that show a seam in the middle), "always" or "never": sheets of two pictures in halves.
        crops: squares that are taken of each picture, spread over its longer side.
        tiles: "auto" (by their borders), "yes" or "no": whether pictures continue on their other side.
        copies: names of `COPIES` to store beside each original.
        seed: of the copies.

    Raises:
        BadConfig: a value out of range, or an unknown name.
    """

    size: int = 128
    split: str = "auto"
    crops: int = 1
    tiles: str = "auto"
    copies: Sequence[str] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.size < 16 or self.crops < 1:
            raise BadConfig(f"size {self.size}, crops {self.crops}: at least 16 pixels and 1 are needed")
        if self.split not in ("auto", "always", "never") or self.tiles not in ("auto", "yes", "no"):
            raise BadConfig(f"split {self.split!r}, tiles {self.tiles!r}: auto/always/never and auto/yes/no are known")
        wrong = [name for name in self.copies if name not in COPIES]
        if wrong:
            raise BadConfig(f"copies {wrong[0]!r}: choose from {', '.join(COPIES)}")


@dataclass
class PreparationReport:
    """What was made from what.

    Attributes:
        rows: one a record: key, source, sha256 of the source, what was done, scene, tiles.
        left_out: file -> why.
        bytes_read: of all source files.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    bytes_read: int = 0


def prepare(
    sources: Sequence[Source],
    settings: Settings,
    report: PreparationReport,
    on_source: Callable[[Source], None] = lambda source: None,
) -> Iterator[Record]:
    """Records of all sources, in order; `report` is filled as they come.

    Files that cannot be read, or are smaller than the size asked for, are left out and named in the report. All
    pictures are looked at twice: first for copies of each other, as thumbnails.

    Args:
        on_source: called after each source is packed.

    Raises:
        BadInput: there are no sources.
    """
    if not sources:
        raise BadInput("no pictures to prepare; name a folder that holds some, or --procedural COUNT")
    readable: list[tuple[Source, int]] = []
    thumbnails: list[FloatArray] = []
    for source in sources:
        try:
            picture, data = _read(source)
            parts = _parts(picture, settings)
        except BadInput as error:
            report.left_out[str(source.color)] = str(error)
            continue
        report.bytes_read += data
        readable.append((source, len(thumbnails)))
        thumbnails += [thumbnail(linear_to_srgb(np.clip(_centre(part)[..., :3], 0, 1))) for part in parts]
    families = families_of_copies(thumbnails)
    names: dict[int, str] = {}
    number = 0
    for source, first in readable:
        picture, _ = _read(source)
        digest = hashlib.sha256(source.color.read_bytes()).hexdigest()
        for half, part in enumerate(_parts(picture, settings)):
            family = families[first + half]
            scene = names.setdefault(family, f"{source.name}#{half}" if half else source.name)
            done = ["split"] if len(_parts(picture, settings)) > 1 else []
            for variant, words, tiles in _variants(part, settings, number):
                steps = [*done, *words]
                facts = {
                    "family": "picture",
                    "scene": scene,
                    "tiles": tiles,
                    "made_by": steps,
                    "assets": [
                        {"kind": "texture", "name": source.name, "sha256": digest, "licence": source.licence},
                    ],
                }
                key = record_key(number, "_".join([source.name, *steps]))
                report.rows.append({"key": key, "source": str(source.color), "sha256": digest, **facts})
                yield Record(key, _bytes(variant, source), facts)
                number += 1
        on_source(source)


def write_report(report: PreparationReport, out: Path, bytes_written: int, settings: Mapping[str, Any]) -> Path:
    """Write `OUT/report.json` and return its path.

    It counts sources, records, scenes and copies, tells the bytes read and written, and lists every record with its
    source, and every file that was left out with the reason.
    """
    path = out / REPORT
    scenes = {row["scene"] for row in report.rows}
    stored = [row for row in report.rows if set(row["made_by"]) & set(COPIES)]
    value = {
        "settings": dict(settings),
        "sources": len({row["source"] for row in report.rows}),
        "records": len(report.rows),
        "scenes": len(scenes),
        "stored_copies": len(stored),
        "bytes_read": report.bytes_read,
        "bytes_written": bytes_written,
        "left_out": report.left_out,
        "made": report.rows,
    }
    write_json(path, value)
    return path


def _read(source: Source) -> tuple[FloatArray, int]:
    """Scene-linear colour with the maps that the source has behind it: (H, W, 3), (H, W, 4) or (H, W, 5)."""
    image = read_image(source.color)
    color = np.clip(np.nan_to_num(to_scene_linear(image.rgb(), image.color_space)), 0.0, None)
    size = source.color.stat().st_size
    layers = [np.asarray(color, np.float32)]
    for name in _map_names(source):
        path = source.maps[name]
        values = read_image(path).rgb()[..., :1]
        if values.shape[:2] != color.shape[:2]:
            raise BadSize(f"{path}: is not of the size of {source.color.name}; export both at one size")
        layers.append(1.0 - values if name == "gloss" else values)
        size += path.stat().st_size
    return np.concatenate(layers, -1), size


def _map_names(source: Source) -> list[str]:
    rough = [name for name in ("roughness", "gloss") if name in source.maps][:1]
    return rough + [name for name in ("metalness",) if name in source.maps]


def _bytes(picture: FloatArray, source: Source) -> bytes:
    names = ["roughness" if name == "gloss" else name for name in _map_names(source)]
    maps = {name: np.clip(picture[..., 3 + place], 0.0, 1.0) for place, name in enumerate(names)}
    return picture_bytes(picture[..., :3], **maps)


def _parts(picture: FloatArray, settings: Settings) -> list[FloatArray]:
    if settings.split == "never":
        parts = [picture]
    else:
        shown = linear_to_srgb(np.clip(picture[..., :3], 0, 1))
        cut = parts_of_double(np.concatenate([shown, picture], -1), sure=settings.split == "always")
        parts = [np.ascontiguousarray(part[..., 3:]) for part in cut]
    smallest = min(min(part.shape[:2]) for part in parts)
    if smallest < settings.size:
        raise UnreadableImage(
            f"{smallest} pixels on its shorter side, {settings.size} are asked for; use larger pictures, or a smaller "
            f"--size"
        )
    return parts


def _variants(part: FloatArray, settings: Settings, number: int) -> Iterator[tuple[FloatArray, list[str], bool]]:
    """Each square of a picture, sized, and its stored copies: pixels, what was done, whether it tiles."""
    for place in range(settings.crops):
        square = _square(part, place, settings.crops)
        whole = square.shape[:2] == part.shape[:2]
        shown = linear_to_srgb(np.clip(square[..., :3], 0, 1))
        tiles = settings.tiles == "yes" or (settings.tiles == "auto" and whole and is_tileable(shown))
        words = [] if whole else [f"crop{place}" if settings.crops > 1 else "crop"]
        sized = _sized(square, settings.size)
        yield sized, words, tiles
        for order, name in enumerate(settings.copies):
            rng = np.random.default_rng([settings.seed, number, place, order])
            copy = COPIES[name](square, rng)
            yield _sized(copy, settings.size), [*words, name], tiles and name not in _BREAK_TILES


def _centre(part: FloatArray) -> FloatArray:
    return _square(part, 0, 1)


def _square(part: FloatArray, place: int, places: int) -> FloatArray:
    """The square `place` of `places` along the longer side; one is the middle."""
    height, width = part.shape[:2]
    side = min(height, width)
    share = 0.5 if places == 1 else place / (places - 1)
    top, left = round((height - side) * share), round((width - side) * share)
    return part[top : top + side, left : left + side]


def _sized(square: FloatArray, size: int) -> FloatArray:
    if square.shape[0] == size:
        return np.ascontiguousarray(square)
    channels = [cv2.resize(np.ascontiguousarray(square[..., i]), (size, size), interpolation=cv2.INTER_AREA)
                for i in range(square.shape[2])]  # fmt: skip
    return np.stack(channels, -1)


def _mirrored(square: FloatArray, rng: np.random.Generator) -> FloatArray:
    return square[:, ::-1]


def _exposed(stops: tuple[float, float]) -> Callable[[FloatArray, np.random.Generator], FloatArray]:
    def made(square: FloatArray, rng: np.random.Generator) -> FloatArray:
        gain = np.float32(2.0 ** rng.uniform(*stops))
        return np.concatenate([np.clip(square[..., :3] * gain, 0.0, 1.0), square[..., 3:]], -1)

    return made


def _rotated(square: FloatArray, rng: np.random.Generator) -> FloatArray:
    """By 3 to 15 degrees either way, cut so that nothing from outside is seen."""
    side = len(square)
    angle = float(rng.uniform(3, 15)) * (1 if rng.random() < 0.5 else -1)
    turn = abs(np.sin(np.deg2rad(angle))) + abs(np.cos(np.deg2rad(angle)))
    inner = max(1, int(side / turn))
    matrix = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), angle, 1.0)
    matrix = np.asarray(matrix) - np.array([[0.0, 0.0, (side - inner) / 2]])
    channels = [cv2.warpAffine(np.ascontiguousarray(square[..., i]), matrix, (inner, inner), flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REFLECT_101) for i in range(square.shape[2])]  # fmt: skip
    return np.stack(channels, -1)


def _zoomed(square: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A square of 60 to 90 % of the side, anywhere."""
    side = len(square)
    inner = max(1, round(side * float(rng.uniform(0.6, 0.9))))
    top, left = (int(rng.integers(side - inner + 1)) for _ in range(2))
    return square[top : top + inner, left : left + inner]


def _tinted(square: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Up to 30 degrees round the colour circle, and up to 30 % more or less saturation."""
    shown = linear_to_srgb(np.clip(square[..., :3], 0.0, 1.0)).astype(np.float32)
    hsv = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-30, 30)) % 360.0
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.7, 1.3), 0.0, 1.0)
    changed = srgb_to_linear(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
    return np.concatenate([np.asarray(changed, np.float32), square[..., 3:]], -1)


COPIES: Mapping[str, Callable[[FloatArray, np.random.Generator], FloatArray]] = {
    "mirror": _mirrored,
    "bright": _exposed((0.3, 1.0)),
    "dim": _exposed((-1.0, -0.3)),
    "rotate": _rotated,
    "zoom": _zoomed,
    "color": _tinted,
}
"""Name -> function of a scene-linear square (S, S, C) and a generator."""

_BREAK_TILES = ("rotate", "zoom")
