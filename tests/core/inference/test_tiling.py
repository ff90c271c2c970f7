from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inference.answer import Answer
from core.inference.tiling import Tile, blend_tiles, tile_grid
from core.normals import angular_error_degrees, normalize, rotate


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 8), st.integers(0, 7))
def test_tiles_cover_everything_overlap_enough_and_keep_the_stride(
    rows: int, columns: int, side: int, overlap: int
) -> None:
    step = 32
    height, width, long, wanted = rows * step, columns * step, side * step, min(overlap, side - 1) * step
    tiles = list(tile_grid(height, width, long, wanted, step))
    covered = np.zeros((rows, columns), dtype=int)
    for tile in tiles:
        assert tile.top % step == tile.left % step == 0
        assert tile.bottom - tile.top == min(long, height)
        assert tile.right - tile.left == min(long, width)
        covered[tile.top // step : tile.bottom // step, tile.left // step : tile.right // step] += 1
    assert covered.min() >= 1
    lefts = sorted({tile.left for tile in tiles})
    assert all(first + long - second >= wanted for first, second in itertools.pairwise(lefts))
    assert len(set(tiles)) == len(tiles)


@pytest.mark.parametrize(("height", "side", "overlap"), [(100, 64, 16), (128, 60, 16), (128, 64, 64)])
def test_sizes_off_the_stride_are_refused(height: int, side: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="tiles of"):
        list(tile_grid(height, 128, side, overlap, 32))


def gentle_field(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width] / width
    return normalize(np.stack([0.4 * np.sin(3 * x), 0.3 * np.cos(2 * y), np.ones_like(x)], axis=-1))


def tilted_tiles(field: np.ndarray, tiles: list[Tile], degrees: float, fade: int) -> np.ndarray:
    """Blends tiles that disagree: each is the field, turned about Y to one side or the other."""

    def predict(tile: Tile) -> Answer:
        angle = np.radians(degrees) * (1 if tiles.index(tile) % 2 else -1)
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        return Answer(rotate(field[tile.top : tile.bottom, tile.left : tile.right], turn))

    return blend_tiles(field.shape[0], field.shape[1], tiles, fade, predict).normals


def border_and_other_steps(normals: np.ndarray, tiles: list[Tile]) -> tuple[float, float]:
    """Largest angle between horizontal neighbours, on the borders of tiles and everywhere else."""
    steps = angular_error_degrees(normals[:, 1:], normals[:, :-1])
    borders = {edge - 1 for tile in tiles for edge in (tile.left, tile.right) if 0 < edge < normals.shape[1]}
    others = [column for column in range(steps.shape[1]) if column not in borders]
    return float(steps[:, sorted(borders)].max()), float(steps[:, others].max())


def test_tiles_that_disagree_leave_no_seam() -> None:
    field = gentle_field(96, 320)
    tiles = list(tile_grid(96, 320, 96, 32, 32))
    blended = tilted_tiles(field, tiles, 4.0, 32)
    border, elsewhere = border_and_other_steps(blended, tiles)
    assert border <= elsewhere
    assert elsewhere < 8.0 / 32 * 2.5  # eight degrees of disagreement, spread over the fade

    hard, _ = border_and_other_steps(tilted_tiles(field, tiles, 4.0, 1), tiles)
    assert hard > 2.0  # without the fade the same check sees the seam


def test_a_constant_stays_constant() -> None:
    field = np.broadcast_to(np.float32([0.36, 0.48, 0.8]), (96, 160, 3))
    tiles = list(tile_grid(96, 160, 64, 16, 32))
    blended = blend_tiles(96, 160, tiles, 16, lambda t: Answer(field[t.top : t.bottom, t.left : t.right]))
    np.testing.assert_allclose(blended.normals, field, atol=1e-6)
    assert blended.confidence is None


def test_one_tile_is_the_picture_itself() -> None:
    field = gentle_field(64, 96)
    tiles = list(tile_grid(64, 96, 96, 24, 32))
    assert tiles == [Tile(0, 64, 0, 96)]
    np.testing.assert_allclose(blend_tiles(64, 96, tiles, 24, lambda _: Answer(field)).normals, field, atol=1e-6)


def test_confidence_is_blended_with_the_weights_of_the_normals() -> None:
    """Tiles that are sure by turns: a smooth change between them, and a constant where they agree."""
    tiles = list(tile_grid(96, 320, 96, 32, 32))
    flat = np.broadcast_to(np.float32([0.0, 0.0, 1.0]), (96, 96, 3))

    def predict(tile: Tile) -> Answer:
        return Answer(flat, np.full((96, 96), 0.2 + 0.6 * (tiles.index(tile) % 2), np.float32))

    by_turns = blend_tiles(96, 320, tiles, 32, predict).confidence
    assert by_turns is not None
    assert by_turns.min() >= 0.2 - 1e-6
    assert by_turns.max() <= 0.8 + 1e-6
    assert np.ptp(by_turns) > 0.5
    assert np.abs(np.diff(by_turns, axis=1)).max() < 0.6 / 32 * 2.5
    alike = blend_tiles(96, 320, tiles, 32, lambda _: Answer(flat, np.full((96, 96), 0.37, np.float32))).confidence
    np.testing.assert_allclose(np.asarray(alike), 0.37, atol=1e-6)


def test_tiles_of_which_one_is_silent_have_no_confidence() -> None:
    tiles = list(tile_grid(96, 160, 96, 32, 32))
    flat = np.broadcast_to(np.float32([0.0, 0.0, 1.0]), (96, 96, 3))
    sure = np.ones((96, 96), np.float32)
    answer = blend_tiles(96, 160, tiles, 32, lambda tile: Answer(flat, sure if tile.left else None))
    assert answer.confidence is None
