from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, FileMissing, UnreadableImage
from core.image import SRGB, Image, write_image
from core.occlusion import style
from core.occlusion.model import open_style_model
from core.occlusion.style import draw_text, mask_of, shiny
from tests.occlusion_models import WIDE, make_style_model


def test_text_is_white_on_black_with_room_around() -> None:
    one, two = draw_text("Lamp", 40), draw_text("Lamp", 80)
    assert one.shape[2] == 1
    assert float(one.max()) == 1.0
    assert float(one[:8].max()) == 0.0
    assert two.shape[0] > 1.5 * one.shape[0]
    assert 0.02 < float(one.mean()) < 0.5
    for text, letters in (("", 40), ("x" * 1000, 40), ("x", 2)):
        with pytest.raises(BadConfig):
            draw_text(text, letters)


def test_letters_that_the_font_lacks_are_named() -> None:
    assert draw_text("Åß a\nb", 20).any()
    with pytest.raises(BadConfig, match="the font has no \U0010ffff; leave them out, or give a picture"):
        draw_text("Lamp \U0010ffff", 20)


def test_a_picture_is_taken_as_a_screen_shows_it(tmp_path: Path) -> None:
    values = np.zeros((12, 20, 4), np.float32)
    values[..., :3] = 0.6
    values[:, 10:, 3] = 1.0
    write_image(tmp_path / "logo.png", Image(values, ("R", "G", "B", "A"), SRGB, alpha_associated=False))
    mask = mask_of(str(tmp_path / "logo.png"))
    np.testing.assert_allclose(mask[:, 10:], 0.6, atol=0.01)
    np.testing.assert_allclose(mask[:, :10], 0.0, atol=0.01)
    with pytest.raises(FileMissing):
        mask_of(str(tmp_path / "gone.png"))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableImage):
        mask_of(str(tmp_path / "bad.png"))
    assert mask_of("two words").shape[2] == 1


def test_large_pictures_have_no_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_style_model(make_style_model(tmp_path), "cpu", 1)
    mask = np.random.default_rng(0).random((150, 230, 1)).astype(np.float32)
    whole = shiny(model, mask)
    monkeypatch.setattr(style, "_BLOCK", 64)
    np.testing.assert_allclose(shiny(model, mask).pixels, whole.pixels, atol=1e-5)
    inside = mask[20 : 20 + WIDE, 30 : 30 + WIDE].mean()
    assert float(whole.pixels[20 + WIDE // 2, 30 + WIDE // 2, 0]) == pytest.approx(float(inside), abs=1e-5)
    assert whole.color_space == SRGB
