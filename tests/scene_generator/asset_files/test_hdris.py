"""Environment maps keep their directions and their colours, and come out with a mean of 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import BadSize, UnreadableImage
from core.image import Image, write_image
from scene_generator.asset_files.hdris import read_hdri
from scene_generator.sky import directions

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def written(path: Path, light: np.ndarray) -> Path:
    write_image(path, Image(np.asarray(light, np.float32), ("R", "G", "B")), dtype="float")
    return path


def sphere_mean(light: np.ndarray) -> float:
    """Mean luminance over the sphere by sin(theta) at the middle of each row."""
    theta = (np.arange(len(light)) + 0.5) / len(light) * np.pi
    return float(np.average((light @ LUMINANCE).mean(axis=1), weights=np.sin(theta)))


@pytest.mark.parametrize("axis", [(0, 0, -1), (1, 0, 0), (0, 0, 1), (-1, 0, 0), (0.0, 0.8, 0.6), (0.6, -0.8, 0.0)])
def test_a_lamp_stays_where_the_sky_has_it(tmp_path: Path, axis: tuple[float, float, float]) -> None:
    # Written by the stated layout, not by `directions`: column from the azimuth, row from the polar angle.
    height = 64
    phi = np.arctan2(axis[0], -axis[2]) % (2 * np.pi)
    row = int(np.arccos(axis[1]) / np.pi * height)
    light = np.full((height, 2 * height, 3), 0.01)
    light[row, int(phi / (2 * np.pi) * 2 * height) % (2 * height)] = 1000.0
    read = read_hdri(written(tmp_path / "lamp.exr", light))
    where = np.unravel_index(read[..., 0].argmax(), read.shape[:2])
    assert float(directions(height)[where] @ np.asarray(axis)) > np.cos(np.radians(6))


def test_the_mean_is_one_and_colours_stay(tmp_path: Path) -> None:
    light = np.random.default_rng(1).gamma(0.3, 5.0, (100, 200, 3)) * [1.0, 0.5, 2.0]
    read = read_hdri(written(tmp_path / "sky.exr", light))
    assert read.shape == (100, 200, 3)
    assert read.dtype == np.float32
    assert sphere_mean(read) == pytest.approx(1.0, rel=1e-3)
    np.testing.assert_allclose(read / light, (read / light).mean(), rtol=1e-4)


def test_large_maps_shrink_and_keep_their_energy(tmp_path: Path) -> None:
    light = np.full((800, 1600, 3), 1.0)
    light[3:9, 100:900] = 3000.0  # near the pole, where rows weigh little
    read = read_hdri(written(tmp_path / "big.hdr", light))
    assert read.shape == (512, 1024, 3)
    assert sphere_mean(read) == pytest.approx(1.0, rel=1e-3)
    theta = (np.arange(512) + 0.5) / 512 * np.pi
    weight = np.sin(theta)[:, None]
    cap = float((read[:16, :, 1] * weight[:16]).sum() / (read[..., 1] * weight).sum())
    fine = np.sin((np.arange(800) + 0.5) / 800 * np.pi)[:, None]
    assert cap == pytest.approx(float((light[:25, :, 1] * fine[:25]).sum() / (light[..., 1] * fine).sum()), rel=0.01)


def test_holes_are_mended_and_ruins_refused(tmp_path: Path) -> None:
    light = np.full((32, 64, 3), 2.0)
    light[4, 4] = np.nan
    light[5, 5] = np.inf
    light[6, 6] = -1.0
    read = read_hdri(written(tmp_path / "holes.exr", light))
    assert np.isfinite(read).all()
    assert read[4, 4].max() == 0
    assert read[6, 6].max() == 0
    assert read[5, 5, 0] == read[10, 10, 0]
    light[:8] = np.nan
    with pytest.raises(UnreadableImage, match=r"ruin\.exr.*not finite"):
        read_hdri(written(tmp_path / "ruin.exr", light))
    with pytest.raises(UnreadableImage, match=r"black\.exr.*black"):
        read_hdri(written(tmp_path / "black.exr", np.zeros((32, 64, 3))))


@pytest.mark.parametrize("shape", [(32, 32), (64, 96), (8, 16)])
def test_other_layouts_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(BadSize, match=r"cross\.exr.*latitude-longitude"):
        read_hdri(written(tmp_path / "cross.exr", np.ones((*shape, 3))))
