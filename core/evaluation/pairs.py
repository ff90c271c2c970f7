"""A plate and its reference normals: what is compared, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST_TRUSTED", "Pair", "PairSource"]

LEAST_TRUSTED = 0.02
"""Share of the pixels whose reference must be trusted; images with less are left out."""


@dataclass(frozen=True)
class Pair:
    """A plate and its reference.

    Attributes:
        group: name of the set that it belongs to.
        name: of the plate.
        plate: (H, W, 3) scene-linear Rec.709.
        reference: (H, W, 3) camera space: +X right, +Y up, +Z to the camera.
        trusted: (H, W), where the reference counts.
        fov_degrees: along the longer side, or None where it is not known.
        pixel_aspect: width of a pixel divided by its height.
    """

    group: str
    name: str
    plate: npt.NDArray[np.float32]
    reference: npt.NDArray[np.float32]
    trusted: npt.NDArray[np.bool_]
    fov_degrees: float | None
    pixel_aspect: float = 1.0


class PairSource(Protocol):
    """A countable source of pairs, read one at a time."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Pair]: ...
