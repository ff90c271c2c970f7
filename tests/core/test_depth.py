"""Whatever kind of depth a program writes, the same surface comes of it."""

from __future__ import annotations

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.depth import planar_depth
from core.depth_kind import DepthKind
from core.errors import BadChannels, BadInput
from core.image import Image

CAMERA = PinholeCamera(24, 16, 60.0)
SLOPES = CAMERA.ray_slopes()


def depth_image(values: np.ndarray) -> Image:
    return Image(np.asarray(values, np.float32)[..., None], ("depth.Z",))


def slanted() -> np.ndarray:
    return np.linspace(1.0, 40.0, 16 * 24, dtype=np.float32).reshape(16, 24)


@pytest.mark.parametrize("kind", list(DepthKind))
def test_each_kind_gives_the_planar_depth(kind: DepthKind) -> None:
    z = slanted()
    from_camera = np.linalg.norm(CAMERA.position_from_depth(z), axis=-1)
    stored = {DepthKind.PLANAR: z, DepthKind.INVERSE: 1.0 / z, DepthKind.DISTANCE: from_camera}[kind]
    stored = stored.copy()
    stored[0, :5] = (0.0, np.inf, np.nan, -3.0, 1e-42)
    found = planar_depth(depth_image(stored), SLOPES, kind, "z.exr")
    assert found.shape == (16, 24, 1)
    assert not found[0, :4].any(), "no surface"
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.reshape(-1)[5:], z.reshape(-1)[5:], rtol=1e-5)


def test_depth_that_is_negative_throughout_is_refused_and_nothing_at_all_is_not() -> None:
    with pytest.raises(BadInput, match=r"z\.exr: all depth is negative"):
        planar_depth(depth_image(-slanted()), SLOPES, DepthKind.PLANAR, "z.exr")
    assert not planar_depth(depth_image(np.zeros((16, 24))), SLOPES, DepthKind.INVERSE, "z.exr").any()


def test_an_image_without_depth_is_named() -> None:
    with pytest.raises(BadChannels, match=r"z\.exr: no channel depth\.Z"):
        planar_depth(Image(np.zeros((4, 4, 3), np.float32), ("R", "G", "B")), SLOPES, DepthKind.PLANAR, "z.exr")
