"""Folders of colour textures and their normal maps, whatever their authors call them.

Two layouts are found, and may be mixed below one folder:

    NAME_SUFFIX.EXT      colour: color, colour, col, diffuse, diff, dif, d, albedo, basecolor, base_color, base, c,
                         or none
                         normal: normal, normals, normalmap, nrm, norm, nor, nmap, nm, n, local, ddn, bump_normal, and
                         normal_gl, normal_ogl, normal_dx ..., which also tell the convention
    color/NAME.EXT       beside normal/NAME.EXT (also colour, diffuse, albedo; normals, nrm), as sets of the 1990s do

Suffixes are read in any case, after `_`, `-`, `.` or a space, or as the last capitalised word (`BricksNormal.png`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig, BadSize, FileMissing, UnreadableImage
from core.image import Image, read_image
from core.normals import decode_8bit, flip_green
from core.textures.convention import CONVENTIONS, DIRECTX, OPENGL, SURE, agreement_with_opengl, convention_of
from core.walk import files_below
from worker_link.json_text import read_json

__all__ = ["SMALLEST", "TexturePair", "find_pairs", "read_pair", "settle_conventions"]

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tga", ".webp", ".bmp", ".exr", ".dds"})
"""Suffixes of files that are looked at."""

SMALLEST = 8
"""Pixels a side below which a picture is no texture."""

_COLORS = ("color", "colour", "col", "diffuse", "diff", "dif", "d", "albedo", "basecolor", "base_color", "base", "c")
_NORMALS = ("normal", "normals", "normalmap", "nrm", "norm", "nor", "nmap", "nm", "n", "local", "ddn", "bump_normal")
_GL = ("gl", "ogl", "opengl")
_DX = ("dx", "directx")
_LEAST_BLUE = 0.2  # on average: surfaces of a texture look out of the picture
_COLOR_FOLDERS = ("color", "colour", "colors", "diffuse", "albedo")
_NORMAL_FOLDERS = ("normal", "normals", "nrm", "norm")
_INDEX = "index.json"


@dataclass(frozen=True)
class TexturePair:
    """A colour texture and its normal map.

    Attributes:
        name: the common part of both names.
        color, normal: the files.
        group: who made it, as `index.json` says, else the folder's name: samples of one author can be held out
            together.
        licence: as `index.json` says, else "unstated".
        convention: "opengl" or "directx" where name or user tell, else None.
    """

    name: str
    color: Path
    normal: Path
    group: str
    licence: str
    convention: str | None


def find_pairs(folder: Path, convention: str | None = None) -> list[TexturePair]:
    """All pairs below a folder, in order of their names.

    `index.json` in the folder, a list of objects with `id` and perhaps `group` and `licence`, says who made what.

    Args:
        folder: searched with its sub-folders.
        convention: "opengl" or "directx" for all, whatever their names say; None: by name, else unknown.

    Raises:
        FileMissing: there is no such folder, or no pair in it.
        BadConfig: `index.json` is damaged, or the convention unknown.
    """
    if convention is not None and convention not in CONVENTIONS:
        raise BadConfig(f"convention {convention!r}: choose one of {', '.join(CONVENTIONS)}")
    if not folder.is_dir():
        raise FileMissing(f"{folder}: no such folder; name one that holds colour textures and normal maps")
    told = _told_of(folder)
    colors: dict[tuple[Path, str], Path] = {}
    normals: dict[tuple[Path, str], tuple[Path, str | None]] = {}
    for path in files_below(folder):
        if path.suffix.lower() not in IMAGES or path.name.startswith("."):
            continue
        kind, place, name, way = _kind(path)
        if kind == "normal":
            normals.setdefault((place, name.lower()), (path, way))
        else:
            # A file without any suffix is colour only if nothing says so better.
            if kind == "color" or (place, name.lower()) not in colors:
                colors[(place, name.lower())] = path
    pairs = []
    for (place, key), (normal, way) in sorted(normals.items()):
        color = colors.get((place, key))
        if color is None or color == normal:
            continue
        facts = told.get(key, {})
        pairs.append(
            TexturePair(
                _kind(color)[2],
                color,
                normal,
                str(facts.get("group") or (place.name if place != folder else folder.name)),
                str(facts.get("licence") or "unstated"),
                convention or way,
            )
        )
    if not pairs:
        raise FileMissing(
            f"{folder}: no pairs there; NAME_color.png with NAME_normal.png, or color/NAME.tif with normal/NAME.tif, "
            "are looked for"
        )
    return pairs


def settle_conventions(pairs: Sequence[TexturePair]) -> tuple[list[str], list[TexturePair]]:
    """Find out the convention of the maps for which nobody has told it.

    A map that shows it clearly is believed; one that cannot follows the others of its group.

    Returns:
        The convention of each pair, and the pairs for which it is a guess (OpenGL), because neither they nor their
        group show it.

    Raises:
        UnreadableImage, BadChannels: a normal map cannot be read.
    """
    agreements = {pair: agreement_with_opengl(_vectors(pair.normal)) for pair in pairs if pair.convention is None}
    by_group: dict[str, list[float]] = {}
    for pair, value in agreements.items():
        by_group.setdefault(pair.group, []).append(value)
    found, guessed = [], []
    for pair in pairs:
        known = pair.convention
        if known is None:
            value = agreements[pair]
            own = (OPENGL if value > 0 else DIRECTX) if abs(value) > SURE else None
            known = own or convention_of(by_group[pair.group])
        if known is None:
            guessed.append(pair)
            known = OPENGL
        found.append(known)
    return found, guessed


def read_pair(pair: TexturePair, convention: str) -> tuple[Image, npt.NDArray[np.float32]]:
    """Colour as read, and (H, W, 3) float32 unit normals, OpenGL.

    Raises:
        UnreadableImage, BadChannels: a file cannot be read, has too few channels or values that are not finite, or is
            no normal map in tangent space.
        BadSize: the two differ in size, or are smaller than `SMALLEST`.
    """
    color = read_image(pair.color)
    _check_finite(pair.color, color.rgb())
    vectors = _vectors(pair.normal)
    if vectors.shape[:2] != (color.height, color.width):
        raise BadSize(
            f"{pair.normal}: is {vectors.shape[1]}x{vectors.shape[0]} and its colour {color.width}x{color.height} "
            "pixels; bring both to one size"
        )
    if min(vectors.shape[:2]) < SMALLEST:
        raise BadSize(f"{pair.normal}: is {vectors.shape[1]}x{vectors.shape[0]} pixels; {SMALLEST} a side are needed")
    return color, flip_green(vectors) if convention == DIRECTX else vectors


def _vectors(path: Path) -> npt.NDArray[np.float32]:
    image = read_image(path)
    pixels = image.rgb()
    _check_finite(path, pixels)
    float_file = path.suffix.lower() == ".exr" and float(pixels.min()) < -0.05
    vectors = decode_8bit(0.5 + 0.5 * pixels) if float_file else decode_8bit(pixels)
    # Grey means nothing was said: flat.
    silent = ~vectors.any(axis=-1)
    vectors[silent] = (0.0, 0.0, 1.0)
    if not silent.all() and (pixels == pixels[..., :1]).all():
        raise UnreadableImage(f"{path}: is grey, as height maps are, and no normal map; rename it or bake one from it")
    blue = float(vectors[..., 2].mean())
    if blue < _LEAST_BLUE:
        raise UnreadableImage(
            f"{path}: is not a tangent-space normal map (its blue averages {blue:.2f} decoded, above {_LEAST_BLUE} is "
            "needed); bake it in tangent space or rename it"
        )
    return vectors


def _check_finite(path: Path, pixels: npt.NDArray[Any]) -> None:
    if not np.isfinite(pixels).all():
        raise UnreadableImage(f"{path}: has values that are not finite; export it again")


def _kind(path: Path) -> tuple[str, Path, str, str | None]:
    """What a file is by its name: (color, normal or other; the folder it belongs to; its name; its convention)."""
    parent = path.parent.name.lower()
    if parent in _COLOR_FOLDERS:
        return "color", path.parent.parent, _plain(path.stem, _COLORS)[0], None
    if parent in _NORMAL_FOLDERS:
        stem, way = _without_way(path.stem)
        return "normal", path.parent.parent, _plain(stem, _NORMALS)[0], way
    stem, way = _without_way(path.stem)
    name, found = _plain(stem, _NORMALS)
    if found:
        return "normal", path.parent, name, way
    name, found = _plain(path.stem, _COLORS)
    return "color" if found else "other", path.parent, name, None


def _without_way(stem: str) -> tuple[str, str | None]:
    for names, way in ((_GL, OPENGL), (_DX, DIRECTX)):
        name, found = _plain(stem, names)
        if found:
            return name, way
        for short in names:  # NormalGL, normaldx
            if stem.lower().endswith("normal" + short):
                return stem[: -len(short)], way
    return stem, None


def _plain(stem: str, suffixes: Sequence[str]) -> tuple[str, bool]:
    """A name without the longest of some suffixes, and whether it had one."""
    for suffix in sorted(suffixes, key=len, reverse=True):
        if re.search(rf"[_\-. ]{suffix}$", stem, re.IGNORECASE):
            return stem[: -len(suffix) - 1], True
        if len(suffix) > 1 and re.search(rf"[a-z0-9]{suffix.capitalize()}$", stem):
            return stem[: -len(suffix)], True
    return stem, False


def _told_of(folder: Path) -> dict[str, Mapping[str, Any]]:
    path = folder / _INDEX
    if not path.is_file():
        return {}
    try:
        rows = read_json(path)
        return {str(row["id"]).lower(): row for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadConfig(
            f"{path}: a list of objects with `id`, `group` and `licence` is needed ({error!s:.300})"
        ) from error
