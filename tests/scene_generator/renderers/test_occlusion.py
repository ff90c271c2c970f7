from __future__ import annotations

import numpy as np

from scene_generator.renderers.occlusion import directions


def test_rays_are_unit_above_the_surface_and_weighted_by_the_cosine() -> None:
    rng = np.random.default_rng(3)
    normal = rng.normal(size=(200, 3))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    rays = directions(normal, 64, 5)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 1.0, atol=1e-5)
    cosine = np.einsum("nd,nsd->ns", normal, rays)
    assert cosine.min() > 0.0
    # Density cos / pi over the hemisphere: the mean cosine is 2/3, and it is 1/2 of rays of equal density.
    assert abs(float(cosine.mean()) - 2.0 / 3.0) < 0.01
