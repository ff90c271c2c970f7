"""The PlateOcclusion node: what is handed to the worker, what is read back, and what goes wrong on the way."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.occlusion.frames import CHANNEL as WORKERS_CHANNEL
from core.occlusion.model import OCCLUSION_MODEL
from nuke_plugin.controls import FIELD_OF_VIEW, NORMALS_FROM
from nuke_plugin.errors import BadRange, WrongNode
from nuke_plugin.gizmo_files.plate_occlusion import plate_occlusion
from nuke_plugin.gizmo_files.plate_occlusion_controls import user_knobs
from nuke_plugin.host import NukeHost
from nuke_plugin.occlusion import buttons
from nuke_plugin.occlusion.controls import (
    CAMERA_INPUT,
    CHANNEL,
    DEPTH_INPUT,
    DEPTHS,
    FILE_CHANNEL,
    NORMALS_INPUT,
    NOTHING_YET,
    QUALITIES,
    RADII,
    RADIUS,
    SOURCES,
    STAGE,
)
from nuke_plugin.occlusion.render import create, created, render
from tests.fake_worker import FakeWorker
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from tests.hosts.nuke.script_reader import read_script
from worker_link.errors import EnvironmentBroken, EnvironmentMissing
from worker_link.jobs import OcclusionOptions

GIZMO = Path(__file__).parents[3] / "nuke_plugin" / "gizmos" / "PlateOcclusion.gizmo"


@pytest.fixture
def node(nuke: FakeNuke, tmp_path: Path) -> FakeNode:
    plate = nuke.create("ColorBars")
    nuke.selected = [plate]
    made = create(NukeHost())
    assert isinstance(made, FakeNode)
    assert made.inputs[0] is plate
    made["prerender_folder"].setValue(str(tmp_path))
    return made


def run(nuke: FakeNuke, node: FakeNode, worker: FakeWorker) -> None:
    batch = render(NukeHost(), node, lambda: worker)
    nuke.run_main_loop()
    assert batch.wait(30)
    assert worker.closed == 1


def connect(nuke: FakeNuke, node: FakeNode, index: int, kind: str = "ColorBars") -> FakeNode:
    nuke.selected = []
    made = nuke.create(kind)
    node.setInput(index, made)
    return made


def test_the_file_is_the_graph_of_the_data() -> None:
    script = read_script(GIZMO.read_text(encoding="utf-8"))
    (read,) = script.nodes
    assert read.knobs["inputs"] == "4"
    assert [inner.name for inner in read.inside] == [inner.name for inner in plate_occlusion().inside]
    for index, name in ((NORMALS_INPUT, "normals"), (DEPTH_INPUT, "depth"), (CAMERA_INPUT, "cam")):
        assert read.find(name).knobs["number"] == str(index)
    assert {"N", "ao", "occlusion"} <= set(script.layers)


def test_its_names_are_the_workers() -> None:
    assert FILE_CHANNEL == WORKERS_CHANNEL
    assert OCCLUSION_MODEL == "occlusion"


def test_every_button_has_its_function() -> None:
    codes = [knob.text or "" for knob in user_knobs() if knob.kind == 22]
    assert len(codes) == 2
    for code in codes:
        compile(code, "knob", "exec")
        assert hasattr(buttons, code.rpartition("buttons.")[2].removesuffix("()"))


def test_a_new_node_says_that_nothing_is_rendered(node: FakeNode) -> None:
    assert node["status"].value() == NOTHING_YET
    assert node["source"].value() == SOURCES[0]


def test_normals_alone_go_to_the_worker_and_its_occlusion_comes_back(
    nuke: FakeNuke, node: FakeNode, tmp_path: Path
) -> None:
    worker = FakeWorker()
    run(nuke, node, worker)
    ((kind, frames, options),) = worker.jobs
    assert kind == "occlusion"
    assert [Path(frame.normals).name for frame in frames] == [
        f"untitled.PlateOcclusion1.{n}.exr" for n in (1001, 1002, 1003)
    ]
    assert {frame.depth for frame in frames} == {""}
    assert options == OcclusionOptions(
        radius=RADIUS, relative=True, distance=STAGE, fast=False, fov=FIELD_OF_VIEW, pixel_aspect=1.0
    )
    assert nuke.rendered == [("PlateOcclusion1.PlateFile", 1001, 1003)]
    assert node["source"].value() == SOURCES[1]
    assert node["prerendered"].value() == f"{tmp_path.as_posix()}/ao/untitled.PlateOcclusion1.%04d.exr"
    reader = node.node("Prerendered")
    assert reader is not None
    assert [reader[name].value() for name in ("first", "last", "origfirst", "origlast")] == [1001, 1003, 1001, 1003]
    assert sorted(path.name for path in (tmp_path / "ao").iterdir()) == [Path(f.occlusion).name for f in frames]
    assert "3 of 3 frames are done" in nuke.messages[-1]
    assert "Noticed: noticed" in nuke.messages[-1]
    assert nuke.tasks[0].shown[-1][0] == 100


@pytest.mark.parametrize(
    ("choice", "connected", "expected"),
    [(0, False, False), (0, True, True), (1, False, True), (2, True, False)],
)
def test_depth_is_handed_over_where_there_is_one(
    nuke: FakeNuke, node: FakeNode, choice: int, connected: bool, expected: bool
) -> None:
    node["depth_from"].setValue(DEPTHS[choice])
    if connected:
        connect(nuke, node, DEPTH_INPUT)
    worker = FakeWorker()
    run(nuke, node, worker)
    frames = worker.jobs[0][1]
    assert [frame.depth == frame.normals for frame in frames] == [expected] * 3
    assert node["with_depth"].value() is expected
    given = node.node("Given")
    assert given is not None
    assert given["which"].number() == expected
    writer = node.node("PlateFile")
    assert writer is not None
    assert writer["datatype"].value() == ("32 bit float" if expected else "16 bit half")
    assert str(node["status"].value()).endswith("of normals and depth." if expected else "of normals only.")
    created(NukeHost(), node)  # as Nuke does when the script is opened again
    assert node["status"].value() == "Rendered: frames 1001 to 1003."


def test_reading_back_is_one_step_to_undo(nuke: FakeNuke, node: FakeNode) -> None:
    run(nuke, node, FakeWorker())
    assert nuke.undo.undo() == "PlateOcclusion1: read back"
    assert node["source"].value() == SOURCES[0]
    assert node["prerendered"].value() == ""


def test_the_controls_reach_the_worker_and_strength_does_not(nuke: FakeNuke, node: FakeNode) -> None:
    for name, value in (
        ("radius", 0.5),
        ("radius_is", RADII[1]),
        ("stage", 4.0),
        ("quality", QUALITIES[1]),
        ("fov", 40.0),
        ("strength", 2.0),
    ):
        node[name].setValue(value)
    worker = FakeWorker()
    run(nuke, node, worker)
    assert worker.jobs[0][2] == OcclusionOptions(
        radius=0.5, relative=False, distance=4.0, fast=True, fov=40.0, pixel_aspect=1.0
    )


def test_the_lens_follows_a_camera_that_is_connected(nuke: FakeNuke, node: FakeNode) -> None:
    node["link_camera"].execute()
    assert "nothing is connected to the cam input" in nuke.messages[-1]
    nuke.selected = []
    camera = nuke.create("Camera2")
    camera["focal"].setValue(35.0)
    camera["haperture"].setValue(36.0)
    node.setInput(CAMERA_INPUT, camera)
    assert node["fov"].value() == pytest.approx(2 * math.degrees(math.atan(36.0 / 70)))
    worker = FakeWorker()
    run(nuke, node, worker)
    assert worker.jobs[0][2].fov == pytest.approx(node["fov"].value())
    assert len(nuke.messages) == 2


def test_a_field_of_view_that_was_set_stays(nuke: FakeNuke, node: FakeNode) -> None:
    node["fov"].setValue(33.0)
    camera = connect(nuke, node, CAMERA_INPUT, "Camera2")
    camera["focal"].setValue(35.0)
    camera["haperture"].setValue(36.0)
    assert node["fov"].value() == 33.0
    node["link_camera"].execute()
    assert node["fov"].value() == pytest.approx(2 * math.degrees(math.atan(36.0 / 70)))


def test_a_frame_that_fails_does_not_lose_the_others(nuke: FakeNuke, node: FakeNode, tmp_path: Path) -> None:
    worker = FakeWorker()
    worker.fails = {1}
    run(nuke, node, worker)
    assert "2 of 3 frames are done" in nuke.messages[-1]
    assert "untitled.PlateOcclusion1.1002.exr: cannot be read" in nuke.messages[-1]
    assert [path.name for path in sorted((tmp_path / "ao").iterdir())] == [
        "untitled.PlateOcclusion1.1001.exr",
        "untitled.PlateOcclusion1.1003.exr",
    ]
    assert node["source"].value() == SOURCES[1]
    reader = node.node("Prerendered")
    assert reader is not None
    assert reader["on_error"].value() == "nearest frame"


def test_cancelling_stops_the_worker_and_says_so(nuke: FakeNuke, node: FakeNode) -> None:
    worker = FakeWorker()
    worker.hold = True
    batch = render(NukeHost(), node, lambda: worker)
    assert worker.waits.wait(30)
    nuke.cancel_pressed = True
    nuke.run_main_loop()
    assert batch.wait(30)
    assert worker.closed == 1
    assert "0 of 3 frames are done.\nIt was cancelled" in nuke.messages[-1]
    assert node["source"].value() == SOURCES[0]
    assert node["status"].value() == NOTHING_YET


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (EnvironmentMissing("no Python with Platelight was found"), "no Python with Platelight was found"),
        (EnvironmentBroken("the worker ended at once"), "the worker ended at once"),
        (ZeroDivisionError("oh"), "ZeroDivisionError"),
    ],
)
def test_a_worker_that_is_missing_or_broken_is_told_and_changes_nothing(
    nuke: FakeNuke, node: FakeNode, problem: Exception, words: str
) -> None:
    class Broken(FakeWorker):
        def events(self, frames: object, options: object) -> object:  # type: ignore[override]
            raise problem

    run(nuke, node, Broken())
    assert "0 of 3 frames are done" in nuke.messages[-1]
    assert words in nuke.messages[-1]
    assert node["source"].value() == SOURCES[0]
    assert node["prerendered"].value() == ""


def test_nuke_is_free_while_the_worker_works(nuke: FakeNuke, node: FakeNode) -> None:
    worker = FakeWorker()
    worker.hold = True
    threads = threading.active_count()
    batch = render(NukeHost(), node, lambda: worker)
    assert worker.waits.wait(30)
    assert threading.active_count() > threads
    assert nuke.for_main.empty()
    node["radius"].setValue(0.2)
    worker.cancel()
    nuke.run_main_loop()
    assert batch.wait(30)


def test_a_node_that_was_deleted_meanwhile_is_no_error(nuke: FakeNuke, node: FakeNode) -> None:
    render(NukeHost(), node, FakeWorker)
    NukeHost().delete_node(node)
    nuke.run_main_loop()
    assert "3 of 3" in nuke.messages[-1]


def test_what_cannot_be_rendered_is_refused_before_anything_is(nuke: FakeNuke, node: FakeNode) -> None:
    def refused(kind: type[Exception], words: str) -> None:
        with pytest.raises(kind, match=words):
            render(NukeHost(), node, FakeWorker)

    node["normals_from"].setValue(NORMALS_FROM[1])
    refused(WrongNode, "nothing is connected to `normals`")
    node["normals_from"].setValue(NORMALS_FROM[0])
    for name, value, words in (
        ("radius", 0.0, "radius of 0"),
        ("stage", -1.0, "flat stage at -1"),
        ("fov", 175.0, "field of view of 175"),
    ):
        before = node[name].value()
        node[name].setValue(value)
        refused(BadRange, words)
        node[name].setValue(before)
    node["first"].clearAnimated()
    node["first"].setValue(2000)
    refused(BadRange, "run backwards")
    node["first"].setValue(1001)
    node["prerender_folder"].setValue("")
    refused(BadRange, "Save the script")
    node.inputs = []
    refused(WrongNode, "no plate")
    assert nuke.rendered == []


def test_a_render_that_fails_is_told(nuke: FakeNuke, node: FakeNode) -> None:
    def fail(path: Path, frame: int) -> None:
        raise RuntimeError("no space")

    nuke.render_frame = fail
    node["render"].execute()
    assert "normals and depth were not rendered" in nuke.messages[-1]
    assert "no space" in nuke.messages[-1]
    assert nuke.tasks == []


def test_without_the_gizmo_it_is_told(nuke: FakeNuke) -> None:
    nuke.paths = []
    with pytest.raises(WrongNode, match="platelight install nuke"):
        create(NukeHost())


def test_a_script_with_the_node_opens_and_reads_where_the_plug_in_is_not(
    nuke: FakeNuke, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "nuke_plugin.occlusion.buttons", None)
    monkeypatch.delattr("nuke_plugin.occlusion.buttons")
    made = nuke.create("PlateOcclusion")
    assert nuke.messages == []
    made["render"].execute()
    assert "not installed here" in nuke.messages[-1]


def test_the_relight_takes_it_by_its_channel_picker(nuke: FakeNuke, node: FakeNode) -> None:
    nuke.selected = [node]
    relight = nuke.create("PlateRelight")
    relight["occlusion_channel"].setValue(CHANNEL)
    maps = relight.node("Maps")
    assert maps is not None
    assert maps["from0"].value() == "ao.red"
