"""Building fronts: openings are open, panes fill them, bars and surrounds fit the same grid."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes.build import build
from scene_generator.shapes.front import KINDS, boxes, centres, flat
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import Shape
from tests.scene_generator.shapes import surfaces

GRIDS = [(3, 2, 2.6, 3.0, 1.1, 1.5, 0.15), (1, 1, 3.8, 3.5, 2.9, 2.7, 0.3), (7, 4, 1.8, 2.7, 0.55, 1.2, 0.05)]
SEEDS = range(6)


def _front(kind: str, numbers: tuple[float, ...], seed: int = 0) -> Mesh:
    return build(Shape(kind, numbers, seed))


def _facing_crossings(mesh: Mesh, x: float, y: float) -> int:
    # Triangles that a ray along Z through (x, y) crosses.
    d = mesh.positions[mesh.faces][..., :2].astype(np.float64) - [x, y]
    cross = d[:, [0, 1, 2], 0] * d[:, [1, 2, 0], 1] - d[:, [0, 1, 2], 1] * d[:, [1, 2, 0], 0]
    return int(((cross > 1e-12).all(1) | (cross < -1e-12).all(1)).sum())


def _samples(numbers: tuple[float, ...]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    # Points in every opening and in the wall about it, off the diagonals of quadrilaterals.
    width, height, bay, storey = numbers[4], numbers[5], numbers[2], numbers[3]
    inside, outside = [], []
    for x, y in centres(numbers):
        for a, b in ((0.013, 0.007), (0.471, 0.463), (-0.482, 0.459), (0.469, -0.477)):
            inside.append((x + a * width, y + b * height))
        side, over = width / 2 + 0.3 * (bay - width) / 2, height / 2 + 0.31 * (storey - height) / 2
        outside += [(x + side, y + 0.1), (x - side, y - 0.1), (x + 0.11, y + over), (x - 0.11, y - over)]
    return inside, outside


@pytest.mark.parametrize("numbers", GRIDS)
def test_openings_are_open_and_the_wall_is_whole(numbers: tuple[float, ...]) -> None:
    wall, panes = _front("front_wall", numbers), _front("front_panes", numbers)
    inside, outside = _samples(numbers)
    for x, y in inside:
        assert _facing_crossings(wall, x, y) == 0
        assert _facing_crossings(panes, x, y) == 1
    for x, y in outside:
        assert _facing_crossings(wall, x, y) == 1
        assert _facing_crossings(panes, x, y) == 0


@pytest.mark.parametrize("numbers", GRIDS)
def test_the_wall_has_the_area_of_its_cells_less_the_openings_and_more_the_reveals(numbers: tuple[float, ...]) -> None:
    columns, rows, bay, storey, width, height, reveal = numbers
    mesh = _front("front_wall", numbers)
    p = mesh.positions[mesh.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2
    cell = bay * storey - width * height + 2 * (width + height) * reveal
    assert area.sum() == pytest.approx(columns * rows * cell, rel=1e-5)
    np.testing.assert_allclose(mesh.positions.min(0), [-columns * bay / 2, 0, -reveal], atol=1e-5)
    np.testing.assert_allclose(mesh.positions.max(0), [columns * bay / 2, rows * storey, 0], atol=1e-5)


@pytest.mark.parametrize("numbers", GRIDS)
def test_panes_lie_at_the_back_of_the_reveal_and_face_out(numbers: tuple[float, ...]) -> None:
    panes = _front("front_panes", numbers)
    np.testing.assert_allclose(panes.positions[:, 2], -numbers[6], atol=1e-6)
    np.testing.assert_allclose(panes.normals, np.broadcast_to([0, 0, 1], panes.normals.shape), atol=1e-6)
    assert len(panes.faces) == 2 * numbers[0] * numbers[1]


@pytest.mark.parametrize("numbers", GRIDS)
def test_reveals_look_into_the_opening(numbers: tuple[float, ...]) -> None:
    mesh = _front("front_wall", numbers)
    middle = mesh.positions[mesh.faces].mean(1)
    normal = mesh.normals[mesh.faces[:, 0]]
    reveal = np.abs(normal[:, 2]) < 0.5
    nearest = np.abs(middle[:, None, :2] - centres(numbers)[None]).sum(-1).argmin(1)
    toward = centres(numbers)[nearest] - middle[:, :2]
    assert reveal.sum() == 8 * numbers[0] * numbers[1]
    assert ((toward * normal[:, :2]).sum(1)[reveal] > 0).all()
    assert (normal[~reveal][:, 2] > 0.99).all()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("numbers", GRIDS)
def test_every_part_is_a_sound_mesh_on_the_grid(kind: str, numbers: tuple[float, ...]) -> None:
    for seed in SEEDS:
        mesh = _front(kind, numbers, seed)
        surfaces.check(mesh)
        across = numbers[0] * numbers[2] / 2
        assert np.abs(mesh.positions[:, 0]).max() < across + 0.2
        assert mesh.positions[:, 1].min() > -0.2
        assert mesh.positions[:, 1].max() < numbers[1] * numbers[3] + 0.2


@pytest.mark.parametrize("kind", ["front_bars", "front_trim", "front_shutters"])
@pytest.mark.parametrize("numbers", GRIDS)
def test_parts_of_one_cell_repeat_in_all_and_stay_in_theirs(kind: str, numbers: tuple[float, ...]) -> None:
    for seed in SEEDS:
        mesh = _front(kind, numbers, seed)
        count = int(numbers[0] * numbers[1])
        cells = mesh.positions.reshape(count, -1, 3).astype(np.float64)
        local = cells - np.column_stack([centres(numbers), np.zeros(count)])[:, None]
        np.testing.assert_allclose(local, np.broadcast_to(local[:1], local.shape), atol=1e-5)
        assert np.abs(local[..., 0]).max() <= numbers[2] / 2 * 1.1, "neighbours do not run into each other"


@pytest.mark.parametrize("numbers", GRIDS)
def test_bars_stay_inside_their_opening_and_before_the_pane(numbers: tuple[float, ...]) -> None:
    for seed in SEEDS:
        points = _front("front_bars", numbers, seed).positions.astype(np.float64)
        middle = centres(numbers)
        nearest = np.abs(points[:, None, :2] - middle[None]).max(-1).argmin(1)
        local = np.abs(points[:, :2] - middle[nearest])
        assert (local <= np.array(numbers[4:6]) / 2 + 1e-5).all()
        assert points[:, 2].max() <= 1e-6, "nothing sticks out of the wall"
        assert points[:, 2].max() > -numbers[6] + 0.01, "bars stand proud of the pane"


@pytest.mark.parametrize("numbers", GRIDS)
def test_surrounds_leave_the_opening_free_and_stand_proud(numbers: tuple[float, ...]) -> None:
    inside, _ = _samples(numbers)
    for seed in SEEDS:
        for kind in ("front_trim", "front_shutters"):
            mesh = _front(kind, numbers, seed)
            assert mesh.positions[:, 2].max() > 0.02
            assert all(_facing_crossings(mesh, x, y) == 0 for x, y in inside)


@pytest.mark.parametrize("kind", ["front_bars", "front_trim", "front_shutters"])
def test_boxes_have_their_faces_outward(kind: str) -> None:
    assert surfaces.volume(_front(kind, GRIDS[0], 2)) > 0


def test_a_box_of_quadrilaterals_is_closed_and_has_its_volume() -> None:
    mesh = flat(boxes(np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0, 5.0]])))
    assert surfaces.volume(mesh) == pytest.approx(6.0)
    assert surfaces.open_edges(mesh) == 0
    outward = (mesh.positions - [0.5, 2.0, 3.5]) * mesh.normals
    assert (outward.sum(1) > 0).all()
