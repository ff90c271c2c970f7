from __future__ import annotations

import numpy as np
import pytest

from core.materials import ball
from core.materials.ball import STUDIO, ball_normals, ball_picture, drawn_lights, shade
from core.materials.parameters import to_quantities
from scene_generator.mtlx.standard_surface import evaluate
from scene_generator.mtlx.surface import StandardSurface


@pytest.mark.parametrize("metalness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("roughness", [0.45, 0.8])
def test_one_light_gives_what_the_reference_gives(
    monkeypatch: pytest.MonkeyPatch, metalness: float, roughness: float
) -> None:
    monkeypatch.setattr(ball, "_LIGHT_SIZE", 0.0)
    ten = np.array([0.8, 0.7, 0.4, 0.2, 0.9, 0.5, 0.8, 1.0, roughness, metalness], np.float32)
    surface = StandardSurface(
        base=0.8,
        base_color=(0.7, 0.4, 0.2),
        specular=0.9,
        specular_color=(0.5, 0.8, 1.0),
        specular_roughness=roughness,
        metalness=metalness,
    )
    normals, _ = ball_normals(24)
    light = np.array([0.4, 0.5, 0.77], np.float32)
    light /= np.linalg.norm(light)
    made = shade(to_quantities(ten)[None], normals, light[None], np.ones((1, 3), np.float32), np.zeros(3, np.float32))
    first = np.cross([0.0, 1.0, 0.0], normals)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    frame = np.stack([first, np.cross(normals, first), normals], 1)
    wanted = evaluate(surface, frame[..., 2].astype(float), (frame @ light).astype(float)) * np.pi
    assert np.abs(made[0] - wanted).sum() / wanted.sum() < 0.03


def test_torch_and_numpy_say_the_same_and_slopes_are_finite() -> None:
    torch = pytest.importorskip("torch")
    lights, (normals, _) = drawn_lights(np.random.default_rng(0), 3), ball_normals(10)
    given = np.random.default_rng(1).uniform(size=(5, 8)).astype(np.float32)
    given[0], given[1] = 0.0, 1.0
    plain = shade(given, normals, lights.directions, lights.radiance, lights.ambient)
    tensors = [torch.from_numpy(part) for part in (normals, lights.directions, lights.radiance, lights.ambient)]
    wanted = torch.from_numpy(given).requires_grad_(True)
    made = shade(wanted, *tensors)
    assert np.allclose(made.detach().numpy(), plain, rtol=2e-3, atol=2e-4)
    made.sum().backward()
    assert torch.isfinite(wanted.grad).all()


def test_each_quantity_moves_the_picture_the_right_way() -> None:
    grey = np.array([0.3, 0.3, 0.3, 1.0, 1.0, 1.0, 0.3, 0.0])
    picture = ball_picture(grey, 48)
    assert picture.shape == (48, 48, 3)
    assert picture.min() >= 0
    assert picture.max() <= 1
    red = grey.copy()
    red[0] = 0.9
    assert (ball_picture(red, 48) - picture)[..., 0].mean() > 0.05
    assert np.abs((ball_picture(red, 48) - picture)[..., 1]).mean() < 1e-3
    rough = grey.copy()
    rough[6] = 0.9
    assert ball_picture(rough, 48).max() < picture.max()
    black = ball_picture(np.zeros(8), 48)
    assert black[24, 24].max() < 0.02
    assert np.allclose(black[0, 0], black[-1, -1], atol=1e-6)


def test_drawn_lights_are_before_the_ball_and_of_one_strength() -> None:
    for seed in range(5):
        lights = drawn_lights(np.random.default_rng(seed), 4)
        assert np.allclose(np.linalg.norm(lights.directions, axis=-1), 1, atol=1e-5)
        assert lights.directions[:, 2].min() >= -0.11
        assert 1.0 < lights.radiance.mean(-1).sum() < 2.3
    assert np.allclose(np.linalg.norm(STUDIO.directions, axis=-1), 1, atol=1e-5)
