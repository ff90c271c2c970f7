"""A user's environment maps, meshes and textures in a picture: where they should be, and refused when missing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from core.color import srgb_to_linear
from core.errors import BadConfig
from core.image import SRGB, Image, write_image
from core.normals import angular_error_degrees, camera_to_world
from scene_generator.asset_files.folders import AssetLibrary, scan
from scene_generator.families.layout import at, facing
from scene_generator.renderers import RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.spec import SceneObject, SceneSpec, Shape, Sky
from tests.scene_generator.renderers import scenes

SIZE = 64
SETTINGS = RenderSettings(SIZE, SIZE, samples=16, denoise=False)
DARK = Sky((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
COLOR = np.array([200, 90, 30]) / 255
TILT = np.array([0.48, 0.36, 0.8])


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> AssetLibrary:
    """A sky with one bright column on +X, a ball of PLY, a set of textures that all lean one way."""
    trimesh = pytest.importorskip("trimesh")
    folder = tmp_path_factory.mktemp("assets")
    for name in ("skies", "meshes", "surfaces"):
        (folder / name).mkdir()
    light = np.zeros((32, 64, 3), np.float32)
    light[4:28, 15:17] = 50.0  # a quarter of the way across: +X
    write_image(folder / "skies" / "strip.exr", Image(light, ("R", "G", "B")), dtype="float")
    trimesh.creation.icosphere(subdivisions=4, radius=3.0).export(folder / "meshes" / "ball.ply")
    for role, value in (("color", COLOR), ("rough", np.full(3, 0.25)), ("normal_gl", TILT / 2 + 0.5)):
        pixels = np.broadcast_to(value, (16, 16, 3)).astype(np.float32)
        write_image(folder / "surfaces" / f"leaning_{role}.png", Image(pixels, ("R", "G", "B"), SRGB))
    return scan([folder / "meshes"], [folder / "surfaces"], [folder / "skies"])


@pytest.fixture(scope="module")
def equipped(renderer: MitsubaRenderer, library: AssetLibrary) -> MitsubaRenderer:
    """A renderer with the library."""
    return MitsubaRenderer(renderer.variant, 64, library=library)


def _under(turn: float, gain: float = 1.0) -> SceneSpec:
    sky = dataclasses.replace(DARK, hdri="strip", hdri_turn=turn, hdri_gain=gain)
    skin = dataclasses.replace(scenes.plain(rough=1.0), specular=0.0)
    ball = scenes.thing("ellipsoid", (1.2, 1.2, 1.2), at(0, 0, 0), skin)
    return dataclasses.replace(scenes.spec(ball, lit=False), sky=sky)


def _halves(renderer: MitsubaRenderer, spec: SceneSpec) -> tuple[float, float]:
    picture = renderer.render(spec, SETTINGS).passes["beauty"]
    lit = np.where(picture[..., 3:] == 1, picture[..., :3], 0).sum(-1)
    return float(lit[:, : SIZE // 2].mean()), float(lit[:, SIZE // 2 :].mean())


def test_a_bright_column_lights_its_side_and_turns_with_the_map(equipped: MitsubaRenderer) -> None:
    left, right = _halves(equipped, _under(0.0))
    assert right > 5 * left, "+X is to the right"
    front = _halves(equipped, _under(0.25))
    assert front[0] == pytest.approx(front[1], rel=0.15), "a quarter on it stands behind the camera"
    assert sum(front) > 1.2 * (left + right)
    left_, right_ = _halves(equipped, _under(0.5))
    assert left_ > 5 * right_
    behind = _halves(equipped, _under(0.75))
    assert sum(behind) < 0.3 * sum(front)


def test_the_gain_is_a_factor_on_all_light(equipped: MitsubaRenderer) -> None:
    once, thrice = (sum(_halves(equipped, _under(0.25, gain))) for gain in (1.0, 3.0))
    assert thrice == pytest.approx(3 * once, rel=1e-3)


def test_a_mesh_stands_where_it_should_with_its_size_and_normals(equipped: MitsubaRenderer) -> None:
    # The file's ball has a radius of 3; its number says that the largest side is 1.6 m, and it stands on its place.
    ball = SceneObject("mesh", Shape("mesh", (1.6,), 0, "ball"), at_(0.3, -0.9, -0.2), scenes.plain())
    spec = scenes.spec(ball)
    frame = equipped.render(spec, SETTINGS)
    ids = frame.passes["id"][..., 0] == 1
    inside = ids & ndimage.minimum_filter(ids, 3)
    assert inside.sum() > 400
    world = np.asarray(spec.camera.to_world).reshape(4, 4)
    points = frame.passes["position"] @ world[:3, :3].T + world[:3, 3]
    from_centre = points - [0.3, -0.1, -0.2]
    np.testing.assert_allclose(np.linalg.norm(from_centre, axis=-1)[inside], 0.8, atol=0.006)
    normal = camera_to_world(frame.passes["normal_unbumped"], spec.camera.to_world)
    assert np.percentile(angular_error_degrees(normal, from_centre)[inside], 98) < 2.0
    # Its outline: an eye at distance d sees a ball of radius r under the angle asin(r / d).
    d = np.linalg.norm(np.array([0, 0, 4]) - [0.3, -0.1, -0.2])
    k = SIZE * 40.0 / 36.0
    assert np.sqrt(ids.sum() / np.pi) == pytest.approx(k * np.tan(np.arcsin(0.8 / d)), rel=0.03)


def at_(x: float, y: float, z: float) -> tuple[float, ...]:
    """An upright place as specs hold it."""
    return tuple(at(x, y, z).ravel().tolist())


def test_a_texture_set_replaces_colour_roughness_and_normals(equipped: MitsubaRenderer) -> None:
    skin = dataclasses.replace(scenes.plain(metal=0.4), texture_set="leaning")
    spec = scenes.spec(scenes.thing("quad", (40.0, 40.0), facing((0, 0, 0), (0, 0, 1)), skin))
    frame = equipped.render(spec, SETTINGS)
    assert (frame.passes["id"] == 1).all()
    np.testing.assert_allclose(
        frame.passes["albedo"], np.broadcast_to(srgb_to_linear(COLOR), (SIZE, SIZE, 3)), atol=0.01
    )
    np.testing.assert_allclose(frame.passes["roughness"], 0.25, atol=0.01)
    np.testing.assert_allclose(frame.passes["metalness"], 0.4, atol=1e-5, err_msg="what the set lacks stays")
    # A quad that faces the camera has u to the right and v up, so the map's x and y are the camera's.
    expected = np.broadcast_to(TILT, (SIZE, SIZE, 3))
    assert np.percentile(angular_error_degrees(frame.passes["normal"], expected), 99) < 1.0
    smooth = np.broadcast_to([0.0, 0.0, 1.0], (SIZE, SIZE, 3))
    assert angular_error_degrees(frame.passes["normal_unbumped"], smooth).max() < 0.1


@pytest.mark.parametrize("kind", ["mesh", "texture", "hdri"])
def test_an_asset_that_is_not_there_is_named(renderer: MitsubaRenderer, equipped: MitsubaRenderer, kind: str) -> None:
    skin = dataclasses.replace(scenes.plain(), texture_set="lost" if kind == "texture" else "")
    shape = Shape("mesh", (1.0,), 0, "lost") if kind == "mesh" else Shape("box", (1.0, 1.0, 1.0))
    spec = scenes.spec(SceneObject("thing", shape, at_(0, 0, 0), skin))
    if kind == "hdri":
        spec = dataclasses.replace(spec, sky=dataclasses.replace(DARK, hdri="lost"))
    for one in (renderer, equipped):  # without any assets, and with others
        with pytest.raises(BadConfig, match=f"{kind} 'lost'"):
            one.render(spec, SETTINGS)
