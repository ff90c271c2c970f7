"""Meshes: normals are unit, agree with the triangles, point out; analytic shapes are where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.shapes import KINDS, Mesh, build
from scene_generator.spec import Shape, SpecError
from tests.scene_generator.shapes import surfaces

BASIC = {
    "quad": (1.0, 2.0),
    "box": (1.0, 2.0, 3.0),
    "ellipsoid": (1.0, 0.7, 1.3),
    "superquadric": (1.0, 0.8, 1.0, 0.3, 1.2),
    "blob": (1.0, 0.2, 2.0),
    "torus": (1.0, 0.3),
    "cylinder": (1.0, 0.6, 2.0),
    "vessel": (0.5, 2.0),
    "bowl": (0.5, 0.4, 0.5),
    "sheet": (4.0, 4.0, 0.1, 1.0),
}
_FRONT = (3, 2, 2.6, 3.0, 1.1, 1.5, 0.15)
_CAR = (4.4, 1.8, 1.45)
_PERSON = (1.75, 0.0, 0.5)
NUMBERS = {
    **BASIC,
    "arch": (3.0, 3.0, 0.5, 1.4, 2.2),
    "bedding": (1.6, 2.0),
    "bench": (1.6,),
    "bicycle": (1.7,),
    "bin": (0.25, 0.8),
    "bollard": (0.1, 1.0),
    "books_row": (0.8, 0.28, 0.2),
    "bush": (0.7, 0.06, 0.8),
    "bust": (0.6,),
    "cable": (4.0, 0.5, 0.01),
    "car_body": _CAR,
    "car_glass": _CAR,
    "car_wheels": _CAR,
    "column": (0.2, 3.0, 20),
    "conifer": (8.0, 3.0),
    "crumpled": (0.8, 0.5),
    "curtain": (1.6, 2.4, 9, 0.5),
    "cushion": (0.5, 0.16, 0.5),
    "displaced": (0.3, 0.3, 4),
    "drape": (0.6, 0.2, 0.3, 1),
    "fence": (3.0, 1.0, 0.12),
    "fern": (0.6,),
    "figure_hair": _PERSON,
    "figure_hands": _PERSON,
    "figure_head": _PERSON,
    "figure_legs": _PERSON,
    "figure_shoes": _PERSON,
    "figure_top": _PERSON,
    "flowers": (0.5,),
    "flower_stems": (0.5,),
    "flower_heads": (0.5,),
    "frame_moulding": (0.6, 0.8, 0.06, 0.03),
    "front_bars": _FRONT,
    "front_panes": _FRONT,
    "front_shutters": _FRONT,
    "front_timbers": _FRONT,
    "front_trim": _FRONT,
    "front_wall": _FRONT,
    "fruit": (0.05, 0.5),
    "gable": (4.0, 2.0, 6.0),
    "grass": (0.4, 0.3, 300),
    "hanging_cloth": (1.0, 0.9),
    "hedge": (2.0, 1.0, 0.6, 0.05),
    "hip_roof": (6.0, 2.0, 9.0),
    "ivy": (2.0, 2.0, 0.09),
    "jug": (0.1, 0.25),
    "keyboard": (0.44, 0.14, 0.03),
    "lampshade": (0.2, 0.12, 0.25),
    "lathe": (0.05, 0.3, 0.7),
    "louver": (0.6, 0.9, 0.05, 14),
    "metaballs": (0.4,),
    "moulding": (3.0, 0.15, 0.1),
    "mug": (0.045, 0.1),
    "panelled_door": (0.9, 2.1, 0.05, 2),
    "plant": (0.7,),
    "plate_dish": (0.13, 0.025),
    "prism": (0.2, 0.4, 6, 0.7, 0.01),
    "quadruped": (0.8,),
    "radiator": (1.0, 0.6, 0.1),
    "railing": (3.0, 1.0, 0.12, 0.02),
    "rock": (0.5, 0.3, 0.5),
    "rounded_box": (0.4, 0.3, 0.5, 0.02),
    "sculpture": (0.3, 1.2),
    "sign_post": (2.6,),
    "stairs": (1.2, 1.8, 2.4, 10),
    "street_lamp": (5.0,),
    "terrain": (120.0, 120.0, 12.0, 0.5),
    "traffic_cone": (0.7,),
    "tree_leaves": (7.0, 3.0, 0.18, 0.7),
    "tree_wood": (7.0, 3.0),
    "tube": (1.0, 0.05, 0.6, 0.3),
    "wavy": (4.0, 4.0, 0.2, 1.0),
    "wine_glass": (0.04, 0.2),
}
"""Plausible numbers of every kind; a new kind needs its own here."""
CLOSED = {"box": 6.0, "ellipsoid": 4 / 3 * np.pi * 0.91, "torus": 2 * np.pi**2 * 0.09, "cylinder": np.pi * 2 / 3 * 1.96}


def _triangle_normals(mesh: Mesh) -> np.ndarray:
    p = mesh.positions[mesh.faces].astype(np.float64)
    n = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def test_every_kind_is_covered() -> None:
    assert set(NUMBERS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(BASIC))
@pytest.mark.parametrize("seed", [0, 5])
def test_normals_of_simple_shapes_agree_closely_with_the_triangles(kind: str, seed: int) -> None:
    mesh = build(Shape(kind, BASIC[kind], seed))
    mean = mesh.normals[mesh.faces].mean(1)
    agreement = (mean / np.linalg.norm(mean, axis=1, keepdims=True) * _triangle_normals(mesh)).sum(1)
    assert agreement.min() > 0.9
    assert agreement.mean() > 0.999


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_mesh_is_finite_with_unit_normals_that_go_with_its_faces(kind: str) -> None:
    mesh = build(Shape(kind, NUMBERS[kind], 11))
    assert np.isfinite(mesh.positions).all()
    assert np.isfinite(mesh.uvs).all()
    assert int(mesh.faces.max()) < len(mesh.positions)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    assert surfaces.disagreeing_area(mesh) < 0.01


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_texture_coordinates_are_not_degenerate(kind: str) -> None:
    # A texture needs an area: where all coordinates of a mesh lie on a point or a line, its pattern is one streak.
    mesh = build(Shape(kind, NUMBERS[kind], 11))
    p, t = (v[mesh.faces].astype(np.float64) for v in (mesh.positions, mesh.uvs))
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    du, dv = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    covered = np.abs(du[:, 0] * dv[:, 1] - du[:, 1] * dv[:, 0])
    scale = covered[area > 0] / area[area > 0]
    assert np.average(scale > 1e-3, weights=area[area > 0]) > 0.9
    whole = float(np.sqrt(covered.sum() / area.sum()))
    assert 0.3 < whole < 3, f"coordinates are metres of surface, not {whole:.2f} a metre"


@pytest.mark.parametrize("kind", sorted(CLOSED))
def test_closed_shapes_have_their_volume_so_normals_point_out(kind: str) -> None:
    mesh = build(Shape(kind, NUMBERS[kind]))
    p = mesh.positions[mesh.faces].astype(np.float64)
    volume = (p[:, 0] * np.cross(p[:, 1], p[:, 2])).sum() / 6
    assert volume == pytest.approx(CLOSED[kind], rel=0.02)


def test_ellipsoid_normals_are_the_gradient() -> None:
    radii = np.array(NUMBERS["ellipsoid"])
    mesh = build(Shape("ellipsoid", tuple(radii)))
    expected = mesh.positions / radii**2
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(mesh.normals, expected, atol=1e-4)


def test_things_that_stand_stand_on_zero() -> None:
    for kind in ("cylinder", "vessel", "bowl"):
        assert build(Shape(kind, NUMBERS[kind], 3)).positions[:, 1].min() == pytest.approx(0, abs=1e-6)


def test_texture_coordinates_are_metres() -> None:
    for kind in ("quad", "box", "sheet"):
        mesh = build(Shape(kind, NUMBERS[kind]))
        p, t = mesh.positions[mesh.faces], mesh.uvs[mesh.faces]
        edge = np.linalg.norm(p[:, 1] - p[:, 0], axis=1)
        assert np.median(np.linalg.norm(t[:, 1] - t[:, 0], axis=1) / edge) == pytest.approx(1, rel=0.1)


def test_unknown_kinds_and_wrong_counts_are_refused() -> None:
    with pytest.raises(SpecError, match="teapot"):
        build(Shape("teapot"))
    with pytest.raises(SpecError, match="expected 3"):
        build(Shape("box", (1.0,)))
