"""Every data pass against what geometry says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from core.camera import PinholeCamera
from core.normals import angular_error_degrees
from scene_generator.families.layout import at, camera, facing
from scene_generator.renderers import PASSES, Frame, RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.sky import latlong
from scene_generator.spec import SceneSpec
from tests.scene_generator.renderers import scenes

SETTINGS = RenderSettings(96, 96, samples=2, occlusion_samples=16)


def _camera(spec: SceneSpec) -> PinholeCamera:
    return PinholeCamera(96, 96, spec.camera.focal_length_mm, spec.camera.horizontal_aperture_mm)


def _interior(frame: Frame) -> np.ndarray:
    # One pixel in from every change of object.
    ids = frame.passes["id"][..., 0]
    return (ids > 0) & (ndimage.minimum_filter(ids, 3) == ndimage.maximum_filter(ids, 3))


def _on_sphere(spec: SceneSpec) -> tuple[np.ndarray, np.ndarray]:
    # Rays from (0, 0, 4) against the unit sphere at the origin, in camera space: |t d - c| = 1.
    d = _camera(spec).directions().astype(np.float64)
    c = np.array([0, 0, -4.0])
    b = d @ c
    root = np.sqrt(np.maximum(b * b - 15.0, 0))
    p = (b - root)[..., None] * d
    return p, p - c


def _on_cylinder(spec: SceneSpec) -> tuple[np.ndarray, np.ndarray]:
    d = _camera(spec).directions().astype(np.float64)
    a = d[..., 0] ** 2 + d[..., 2] ** 2
    b = -4.0 * d[..., 2]
    t = (b - np.sqrt(np.maximum(b * b - 15.0 * a, 0))) / a
    p = t[..., None] * d
    return p, (p - [0, 0, -4]) * [1, 0, 1]


def _on_plane(spec: SceneSpec) -> tuple[np.ndarray, np.ndarray]:
    d = _camera(spec).directions().astype(np.float64)
    n = np.array([0.36, 0.48, 0.8])
    p = (n @ np.array([0, 0, -4.0]) / (d @ n))[..., None] * d
    return p, np.broadcast_to(n, d.shape)


@pytest.mark.parametrize(
    ("spec", "truth"),
    [(scenes.sphere(), _on_sphere), (scenes.cylinder(), _on_cylinder), (scenes.plane(), _on_plane)],
    ids=["sphere", "cylinder", "plane"],
)
def test_normals_depth_and_position_are_the_formulas(renderer: MitsubaRenderer, spec: SceneSpec, truth: object) -> None:
    frame = renderer.render(spec, SETTINGS)
    inside = _interior(frame)
    assert inside.mean() > 0.1
    position, normal = truth(spec)  # type: ignore[operator]
    for name in ("normal", "normal_unbumped"):
        error = angular_error_degrees(frame.passes[name], normal)[inside]
        assert error.max() < 0.5, name
    np.testing.assert_allclose(frame.passes["position"][inside], position[inside], atol=0.01)
    np.testing.assert_allclose(frame.passes["depth"][inside][:, 0], -position[inside][:, 2], atol=0.01)
    assert set(frame.passes) == set(PASSES)


def test_passes_turn_with_the_camera(renderer: MitsubaRenderer) -> None:
    # The world normal of a floor, seen by a camera that is moved, pitched and rolled.
    view = camera((3, 2, 5), (0, 0, 0), 35.0, roll=0.4)
    frame = renderer.render(scenes.spec(scenes.thing("quad", (400.0, 400.0), at(0, 0, 0)), view=view), SETTINGS)
    rotation = np.asarray(view.to_world).reshape(4, 4)[:3, :3]
    expected = rotation.T @ [0, 1, 0]
    # Towards the horizon rays graze the floor, and normals are bent to stay on the visible side.
    hit = (frame.passes["id"][..., 0] > 0) & (frame.passes["depth"][..., 0] < 40)
    assert angular_error_degrees(frame.passes["normal"], np.broadcast_to(expected, (96, 96, 3)))[hit].max() < 0.1


def test_bumped_normals_are_those_the_renderer_shades_with(renderer: MitsubaRenderer) -> None:
    mi = renderer._mi
    from scene_generator.renderers import mitsuba_scene
    from scene_generator.renderers.geometry import groups

    spec = scenes.spec(scenes.thing("ellipsoid", (1.2, 1.2, 1.2), at(0, 0, 0), scenes.plain(depth=0.02)))
    parts = groups(spec, 64)
    centred = {"type": "stratified", "sample_count": 1, "jitter": False}
    film = mitsuba_scene.sensor(mi, spec.camera, 96 * 3, 96 * 3, centred, lens=False)
    aovs = mi.load_dict({"type": "aov", "aovs": "n:sh_normal"})
    loaded = mitsuba_scene.scene(mi, spec, parts, latlong(spec.sky))
    theirs = np.array(mi.render(loaded, sensor=film, integrator=aovs, spp=1, seed=0))[..., -3:]
    theirs = theirs.reshape(96, 3, 96, 3, 3).mean((1, 3))
    frame = renderer.render(spec, dataclasses.replace(SETTINGS, denoise=False))
    smooth, bumped = frame.passes["normal_unbumped"], frame.passes["normal"]
    inside = _interior(frame) & (smooth[..., 2] > 0.3)
    assert inside.sum() > 1000
    assert np.median(angular_error_degrees(bumped, smooth)[inside]) > 1.0, "the bump shows"
    difference = angular_error_degrees(bumped, theirs)[inside]
    assert np.median(difference) < 0.1
    assert np.percentile(difference, 95) < 0.5


def test_values_are_looked_up_where_the_renderer_does(renderer: MitsubaRenderer) -> None:
    mi = renderer._mi
    from scene_generator.renderers import mitsuba_scene
    from scene_generator.renderers.geometry import groups

    spec = scenes.spec(scenes.thing("box", (1.6, 1.2, 1.4), at(0.1, 0, 0, 0.6)))
    loaded = mitsuba_scene.scene(mi, spec, groups(spec, 64), latlong(spec.sky))
    centred = {"type": "stratified", "sample_count": 1, "jitter": False}
    film = mitsuba_scene.sensor(mi, spec.camera, 96, 96, centred, lens=False)
    aovs = mi.load_dict({"type": "aov", "aovs": "p:position"})
    theirs = np.array(mi.render(loaded, sensor=film, integrator=aovs, spp=1, seed=0))[..., -3:]
    world = np.asarray(spec.camera.to_world).reshape(4, 4)
    frame = renderer.render(spec, SETTINGS)
    ours = frame.passes["position"] @ world[:3, :3].T + world[:3, 3]
    inside = _interior(frame)
    np.testing.assert_allclose(ours[inside], theirs[inside], atol=1e-3)


def test_material_passes_hold_standard_surface_values(renderer: MitsubaRenderer) -> None:
    skin = scenes.plain(metal=1.0, rough=0.3, color=0.7)
    frame = renderer.render(scenes.spec(scenes.thing("ellipsoid", (1.0, 1.0, 1.0), at(0, 0, 0), skin)), SETTINGS)
    hit = frame.passes["id"][..., 0] > 0
    for name, value in (("albedo", 0.7), ("roughness", 0.3), ("metalness", 1.0)):
        np.testing.assert_allclose(frame.passes[name][hit], value, atol=1e-5)
        assert not frame.passes[name][~hit].any()


def test_ids_name_objects_and_lights(renderer: MitsubaRenderer) -> None:
    things = (
        scenes.thing("ellipsoid", (0.4, 0.4, 0.4), at(-0.8, 0, 0)),
        scenes.thing("ellipsoid", (0.4, 0.4, 0.4), at(0.8, 0, 0)),
    )
    frame = renderer.render(scenes.spec(*things), SETTINGS)
    ids = frame.passes["id"][..., 0]
    assert set(np.unique(ids)) == {0.0, 1.0, 2.0}
    assert np.argwhere(ids == 1)[:, 1].max() < np.argwhere(ids == 2)[:, 1].min()
    assert (frame.passes["beauty"][..., 3] > 0)[ids > 0].all()
    assert not frame.passes["normal"][ids == 0].any()


def test_occlusion_is_open_on_a_plane_and_half_closed_at_a_wall(renderer: MitsubaRenderer) -> None:
    view = camera((0, 3, 0.4), (0, 0, -0.4), 40.0)
    floor, wall = (
        scenes.thing("quad", (40, 40), at(0, 0, 0)),
        scenes.thing("quad", (40, 40), facing((0, 0, -1), (0, 0, 1))),
    )
    exact = dataclasses.replace(SETTINGS, denoise=False, occlusion_samples=64)
    open_ = renderer.render(scenes.spec(floor, view=view), exact).passes["occlusion"]
    assert open_.min() > 0.999
    closed = renderer.render(scenes.spec(floor, wall, view=view), exact)
    ids, z = closed.passes["id"][..., 0], _world_z(closed, view)
    near = (ids == 1) & (z < -0.97)
    far = (ids == 1) & (z > 0.05)
    assert near.any()
    # A cosine-weighted hemisphere is half behind an endless wall that touches the point.
    assert closed.passes["occlusion"][near].mean() == pytest.approx(0.5, abs=0.08)
    assert closed.passes["occlusion"][far].min() > 0.999, "nothing occludes beyond the radius"


def _world_z(frame: Frame, view: object) -> np.ndarray:
    world = np.asarray(view.to_world).reshape(4, 4)  # type: ignore[attr-defined]
    return (frame.passes["position"] @ world[:3, :3].T + world[:3, 3])[..., 2]


def test_no_normal_faces_away_even_under_steep_bump(renderer: MitsubaRenderer) -> None:
    skin = scenes.plain(depth=0.1)
    spec = scenes.spec(scenes.thing("ellipsoid", (1.2, 1.2, 1.2), at(0, 0, 0), skin))
    frame = renderer.render(spec, SETTINGS)
    toward = (frame.passes["normal"] * _camera(spec).directions()).sum(-1)
    hit = frame.passes["id"][..., 0] > 0
    assert frame.bent > 0, "the case does arise here"
    assert (toward[hit] < 0).all()
    np.testing.assert_allclose(np.linalg.norm(frame.passes["normal"][hit], axis=-1), 1, atol=1e-4)
