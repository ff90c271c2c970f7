from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from core.normals import decode_8bit, encode_8bit, flip_green
from core.textures.convention import agreement_with_opengl, convention_of
from core.textures.pairs import find_pairs, settle_conventions
from core.textures.slopes import normals_from_slopes, slopes_from_height
from tests.texture_models import bumps

SHARED = Path(os.environ.get("PLATELIGHT_SHARED", Path(__file__).parents[4] / "shared"))


def test_a_map_tells_its_convention_through_8_bits() -> None:
    normals = normals_from_slopes(slopes_from_height(bumps(64, 96), True))
    seen = decode_8bit(encode_8bit(normals))
    assert agreement_with_opengl(seen) > 0.7
    assert agreement_with_opengl(flip_green(seen)) < -0.7


def test_a_few_pixels_that_lie_in_the_plane_do_not_decide() -> None:
    normals = normals_from_slopes(slopes_from_height(bumps(64, 96), True))
    rng = np.random.default_rng(0)
    steep = rng.random((64, 96)) < 0.002
    turn = rng.uniform(0.0, 2.0 * np.pi, int(steep.sum()))
    normals[steep] = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], -1)
    assert convention_of([agreement_with_opengl(normals)]) == "opengl"
    assert convention_of([agreement_with_opengl(flip_green(normals))]) == "directx"


def test_grooves_in_one_direction_cannot_tell() -> None:
    grooves = np.tile(np.sin(np.arange(64) * 0.4).astype(np.float32), (64, 1))
    assert abs(agreement_with_opengl(normals_from_slopes(slopes_from_height(grooves, True)))) < 0.01
    assert convention_of([0.0, 0.01]) is None
    assert convention_of([0.3, -0.1, 0.02]) == "opengl"
    assert convention_of([-0.3, 0.1]) == "directx"


def test_maps_of_artists_are_recognised() -> None:
    folder = SHARED / "data" / "texture_pairs"
    if not folder.is_dir():
        pytest.skip("the shared texture pairs are not here")
    # Every sixth, without their names' own word on it.
    pairs = find_pairs(folder)[::6]
    bare = [type(pair)(pair.name, pair.color, pair.normal, pair.group, pair.licence, None) for pair in pairs]
    found, _ = settle_conventions(bare)
    assert found.count("opengl") >= 0.95 * len(found)
    assert {pair.group for pair in pairs} == {row["group"] for row in json.loads((folder / "index.json").read_text())}
