from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import BadConfig, BadSize, FileMissing, UnreadableImage
from core.image import SRGB, Image, write_image
from core.normals import flip_green
from core.shards import ShardSet
from core.textures.packing import pack_drawn, pack_pairs
from core.textures.pairs import find_pairs, read_pair, settle_conventions
from core.textures.slopes import normals_from_slopes, slopes_from_height
from tests.texture_models import bumps

NORMALS = normals_from_slopes(slopes_from_height(bumps(32, 48), True))


def put(path: Path, normals: np.ndarray | None = None, size: tuple[int, int] = (32, 48)) -> None:
    pixels = np.full((*size, 3), 0.4, np.float32) if normals is None else 0.5 + 0.5 * normals
    write_image(path, Image(np.asarray(pixels, np.float32), ("R", "G", "B"), color_space=SRGB), dtype="uint8")


@pytest.mark.parametrize(
    ("color", "normal"),
    [
        ("brick_color.png", "brick_normal.png"),
        ("brick.png", "brick_n.png"),
        ("brick_d.jpg", "brick_NORM.tif"),
        ("brick_Diffuse.png", "brick_Nrm.tga"),
        ("Brick_BaseColor.png", "Brick_Normal_DX.png"),
        ("brick-albedo.png", "brick-normalgl.png"),
        ("BrickColor.png", "BrickNormal.png"),
        ("color/brick.tif", "normal/brick.tif"),
        ("Diffuse/brick_d.png", "Normals/brick_n.png"),
    ],
)
def test_pairs_are_found_by_their_usual_names(tmp_path: Path, color: str, normal: str) -> None:
    put(tmp_path / color)
    put(tmp_path / normal, NORMALS)
    put(tmp_path / "alone_color.png")
    (pair,) = find_pairs(tmp_path)
    assert pair.name.lower() == "brick"
    assert (pair.color, pair.normal) == (tmp_path / color, tmp_path / normal)
    told = {"Brick_Normal_DX.png": "directx", "brick-normalgl.png": "opengl"}
    assert pair.convention == told.get(normal)


def test_a_directx_map_is_recognised_and_turned_round(tmp_path: Path) -> None:
    put(tmp_path / "a_color.png")
    put(tmp_path / "a_normal.png", flip_green(NORMALS))
    pairs = find_pairs(tmp_path)
    ways, guessed = settle_conventions(pairs)
    assert ways == ["directx"]
    assert not guessed
    _, normals = read_pair(pairs[0], ways[0])
    assert np.abs(normals - NORMALS).max() < 0.02


def test_a_flat_map_is_a_guess_unless_its_group_tells(tmp_path: Path) -> None:
    flat = np.zeros_like(NORMALS)
    flat[..., 2] = 1.0
    put(tmp_path / "flat_color.png")
    put(tmp_path / "flat_normal.png", flat)
    ways, guessed = settle_conventions(find_pairs(tmp_path))
    assert (ways, len(guessed)) == (["opengl"], 1)
    put(tmp_path / "b_color.png")
    put(tmp_path / "b_normal.png", flip_green(NORMALS))
    ways, guessed = settle_conventions(find_pairs(tmp_path))
    assert (ways, guessed) == (["directx", "directx"], [])


_NOT_FINITE = np.where(np.arange(48)[:, None] == 7, np.float32(np.nan), NORMALS)


@pytest.mark.parametrize(
    ("normals", "message"),
    [
        (np.repeat(NORMALS[..., :1], 3, axis=2), "is grey, as height maps are"),
        (NORMALS[..., [2, 0, 1]], "is not a tangent-space normal map"),
        (NORMALS * np.float32([1, 1, 0]) - np.float32([0, 0, 1]), "is not a tangent-space normal map"),
        (_NOT_FINITE, "has values that are not finite"),
    ],
)
def test_what_is_no_normal_map_is_refused(tmp_path: Path, normals: np.ndarray, message: str) -> None:
    put(tmp_path / "a_color.png")
    path = tmp_path / "a_normal.exr"
    write_image(path, Image(0.5 + 0.5 * normals.astype(np.float32), ("R", "G", "B")), dtype="float")
    with pytest.raises(UnreadableImage, match=rf"a_normal\.exr: {message}"):
        settle_conventions(find_pairs(tmp_path))


def test_a_colour_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "a_normal.png", NORMALS)
    pixels = np.full((32, 48, 3), np.inf, np.float32)
    write_image(tmp_path / "a_color.exr", Image(pixels, ("R", "G", "B")), dtype="float")
    with pytest.raises(UnreadableImage, match=r"a_color\.exr: has values that are not finite"):
        read_pair(*find_pairs(tmp_path), "opengl")


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="no pairs"):
        find_pairs(tmp_path)
    with pytest.raises(BadConfig, match="sideways"):
        find_pairs(tmp_path, "sideways")
    put(tmp_path / "a_color.png", size=(16, 16))
    put(tmp_path / "a_normal.png", NORMALS)
    with pytest.raises(BadSize, match="16x16"):
        read_pair(find_pairs(tmp_path)[0], "opengl")
    put(tmp_path / "a_color.png", size=(1, 1))
    put(tmp_path / "a_normal.png", np.float32([[[0.0, 0.0, 1.0]]]))
    with pytest.raises(BadSize, match="is 1x1 pixels; 8 a side"):
        read_pair(find_pairs(tmp_path)[0], "opengl")
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(BadConfig, match=r"index\.json"):
        find_pairs(tmp_path)


def test_packed_pairs_keep_author_licence_and_one_side_of_the_split(tmp_path: Path) -> None:
    for name in ("wall1a", "wall1b", "floor"):
        put(tmp_path / f"{name}_color.png")
        put(tmp_path / f"{name}_normal.png", NORMALS)
    rows = [{"id": name, "group": "anna", "licence": "CC0-1.0 Anna"} for name in ("wall1a", "wall1b")]
    (tmp_path / "index.json").write_text(json.dumps(rows))
    pairs = find_pairs(tmp_path)
    pack_pairs(pairs, settle_conventions(pairs)[0], tmp_path / "out", largest=24, repeat=3)
    shards = ShardSet.open(tmp_path / "out")
    facts = [shards.metadata(key) for key in shards.keys]
    assert {fact["repeat"] for fact in facts} == {3}
    walls = [fact for fact in facts if fact["family"] == "anna"]
    assert len(walls) == 2
    assert len({fact["scene"] for fact in walls}) == 1  # variants of one texture
    assert {fact["assets"][0]["licence"] for fact in walls} == {"CC0-1.0 Anna"}
    image, _ = shards.read(shards.keys[0])
    assert (image.width, image.height) == (24, 16)
    assert np.allclose(np.linalg.norm(image.layer("N"), axis=-1), 1.0, atol=2e-3)


def test_drawn_textures_are_packed_once_and_replaced_with_their_recipe(tmp_path: Path) -> None:
    drawn: list[int] = []

    def draw(index: int) -> SimpleNamespace:
        drawn.append(index)
        slopes = slopes_from_height(bumps(32, 32, index), True)
        color, surface = np.full((32, 32, 3), 0.5, np.float32), np.full((32, 32, 2), 0.25, np.float32)
        return SimpleNamespace(role="test", color=color, slopes=slopes, surface=surface)

    made = pack_drawn(tmp_path, 3, draw, {"seed": 0})
    before = made[0].read_bytes()
    shards = ShardSet.open(tmp_path)
    image, facts = shards.read(shards.keys[2])
    wanted = normals_from_slopes(slopes_from_height(bumps(32, 32, 2), True))
    assert np.abs(image.layer("N") - wanted).max() < 2e-3
    assert np.allclose(image.layer("roughness"), 0.25)
    assert facts["family"] == "procedural-test"
    pack_drawn(tmp_path, 3, draw, {"seed": 0})
    assert (drawn, made[0].read_bytes()) == ([0, 1, 2], before)
    for fewer in ({"seed": 0}, {"seed": 1}):
        with pytest.raises(BadConfig, match="--overwrite"):
            pack_drawn(tmp_path, 2, draw, fewer)
    assert (len(ShardSet.open(tmp_path)), len(drawn)) == (3, 3)
    pack_drawn(tmp_path, 2, draw, {"seed": 1}, replace=True)
    assert len(ShardSet.open(tmp_path)) == 2  # those of the former recipe are gone
