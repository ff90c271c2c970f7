"""Plate Normals On Image Plane and Relight Rig From Plate: files, lens, planes and lights."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_plugin.life import Life
from maya_plugin.rendering_space import in_space
from maya_plugin.textures import frame_file
from tests.fake_worker import FakeWorker, light
from tests.hosts.maya.fake_window import FakeMaya, plate_scene
from worker_link.jobs import LightFrame
from worker_link.light_turn import rotation_of

Finish = Callable[[], None]


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    path = tmp_path / "plates" / "shot.1001.exr"
    path.parent.mkdir()
    for number in (1001, 1002, 1003):
        path.with_name(f"shot.{number}.exr").write_bytes(b"plate")
    return path


def test_the_normals_come_back_on_a_plane_before_the_plate(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    _, shape, plane = plate_scene(maya, plate.as_posix())
    maya.setAttr(f"{plane}.fit", 2)
    maya.undo_stack.clear()
    loaded.session.host.call("platelightPlateNormals", detail="high", colorSpace="ACEScg")
    finish()
    ((kind, frames, options),) = worker.jobs
    folder = plate.parent.as_posix() + "/normals"
    assert kind == "normals"
    assert frames[0].plate == plate.as_posix()
    assert frames[0].normals == f"{folder}/shot_normals.1001.exr"
    assert frames[0].preview == f"{folder}/shot_normals.1001.png"
    assert options.to_json() == {
        "detail": "high",
        "focal_length": 35.0,
        "film_back": pytest.approx(36.0, abs=1e-3),
        "color_space": "ACEScg",
        "deflicker": False,
    }
    (new,) = [n.name for n in maya.graph.nodes.values() if n.type.name == "imagePlane" and n.name != plane]
    assert maya.getAttr(f"{new}.imageName") == frames[0].preview
    assert maya.getAttr(f"{new}.colorSpace") == "Raw"
    assert maya.getAttr(f"{new}.fit") == 2
    assert maya.getAttr(f"{new}.depth") < maya.getAttr(f"{plane}.depth")
    assert maya.listConnections(f"{shape}.imagePlane", shapes=True) == [plane, new]
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert maya.listConnections(f"{shape}.imagePlane", shapes=True) == [plane]
    # Again: the plate is still the plate, not the plane with the normals.
    loaded.session.host.call("platelightPlateNormals", overwrite=True)
    finish()
    loaded.session.host.call("platelightPlateNormals", overwrite=True)
    finish()
    assert [job[1][0].plate for job in worker.jobs] == [plate.as_posix()] * 3
    assert maya.messages == []


def test_a_sequence_is_made_frame_by_frame_and_plays(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    _, _, plane = plate_scene(maya, plate.as_posix(), sequence=True)
    maya.setAttr(f"{plane}.frameOffset", 1000)
    loaded.session.host.call("platelightPlateNormals", frames="range")
    finish()
    _, frames, options = worker.jobs[0]
    assert [Path(frame.plate).name for frame in frames] == ["shot.1001.exr", "shot.1002.exr", "shot.1003.exr"]
    assert options.deflicker is True
    (new,) = [n.name for n in maya.graph.nodes.values() if n.type.name == "imagePlane" and n.name != plane]
    assert maya.getAttr(f"{new}.useFrameExtension")
    assert maya.getAttr(f"{new}.frameOffset") == 1000
    assert maya.graph.source(f"{new}.frameExtension") == "time1.outTime"


@pytest.mark.parametrize(("named", "made"), [("shot_1001", "shot_normals_1001"), ("shot1001", "shot_normals1001")])
def test_the_number_stays_last_however_it_is_set_apart(
    maya: FakeMaya, loaded: Life, finish: Finish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, made: str
) -> None:
    """What the plug-in reads as a sequence it writes as one: the second plane plays as the first does."""
    monkeypatch.setenv("SHOW", tmp_path.as_posix())
    for number in (1001, 1002, 1003):
        (tmp_path / f"{named.replace('1001', str(number))}.exr").write_bytes(b"plate")
    _, _, plane = plate_scene(maya, f"$SHOW/{named}.exr", sequence=True)
    maya.setAttr(f"{plane}.frameOffset", 1000)
    written = loaded.session.host.call("platelightPlateNormals", frames="range")
    finish()
    assert maya.messages == []
    assert written == [f"{tmp_path.as_posix()}/normals/{made.replace('1001', str(n))}.exr" for n in (1001, 1002, 1003)]
    (new,) = [n.name for n in maya.graph.nodes.values() if n.type.name == "imagePlane" and n.name != plane]
    first = maya.getAttr(f"{new}.imageName")
    assert first == f"{tmp_path.as_posix()}/normals/{made}.png"
    assert Path(frame_file(first, 1003)).is_file()


def test_the_camera_is_found_as_a_person_would(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    call = loaded.session.host.call
    with pytest.raises(RuntimeError, match="no camera has an image plane"):
        call("platelightPlateNormals")
    camera, shape, plane = plate_scene(maya, plate.as_posix())
    plate_scene(maya, "/nowhere.exr")
    with pytest.raises(RuntimeError, match="2 cameras have an image plane"):
        call("platelightPlateNormals")
    for flags, selection in (
        ({"camera": camera}, []),
        ({"camera": f"{camera}|{shape}"}, []),
        ({}, [camera]),
        ({}, [plane]),
    ):
        maya.select(*selection)
        call("platelightPlateNormals", overwrite=True, plane=False, **flags)
        finish()
    assert [job[1][0].plate for job in worker.jobs] == [plate.as_posix()] * 4
    with pytest.raises(RuntimeError, match=r"nowhere\.exr: there is no such file"):
        call("platelightPlateNormals", camera="shotCam1")
    with pytest.raises(RuntimeError, match="is no camera"):
        call("platelightPlateNormals", camera="time1")
    with pytest.raises(RuntimeError, match="no such camera"):
        call("platelightPlateNormals", camera="nobody")
    with pytest.raises(RuntimeError, match="2 nodes are called so; name one by its path"):
        call("platelightPlateNormals", camera=shape)


def test_a_rig_is_made_where_the_camera_is(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    plate_scene(maya, plate.as_posix())
    maya.xform("shotCam", matrix=turned(30.0, 2.0))  # twice the size: a scale is no turn
    maya.undo_stack.clear()
    loaded.session.host.call("platelightRelightRig")
    finish()
    assert [kind for kind, _, _ in worker.jobs] == ["normals", "light"]
    normals = worker.jobs[1][1][0].normals
    assert normals == worker.jobs[0][1][0].normals
    rig = maya.graph.node("platelightRig")
    assert rig.parent == ""  # the light does not move with the camera
    np.testing.assert_allclose(rig.matrix, turned(30.0), atol=1e-12)
    x, y, z = maya.getAttr("platelightKey.rotate")
    np.testing.assert_allclose(shines((x, y, z)), (-0.6, -0.48, -0.64), atol=1e-9)
    assert maya.getAttr("platelightKeyShape.intensity") == pytest.approx(2.0)
    assert maya.graph.node("platelightAmbientShape").type.name == "ambientLight"
    assert maya.getAttr("platelightAmbientShape.intensity") == pytest.approx(0.5)
    lit = [s for d, s in maya.graph.connections.items() if d.startswith("lightList1.lights")]
    assert lit == ["platelightKeyShape.lightData", "platelightAmbientShape.lightData"]
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert "platelightRig" not in maya.graph.nodes
    assert maya.messages == []
    loaded.session.host.call("platelightRelightRig")  # the normals are there by now
    finish()
    assert [kind for kind, _, _ in worker.jobs] == ["normals", "light", "light"]


def test_a_second_rig_stands_beside_the_first(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    """Its lights have the names of the first one's: Maya wants names to differ below one parent only."""
    plate_scene(maya, plate.as_posix())
    for toward in ((0.6, 0.48, 0.64), (0.0, 1.0, 0.0)):
        worker.answer = light(toward=toward)
        loaded.session.host.call("platelightRelightRig")
        finish()
    assert maya.messages == []
    for rig, toward in (("platelightRig", (0.6, 0.48, 0.64)), ("platelightRig1", (0.0, 1.0, 0.0))):
        key = maya.graph.node(f"{rig}|platelightKey")
        np.testing.assert_allclose(shines(maya.getAttr(f"{rig}|platelightKey.rotate")), np.negative(toward), atol=1e-9)
        assert maya.graph.path(key) == f"|{rig}|platelightKey"


def test_half_a_rig_is_not_left_behind(
    maya: FakeMaya, loaded: Life, finish: Finish, plate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate_scene(maya, plate.as_posix())
    before = set(maya.graph.nodes)
    monkeypatch.setattr("maya_plugin.light_rig.rotation_of", lambda toward: ("a", "b", "c"))
    loaded.session.host.call("platelightRelightRig")
    finish()
    assert "setAttr(" in maya.messages[-1]
    assert set(maya.graph.nodes) == before
    assert not [s for s in maya.graph.connections.values() if s.startswith("platelight")]


def test_with_arnold_the_ambient_light_is_a_dome_that_is_not_seen(
    maya: FakeMaya, loaded: Life, finish: Finish, plate: Path
) -> None:
    plate_scene(maya, plate.as_posix())
    maya.loadPlugin("mtoa")
    loaded.session.host.call("platelightRelightRig")
    finish()
    assert maya.graph.node("platelightAmbientShape").type.name == "aiSkyDomeLight"
    assert maya.getAttr("platelightAmbientShape.camera") == 0.0


def test_an_estimate_on_disk_needs_no_plate_and_no_worker(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, tmp_path: Path
) -> None:
    maya.graph.create("transform", "cam")
    path = tmp_path / "light.json"
    path.write_text(json.dumps(light()))
    with pytest.raises(RuntimeError, match="estimate needs camera"):
        loaded.session.host.call("platelightRelightRig", estimate=str(path))
    maya.animated["cam"] = lambda time: turned(10.0 * time)
    maya.time = 4.0
    loaded.session.host.call("platelightRelightRig", estimate=str(path), camera="cam", ambient="light")
    np.testing.assert_allclose(maya.graph.node("platelightRig").matrix, turned(40.0), atol=1e-12)
    assert worker.jobs == []
    path.write_text("{}")
    with pytest.raises(RuntimeError, match="is no light estimate"):
        loaded.session.host.call("platelightRelightRig", estimate=str(path), camera="cam")


def test_a_bad_answer_is_told(maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path) -> None:
    plate_scene(maya, plate.as_posix())
    worker.answer = light(toward=(0.0, 0.0, 3.0))
    loaded.session.host.call("platelightRelightRig")
    finish()
    assert "unit vector" in maya.messages[-1]
    assert "platelightRig" not in maya.graph.nodes


def test_frames_of_a_camera_that_turns_are_told_of_one_light(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, plate: Path
) -> None:
    """Directions are in the camera's space: one lamp is elsewhere in each frame's, and in one place of the world."""
    _, _, plane = plate_scene(maya, plate.as_posix(), sequence=True)
    maya.setAttr(f"{plane}.frameOffset", 1000)
    maya.animated["shotCam"] = lambda time: turned(20.0 * time)
    lamp = np.array([0.6, 0.64, 0.48])
    seen: list[str] = []

    def answer(frame: LightFrame) -> dict[str, Any]:
        time = int(frame.plate.split(".")[-2]) - 1000
        seen.append(frame.plate)
        in_camera = np.reshape(turned(20.0 * time), (4, 4))[:3, :3] @ lamp
        return light(toward=tuple(in_camera.tolist()))

    worker.light_of = answer
    loaded.session.host.call("platelightRelightRig", frames="range")
    finish()
    assert maya.messages == []
    assert len(set(seen)) > 2
    np.testing.assert_allclose(maya.graph.node("platelightRig").matrix, turned(20.0), atol=1e-12)
    shone = np.array(shines(maya.getAttr("platelightKey.rotate"))) @ np.reshape(turned(20.0), (4, 4))[:3, :3]
    np.testing.assert_allclose(shone, -lamp, atol=1e-6)


def test_the_rig_stands_where_the_camera_was_at_the_plates_frame(
    maya: FakeMaya, loaded: Life, finish: Finish, plate: Path
) -> None:
    _, _, plane = plate_scene(maya, plate.as_posix(), sequence=True)
    maya.setAttr(f"{plane}.frameOffset", 1000)
    maya.animated["shotCam"] = lambda time: turned(20.0 * time)
    maya.time = 3.0
    loaded.session.host.call("platelightRelightRig")
    maya.time = 1.0  # while it works
    finish()
    np.testing.assert_allclose(maya.graph.node("platelightRig").matrix, turned(60.0), atol=1e-12)
    assert maya.messages == []


def turned(degrees: float, scale: float = 1.0) -> list[float]:
    """A matrix for row vectors: about Y, and a few units to the side."""
    c, s = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
    return [c, 0, -s, 0, 0, scale, 0, 0, s, 0, c, 0, 3, 2, 1, 1]


def shines(rotate: tuple[float, float, float]) -> np.ndarray:
    """Where -Z points after turning about X, then Y, then Z: Maya's rotate order xyz."""
    way = np.array([0.0, 0.0, -1.0])
    for axis, degrees in enumerate(rotate):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        u, v = (axis + 1) % 3, (axis + 2) % 3
        way[u], way[v] = c * way[u] - s * way[v], s * way[u] + c * way[v]
    return way


@pytest.mark.parametrize("toward", [(0, 0, 1), (0, 0, -1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-0.48, 0.6, -0.64)])
def test_a_light_turns_to_where_it_shines(toward: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(shines(rotation_of(toward)), [-value for value in toward], atol=1e-9)


def test_colours_go_to_the_rendering_space_where_both_are_known() -> None:
    color = (0.8, 0.5, 0.2)
    there = in_space(color, "lin_rec709", "ACEScg")
    assert there != color
    np.testing.assert_allclose(in_space(there, "ACEScg", "scene-linear Rec.709-sRGB"), color, atol=1e-4)
    assert in_space(color, "lin_rec709", "scene-linear Rec.709-sRGB") == color
    assert in_space(color, "camera log", "ACEScg") == color
    np.testing.assert_allclose(in_space((1.0, 1.0, 1.0), "lin_rec709", "ACEScg"), (1.0, 1.0, 1.0), atol=1e-4)
