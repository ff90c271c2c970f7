"""A key light on the move, and the frames it makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.relight.lights import AmbientLight, DirectionalLight, Light

__all__ = ["encode_animation", "key_light_at"]

FloatArray: TypeAlias = NDArray[np.float32]

_WARM = (1.0, 0.92, 0.80)
_COOL = (0.75, 0.88, 1.0)


def key_light_at(turn: float) -> tuple[Light, ...]:
    """The lights at one moment: a warm key that goes round the camera's axis, and a little cool light from around.

    Args:
        turn: share of one round; 0 is from the right, 0.25 from above, 0.5 from the left, 1 is 0 again.

    Returns:
        A directional light that stands 55 degrees off the camera's axis, and an ambient light.
    """
    angle, off_axis = 2.0 * math.pi * turn, math.radians(55.0)
    toward = (
        math.sin(off_axis) * math.cos(angle),
        math.sin(off_axis) * math.sin(angle),
        math.cos(off_axis),
    )
    key = DirectionalLight(direction=(-toward[0], -toward[1], -toward[2]), intensity=1.5, color=_WARM, name="key")
    return key, AmbientLight(intensity=0.10, color=_COOL, name="around")


def encode_animation(frames: Sequence[NDArray[np.uint8]], *, milliseconds: int = 90) -> bytes:
    """Pack frames as an animated WebP that loops for ever.

    Args:
        frames: (H, W, 3) uint8, display-encoded, all of one size; at least one.
        milliseconds: how long each is shown.

    Raises:
        ModuleNotFoundError: Pillow is not installed; it comes with scikit-image, the extra `[demo]`.
    """
    import io

    from PIL import Image as Pillow

    pictures = [Pillow.fromarray(frame) for frame in frames]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=milliseconds,
        loop=0,
        quality=72,
        method=3,
    )
    return buffer.getvalue()
