from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.card import shipped_models
from core.errors import BadSize, ModelMismatch
from core.normals import angular_error_degrees
from core.textures.model import TextureModel, open_texture_model
from core.textures.predict import is_tileable, predict_texture, texture_origin
from core.textures.slopes import normals_from_slopes
from tests.texture_models import STRENGTH, bumps, make_texture_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TextureModel:
    return open_texture_model(make_texture_model(tmp_path_factory.mktemp("model")), "cpu", 1)


def color_of(height: int, width: int) -> np.ndarray:
    relief = bumps(height, width)
    grey = 0.5 + 0.2 * relief / np.abs(relief).max()
    return np.repeat(grey[..., None], 3, -1).astype(np.float32)


@pytest.mark.parametrize("shape", [(64, 96), (45, 51), (8, 130)])
def test_a_tileable_texture_has_no_seam_wherever_it_is_cut(model: TextureModel, shape: tuple[int, int]) -> None:
    color = color_of(*shape)
    moved = np.roll(color, (shape[0] // 3, shape[1] // 2), (0, 1))
    first = predict_texture(model, color, True).slopes
    second = predict_texture(model, moved, True).slopes
    assert np.abs(np.roll(first, (shape[0] // 3, shape[1] // 2), (0, 1)) - second).max() < 1e-5
    wanted = 0.5 * STRENGTH * (np.roll(color[..., 1], -1, 1) - np.roll(color[..., 1], 1, 1))
    assert np.abs(first[..., 0] - wanted).max() < 1e-4


@pytest.mark.parametrize("tileable", [True, False])
def test_blocks_fit_together_as_one_piece(model: TextureModel, tileable: bool) -> None:
    color = color_of(75, 133)
    whole = predict_texture(model, color, tileable, block=1024)
    calls: list[tuple[int, int]] = []
    parts = predict_texture(model, color, tileable, block=32, on_block=lambda done, total: calls.append((done, total)))
    assert np.abs(whole.slopes - parts.slopes).max() < 1e-5
    assert np.array_equal(whole.surface, parts.surface)
    assert calls[-1] == (15, 15)


def test_a_texture_that_does_not_repeat_is_mirrored_at_its_border(model: TextureModel) -> None:
    ramp = np.repeat(np.tile(np.linspace(0, 1, 40, dtype=np.float32), (40, 1))[..., None], 3, -1)
    p = predict_texture(model, ramp, False).slopes[..., 0]
    assert np.allclose(p[:, 1:-1], STRENGTH / 39, atol=1e-4)
    assert p[:, [0, -1]].min() > 0  # the other side of the ramp would make a cliff here
    cliff = predict_texture(model, ramp, True).slopes[..., 0]
    assert cliff[:, 0].max() < -0.5


def test_borders_tell_whether_a_texture_repeats() -> None:
    color = color_of(64, 64)
    assert is_tileable(color)
    assert is_tileable(np.full((16, 16, 3), 0.3))
    assert not is_tileable(color[:, :40])
    noise = np.random.default_rng(0).random((64, 64, 3))
    assert is_tileable(noise)


def test_a_texture_cut_at_a_joint_repeats_if_there_are_as_sharp_ones_inside() -> None:
    def plates(*shades: float) -> np.ndarray:
        return np.tile(np.repeat(np.float32(shades), 12)[None, :, None], (48, 1, 3))

    assert is_tileable(plates(0.2, 0.7, 0.3, 0.6))
    assert not is_tileable(plates(0.2, 0.4, 0.3, 0.6)), "the border is sharper than any joint"


def test_what_is_too_small_or_no_texture_model_is_refused(model: TextureModel, tmp_path: Path) -> None:
    with pytest.raises(BadSize, match="4x40"):
        predict_texture(model, color_of(40, 4), True)
    folder = make_texture_model(tmp_path / "other")
    text = (folder / "card.json").read_text().replace('"srgb"', '"srgb_shoulder_v1"')
    (folder / "card.json").write_text(text)
    with pytest.raises(ModelMismatch, match="no texture model"):
        open_texture_model(folder)


def test_a_texture_knows_its_origin_however_it_is_rolled() -> None:
    color = np.random.default_rng(1).random((40, 56, 3)).astype(np.float32)
    row, column = texture_origin(color)
    for shift in ((1, 0), (7, 31), (39, 55)):
        moved = texture_origin(np.roll(color, shift, (0, 1)))
        assert moved == ((row + shift[0]) % 40, (column + shift[1]) % 56)
    stripes = np.tile(color[:, :7], (1, 8, 1))  # repeats within itself
    assert texture_origin(np.roll(stripes, 3, 1))[1] == (texture_origin(stripes)[1] + 3) % 7
    assert texture_origin(np.full((16, 16, 3), 0.5, np.float32)) == (0, 0)


@pytest.mark.skipif("texture_normals" not in shipped_models(), reason="the model is not shipped")
def test_the_shipped_models_margin_is_wide_enough_for_what_it_sees() -> None:
    """Bricks of other colours with scratches, looked at whole and in blocks: no step where blocks meet."""
    side, cut = 640, 320
    generator = np.random.default_rng(5)
    y, x = np.mgrid[0:side, 0:side]
    row = y // 40
    brick = generator.random((16, 8, 3))[row, ((x + 40 * (row % 2)) // 80) % 8]
    mortar = ((y % 40) < 4) | (((x + 40 * (row % 2)) % 80) < 4)
    grain = generator.normal(0.0, 0.03, (side, side, 1))
    color = np.clip(np.where(mortar[..., None], 0.75, 0.2 + 0.3 * brick) + grain, 0.0, 1.0).astype(np.float32)
    shipped = open_texture_model(None, "cpu", 1)
    whole, parts = (
        normals_from_slopes(predict_texture(shipped, color, False, block=block).slopes) for block in (1024, cut)
    )
    error = angular_error_degrees(whole, parts)
    assert error[:, cut - 2 : cut + 2].mean() < 0.1
    assert error[cut - 2 : cut + 2].mean() < 0.1
