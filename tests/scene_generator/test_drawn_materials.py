from __future__ import annotations

import numpy as np
import pytest

from scene_generator.drawn_materials import SURFACES, draw_material
from scene_generator.spec import SpecError


@pytest.mark.parametrize("index", range(0, len(SURFACES), 5))
def test_a_tile_is_a_pure_function_of_its_numbers_and_in_range(index: int) -> None:
    one, two, other = draw_material(3, index, 32), draw_material(3, index, 32), draw_material(4, index, 32)
    assert one.role == SURFACES[index]
    for name in ("color", "roughness", "metalness"):
        values = getattr(one, name)
        assert values.shape[:2] == (32, 32)
        assert values.dtype == np.float32
        assert 0.0 <= float(values.min()) <= float(values.max()) <= 1.0
        assert np.array_equal(values, getattr(two, name))
    assert not np.array_equal(one.color, other.color)


def test_roles_come_in_turn() -> None:
    assert [draw_material(0, index, 16, ("brick", "wood")).role for index in range(4)] == ["brick", "wood"] * 2


def test_tiles_repeat_without_a_seam() -> None:
    for index in range(len(SURFACES)):
        color = draw_material(1, index, 64).color
        across = float(np.abs(color[:, 0] - color[:, -1]).mean())
        inside = np.abs(np.diff(color, axis=1)).mean((0, 2))
        assert across <= 1.5 * float(inside.max()) + 0.01, SURFACES[index]


def test_what_cannot_be_drawn_is_refused() -> None:
    for arguments in ((0, 0, 8), (-1, 0, 32), (0, -1, 32)):
        with pytest.raises(SpecError):
            draw_material(*arguments)
    with pytest.raises(SpecError, match="chocolate"):
        draw_material(0, 0, 32, ("chocolate",))
    with pytest.raises(SpecError):
        draw_material(0, 0, 32, ())
