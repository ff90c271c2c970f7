"""A scene becomes nodes, and the nodes read back are the scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maya_plugin.host import HostError, MayaHost
from maya_plugin.rendering_space import REC709_TO_ACESCG
from maya_plugin.scene.build import random_scene, remove_scene
from maya_plugin.scene.facts import host_facts
from scene_generator.maya_scene.files import environment, write_files
from scene_generator.maya_scene.store import FileStore, read_mesh
from scene_generator.shapes.build import build
from scene_generator.spec import SceneSpec
from scene_generator.textures.maps import material_maps
from tests.hosts.maya import scenes
from tests.hosts.maya.conftest import Connect
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.reader import GraphLibrary, read_scene


def compare(spec: SceneSpec, again: SceneSpec, library: GraphLibrary, *, cheap: bool = False) -> None:
    """Assert that a scene read back is the one that was made, mesh by mesh and texel by texel."""
    same = ("recipe", "family", "seed", "index", "attempt", "frame", "version")
    assert [getattr(again, name) for name in same] == [getattr(spec, name) for name in same]
    kept = ("to_world", "focal_length_mm", "horizontal_aperture_mm", "f_number")
    assert [getattr(again.camera, name) for name in kept] == [getattr(spec.camera, name) for name in kept]
    assert again.camera.focus_distance == (spec.camera.focus_distance if spec.camera.f_number else 1.0)
    assert len(again.lights) == len(spec.lights)
    for light, read in zip(spec.lights, again.lights, strict=True):
        np.testing.assert_allclose(read.to_world, light.to_world)
        np.testing.assert_allclose(read.radiance, light.radiance, rtol=1e-12)
    np.testing.assert_array_equal(library.hdri(again.sky.hdri), environment(spec.sky))
    assert [thing.name for thing in again.objects] == [thing.name for thing in spec.objects]
    checked = set()
    for thing, read in zip(spec.objects, again.objects, strict=True):
        assert read.to_world == thing.to_world
        assert read.material.specular == thing.material.specular
        wanted = scenes.stand_in(thing.shape) if cheap else build(thing.shape)
        assert scenes.same_mesh(library.mesh(read.shape.asset), wanted)
        if thing.material in checked:
            continue
        checked.add(thing.material)
        maps = material_maps(thing.material, scenes.TEXTURE_SIZE)
        found = library.texture(read.material.texture_set, scenes.TEXTURE_SIZE)
        textured = any(v.size > 3 for v in library.textures[read.material.texture_set].values())
        assert read.material.repeat == (thing.material.repeat if textured else (1.0, 1.0))
        np.testing.assert_array_equal(found.base_color, maps.base_color)
        np.testing.assert_array_equal(found.roughness, maps.roughness)
        np.testing.assert_array_equal(found.metalness, maps.metalness)
        if maps.has_relief:
            np.testing.assert_allclose(found.normal, maps.normal, atol=2e-7)
        else:
            assert found.normal is None


@pytest.mark.parametrize("f_number", [0.0, 2.8])
def test_a_small_scene_comes_back(host: MayaHost, cmds: FakeCmds, tmp_path: Path, f_number: float) -> None:
    spec = scenes.small(f_number=f_number, lamps=2)
    scenes.make(host, spec, tmp_path)
    compare(spec, *read_scene(cmds.graph))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 50, 10))
def test_fifty_random_scenes_come_back(host: MayaHost, cmds: FakeCmds, tmp_path: Path, first: int) -> None:
    """Nodes, matrices, materials, lights, textures and sky of real scenes; their meshes are boxes here."""
    for index in range(first, first + 10):
        spec = scenes.random_spec(index)
        cmds.file(new=True, force=True)
        scenes.make(host, spec, tmp_path / str(index), cheap=True)
        compare(spec, *read_scene(cmds.graph), cheap=True)


@pytest.mark.slow
def test_the_fifty_are_of_every_family() -> None:
    from scene_generator.families import FAMILIES

    assert {scenes.random_spec(index).family for index in range(50)} == set(FAMILIES)


def test_files_are_written_once_and_named_by_content(tmp_path: Path) -> None:
    folder = tmp_path
    first = write_files(scenes.small(), scenes.TEXTURE_SIZE, FileStore(folder))
    times = {path: path.stat().st_ino for path in folder.iterdir()}
    second = write_files(scenes.small(f_number=2.8), scenes.TEXTURE_SIZE, FileStore(folder))
    assert second == first
    assert {path: path.stat().st_ino for path in folder.iterdir()} == times
    assert not list(folder.glob("*.partial"))
    for key in first.meshes:
        assert len(read_mesh(folder / key.rpartition("/")[2]).faces)


def test_a_store_forgets_what_was_used_longest_ago(tmp_path: Path) -> None:
    import os

    store = FileStore(tmp_path)
    rng = np.random.default_rng(0)
    paths = [store.picture(rng.random((16, 16, 3))) for _ in range(4)]
    for age, path in enumerate(reversed(paths)):
        os.utime(path, (1e9 - age, 1e9 - age))
    size = paths[0].stat().st_size
    store.picture(rng.random((4, 4, 3)))
    store.trim(3 * size)
    assert [path.exists() for path in paths] == [False, False, True, True]


def test_half_floats_lose_next_to_nothing(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    spec = scenes.small()
    scenes.make(host, spec, tmp_path, half=True)
    again, library = read_scene(cmds.graph)
    maps = material_maps(spec.objects[0].material, scenes.TEXTURE_SIZE)
    found = library.texture(again.objects[0].material.texture_set, scenes.TEXTURE_SIZE)
    np.testing.assert_allclose(found.base_color, maps.base_color, rtol=1e-3)
    np.testing.assert_allclose(found.normal, maps.normal, atol=2e-3)
    assert not np.array_equal(found.base_color, maps.base_color)


def test_a_second_scene_in_the_same_maya_gets_names_of_its_own(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    folder = tmp_path
    first, _ = scenes.make(host, scenes.small(), folder)
    second, _ = scenes.make(host, scenes.small(lamps=2), folder)
    assert not set(first.names.values()) & set(second.names.values())
    assert set(first.names) < set(second.names)


def test_a_random_scene_goes_away_without_a_trace(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    before, wired = set(cmds.graph.nodes), dict(cmds.graph.connections)
    facts = host_facts(host)
    made = random_scene(host, scenes.small(lamps=2), facts, tmp_path, 8)
    assert made.group in cmds.graph.nodes
    read_scene(cmds.graph)
    assert len(cmds.undo_stack) == 1, "one step"
    assert cmds.recording, "what comes next is recorded again"
    assert "platelightMesh" not in cmds.graph.nodes
    node = cmds.graph.nodes.pop("m000")  # renamed by hand
    node.name = "mine"
    cmds.graph.nodes["mine"] = node
    remove_scene(host, made)
    assert set(cmds.graph.nodes) == before
    assert cmds.graph.connections == wired
    remove_scene(host, made)
    assert random_scene(host, scenes.small(lamps=2), facts, tmp_path, 8).group == made.group


def test_a_random_scene_is_one_step_of_undo(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    before = set(cmds.graph.nodes)
    random_scene(host, scenes.small(), host_facts(host), tmp_path, 8)
    cmds.undo()
    assert set(cmds.graph.nodes) == before
    assert not cmds.undo_stack


def test_a_mesh_is_made_by_commands_where_undo_is_recorded(connect: Connect, cmds: FakeCmds) -> None:
    """OpenMaya's work is in no undo queue; where nothing is recorded, as in mayapy, it is the shorter way."""
    mesh = ([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], [(0, 0, 1)] * 3, [(0, 0), (1, 0), (0, 1)])
    host = connect(cmds)
    cmds.createNode("transform", name="t")
    assert host.create_mesh("t", *mesh) == "tShape"
    assert any(line.startswith("duplicate(") for line in cmds.log)
    quiet = FakeCmds(recording=False)
    host = connect(quiet)
    quiet.createNode("transform", name="t")
    assert host.create_mesh("t", *mesh) == "tShape"
    assert not any(line.startswith("duplicate(") for line in quiet.log)
    for one in (cmds, quiet):
        assert one.graph.node("tShape").parent == "t"
        assert one.graph.node("tShape").mesh["positions"].shape == (3, 3)
        assert [node for node in one.graph.nodes.values() if node.type.name == "mesh"] == [one.graph.node("tShape")]


def test_colours_set_as_numbers_are_of_the_rendering_space(host: MayaHost, cmds: FakeCmds, tmp_path: Path) -> None:
    """Maya converts pictures to the space that it renders in, ACEScg by default, and no numbers."""
    cmds.rendering_space = host_facts(host).linear
    plain = random_scene(host, scenes.small(lamps=1), host_facts(host), tmp_path, 8)
    numbers = _colors(cmds)
    remove_scene(host, plain)
    cmds.rendering_space = "ACEScg"
    random_scene(host, scenes.small(lamps=1), host_facts(host), tmp_path, 8)
    converted = _colors(cmds)
    assert {plug.split(".")[1] for plug in numbers} >= {"baseColor", "color", "emissionColor", "id1"}
    for plug, color in numbers.items():
        np.testing.assert_allclose(converted[plug], np.array(REC709_TO_ACESCG) @ color, atol=1e-6, err_msg=plug)
    assert any(np.ptp(color) > 0.05 for color in numbers.values()), "greys alone would show nothing"
    cmds.managed = False
    assert host_facts(host).color((0.1, 0.2, 0.3)) == (0.1, 0.2, 0.3)


def _colors(cmds: FakeCmds) -> dict[str, np.ndarray]:
    return {
        f"{node.name}.{plug}": np.array([node.values[f"{plug}{part}"] for part in "RGB"])
        for node in cmds.graph.nodes.values()
        for plug in ("baseColor", "color", "emissionColor", "id1")
        if f"{plug}R" in node.values
    }


def test_half_a_scene_is_not_left_behind(
    host: MayaHost, cmds: FakeCmds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(cmds.graph.nodes)
    facts = host_facts(host)
    monkeypatch.setattr("scene_generator.maya_scene.lights.LAMP_CARD", "no such mesh")
    with pytest.raises(KeyError, match="no such mesh"):
        random_scene(host, scenes.small(), facts, tmp_path, 8)
    assert set(cmds.graph.nodes) == before
    assert cmds.recording


def test_an_undo_chunk_is_closed_after_a_failure(host: MayaHost, cmds: FakeCmds) -> None:
    with pytest.raises(HostError, match="createNode"), host.undo_chunk("x"):
        [host.call("createNode", kind, name="left") for kind in ("transform", "nonsense")]
    cmds.undo()
    assert "left" not in cmds.graph.nodes


def test_a_users_asset_is_refused_where_nobody_can_read_it(tmp_path: Path) -> None:
    import dataclasses

    from scene_generator.spec import Shape, SpecError

    spec = scenes.small()
    asset = dataclasses.replace(spec.objects[0], shape=Shape("mesh", (1.0,), 0, "chair"))
    with pytest.raises(SpecError, match="chair"):
        write_files(dataclasses.replace(spec, objects=(asset,)), 8, FileStore(tmp_path))


def test_maya_software_gets_the_same_scene(connect: Connect, tmp_path: Path) -> None:
    """Without Arnold: standardSurface and bump2d instead, a sky of directional lights, nothing of Arnold's."""
    cmds = FakeCmds(arnold="")
    spec = scenes.small(f_number=2.8, lamps=2)
    _, files = scenes.make(connect(cmds), spec, tmp_path)
    again, library = read_scene(cmds.graph, sky=False)
    assert [thing.to_world for thing in again.objects] == [thing.to_world for thing in spec.objects]
    maps = material_maps(spec.objects[0].material, scenes.TEXTURE_SIZE)
    found = library.texture(again.objects[0].material.texture_set, scenes.TEXTURE_SIZE)
    np.testing.assert_array_equal(found.base_color, maps.base_color)
    np.testing.assert_allclose(found.normal, maps.normal, atol=2e-7)
    kinds = [node.type.name for node in cmds.graph.nodes.values()]
    assert not [kind for kind in kinds if kind.startswith("ai")]
    assert kinds.count("directionalLight") == len(files.suns) > 10
    assert "mtoa" not in cmds.plugins


def test_a_sky_as_directional_lights_is_as_bright() -> None:
    from scene_generator.maya_scene.suns import suns
    from scene_generator.sky import directions

    def onto(normal: tuple[float, float, float]) -> float:
        return sum(one.irradiance[0] * max(float(np.dot(one.direction, normal)), 0.0) for one in suns(sky))

    sky = np.ones((64, 128, 3), np.float32)
    assert onto((0.0, 1.0, 0.0)) == pytest.approx(np.pi, rel=0.05), "of a sky of radiance 1"
    spot = np.zeros((64, 128, 3), np.float32)
    spot[20:22, 103:105] = 1000.0
    (sun,) = suns(spot)
    np.testing.assert_allclose(sun.direction, directions(64)[20:22, 103:105].mean((0, 1)), atol=0.002)
