from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.camera import PinholeCamera
from core.normals import (
    angular_error_degrees,
    camera_to_world,
    decode_8bit,
    encode_8bit,
    flip_green,
    flip_horizontal,
    normalize,
    rotate,
    world_to_camera,
)

coordinate = st.floats(-1.0, 1.0, allow_nan=False)
direction = st.tuples(coordinate, coordinate, coordinate).filter(lambda v: math.hypot(*v) > 1e-3)
angle = st.floats(-math.pi, math.pi)


def rotation_matrix(x: float, y: float, z: float) -> np.ndarray:
    cx, sx, cy, sy, cz, sz = math.cos(x), math.sin(x), math.cos(y), math.sin(y), math.cos(z), math.sin(z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


@given(direction, st.floats(-30.0, 30.0))
def test_normalize_gives_unit_vectors_of_the_same_direction_at_any_scale(v: tuple[float, ...], exponent: float) -> None:
    unit = normalize(np.array(v) * 10.0**exponent, eps=1e-40)
    assert np.linalg.norm(unit) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(unit, np.array(v) / np.linalg.norm(v), atol=1e-6)


def test_normalize_turns_what_has_no_direction_into_zero() -> None:
    bad = np.array([[0, 0, 0], [np.nan, 1, 0], [np.inf, 0, 0], [1e-9, 0, 0]])
    np.testing.assert_array_equal(normalize(bad), np.zeros((4, 3)))


@given(direction)
def test_eight_bit_code_keeps_the_direction_within_its_step(v: tuple[float, ...]) -> None:
    unit = normalize(v)
    # Half a step in each of three components, seen as an angle.
    limit = math.degrees(math.sqrt(3.0) * 0.5 / 127.5) * 1.02
    assert angular_error_degrees(decode_8bit(encode_8bit(unit)), unit) <= limit


def test_eight_bit_code_of_axes_and_of_nothing() -> None:
    assert encode_8bit([[0, 0, 1], [-1, 0, 0], [0, 0, 0]]).tolist() == [[128, 128, 255], [0, 128, 128], [128, 128, 128]]
    np.testing.assert_array_equal(decode_8bit(np.array([[128, 128, 128], [127, 127, 127]], dtype=np.uint8)), 0.0)
    assert encode_8bit([[np.nan, np.inf, 0.0]]).tolist() == [[128, 255, 128]]


def test_decode_takes_16_bit_and_float_codes() -> None:
    np.testing.assert_allclose(decode_8bit(np.array([[32768, 32768, 65535]], dtype=np.uint16)), [[0, 0, 1]], atol=1e-4)
    np.testing.assert_allclose(decode_8bit(np.array([[1.0, 0.5, 0.5]], dtype=np.float32)), [[1, 0, 0]], atol=1e-6)


@settings(max_examples=200)
@given(st.floats(-10.0, 0.49), st.booleans(), angle)
def test_angular_error_is_exact_near_0_and_180_degrees(exponent: float, opposite: bool, turn: float) -> None:
    small = 10.0**exponent
    other = np.array([math.sin(small) * math.cos(turn), math.sin(small) * math.sin(turn), math.cos(small)])
    expected = math.degrees(small)
    found = float(angular_error_degrees([0.0, 0.0, 1.0], -other if opposite else other))
    if opposite:
        assert found == pytest.approx(180.0 - expected, abs=2e-5)
    else:
        assert found == pytest.approx(expected, rel=1e-5)


def test_angular_error_broadcasts_and_ignores_length() -> None:
    field = np.array([[[0, 0, 2.0], [3.0, 0, 0]]])
    np.testing.assert_allclose(angular_error_degrees(field, [0, 0, 1.0]), [[0.0, 90.0]], atol=1e-5)


@given(direction, direction, angle, angle, angle)
def test_rotations_keep_angles_and_are_undone(
    a: tuple[float, ...], b: tuple[float, ...], x: float, y: float, z: float
) -> None:
    matrix = rotation_matrix(x, y, z)
    first, second = normalize(a), normalize(b)
    turned = angular_error_degrees(rotate(first, matrix), rotate(second, matrix))
    assert turned == pytest.approx(float(angular_error_degrees(first, second)), abs=1e-3)
    np.testing.assert_allclose(world_to_camera(camera_to_world(first, matrix), matrix), first, atol=1e-6)


def test_world_to_camera_of_a_camera_that_looks_along_plus_x() -> None:
    # Camera axes in the world: right = +Z, up = +Y, back = -X; so it looks down +X.
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = (0, 0, 1), (0, 1, 0), (-1, 0, 0), (5, 6, 7)
    np.testing.assert_allclose(world_to_camera([-1.0, 0, 0], matrix), [0, 0, 1])
    np.testing.assert_allclose(world_to_camera([0, 0, 1.0], tuple(matrix.ravel())), [1, 0, 0])


@pytest.mark.parametrize("matrix", [np.eye(3) * 2.0, np.diag([1.0, 1.0, -1.0]), np.ones((3, 3))])
def test_matrices_that_are_no_rotation_are_refused(matrix: np.ndarray) -> None:
    with pytest.raises(ValueError, match="rotation"):
        rotate([0, 0, 1.0], matrix)


def test_flips_mirror_and_undo_themselves() -> None:
    field = normalize(np.random.default_rng(3).normal(size=(4, 6, 3)))
    np.testing.assert_array_equal(flip_green(field)[..., 1], -field[..., 1])
    np.testing.assert_array_equal(flip_green(flip_green(field)), field)
    mirrored = flip_horizontal(field)
    np.testing.assert_array_equal(mirrored[:, 0], field[:, -1] * [-1, 1, 1])
    np.testing.assert_array_equal(flip_horizontal(mirrored), field)


def sphere_normals(camera: PinholeCamera, centre: np.ndarray, radius: float) -> np.ndarray:
    """Normals of a sphere as it is seen; zero beside it."""
    rays = camera.directions().astype(np.float64)
    along = rays @ centre
    under = along**2 - (centre @ centre - radius**2)
    points = rays * (along - np.sqrt(np.maximum(under, 0.0)))[..., None]
    return np.where((under > 0)[..., None], (points - centre) / radius, 0.0)


def test_mirroring_agrees_with_geometry() -> None:
    camera = PinholeCamera.from_fov_degrees(64, 48, 50.0)
    left = sphere_normals(camera, np.array([-0.5, 0.1, -4.0]), 1.0)
    right = sphere_normals(camera, np.array([0.5, 0.1, -4.0]), 1.0)
    assert (left != 0).any()
    np.testing.assert_allclose(flip_horizontal(left), right, atol=1e-5)
