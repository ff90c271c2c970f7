"""Public data sets with reference normals, in the layouts in which people have them.

Each module reads one set, says where it knows the layout from, and brings the normals to camera space. Every set is
found by its files; where two look alike (NAME_img.png with NAME_normal.png is handed out for several), the name of a
folder decides, or `--layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.errors import BadConfig
from core.evaluation.layouts import diode, ibims1, nyuv2, oasis, scannet
from core.evaluation.layouts.axes import Axes
from core.evaluation.pairs import PairSource

__all__ = ["AUTO", "LAYOUTS", "PLATELIGHT", "open_layout"]

AUTO = "auto"
PLATELIGHT = "platelight"


class _Layout(NamedTuple):
    looks_like: Callable[[Path], bool]
    open: Callable[[Path, Axes | None], PairSource]


# In the order in which `auto` asks: the most particular files first.
_KNOWN = {
    "scannet": _Layout(scannet.looks_like, scannet.open_scannet),
    "diode": _Layout(diode.looks_like, diode.open_diode),
    "oasis": _Layout(oasis.looks_like, oasis.open_oasis),
    "ibims1": _Layout(ibims1.looks_like, ibims1.open_ibims1),
    "nyuv2": _Layout(nyuv2.looks_like, nyuv2.open_nyuv2),
}

LAYOUTS = (AUTO, PLATELIGHT, "nyuv2", "scannet", "ibims1", "diode", "oasis")


def open_layout(folder: Path, layout: str, axes: Axes | None = None) -> PairSource | None:
    """The pairs of a public data set.

    Args:
        folder: where it has been unpacked.
        layout: one of `LAYOUTS`; `auto` takes the first that the files look like.
        axes: where the axes of the stored normals point, instead of what the layout says.

    Returns:
        None if `auto` finds none.

    Raises:
        BadConfig: an unknown layout.
        FileMissing: a file of the layout is missing; the message names it.
        MissingPart: a package that the layout needs is not installed.
        BadInput: a file is damaged, or its axes cannot be those.
    """
    if layout not in LAYOUTS:
        raise BadConfig(f"layout {layout!r} is not known; use {', '.join(LAYOUTS)}")
    if layout in _KNOWN:
        return _KNOWN[layout].open(folder, axes)
    found = next((known for known in _KNOWN.values() if known.looks_like(folder)), None)
    return found.open(folder, axes) if found else None
