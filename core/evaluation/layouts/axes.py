"""Where the axes of a data set's normals point, and the way to camera space as Platelight has it: right, up, back.

Data sets disagree, and few say what they do. Three letters name a convention: where +x, +y and +z of a stored normal
point, as seen from behind the camera: R(ight) or L(eft), U(p) or D(own), B(ack, towards the camera) or F(orward).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig

__all__ = ["Axes"]

_DIRECTIONS = {
    "R": (1.0, 0.0, 0.0),
    "L": (-1.0, 0.0, 0.0),
    "U": (0.0, 1.0, 0.0),
    "D": (0.0, -1.0, 0.0),
    "B": (0.0, 0.0, 1.0),
    "F": (0.0, 0.0, -1.0),
}


@dataclass(frozen=True)
class Axes:
    """A convention of three letters such as `RUB` (Platelight, OpenGL), `RDF` (OpenCV), `LUB` (DSINE's files).

    Left-handed ones are fine: `RDB` is what OASIS stores.

    Raises:
        BadConfig: not three letters, or two of the same line.
    """

    letters: str

    def __post_init__(self) -> None:
        used = [next((pair for pair in ("RL", "UD", "BF") if letter in pair), "") for letter in self.letters]
        if len(used) != 3 or len(set(used)) != 3 or "" in used:
            raise BadConfig(
                f"normal axes {self.letters!r}: name where +x, +y and +z point, one of R or L, one of U or D, one of "
                "B(ack, to the camera) or F(orward), such as RUB, RDF or LUB"
            )

    def to_camera_space(self, normals: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Normals along Platelight's axes: +X right, +Y up, +Z to the camera.

        Args:
            normals: (..., 3) along these axes.

        Returns:
            (..., 3) float32.
        """
        basis = np.array([_DIRECTIONS[letter] for letter in self.letters])
        return np.asarray(np.asarray(normals, np.float64) @ basis, np.float32)
