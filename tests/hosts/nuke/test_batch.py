"""Batches beside Nuke: threads, progress, cancel, failures, the dialogue and what it makes of its answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from nuke_plugin import plate_normals
from nuke_plugin.batch import Outcome, start_batch
from nuke_plugin.controls import SOURCES, WORK_SIZE
from nuke_plugin.errors import BadRange, WorkerUnavailable, WrongNode
from nuke_plugin.frames import parse_range, plate_files, with_frame
from nuke_plugin.host import NukeHost
from nuke_plugin.occlusion.render import render
from nuke_plugin.panel import answers_to_job, batch_fields, show_batch_panel
from nuke_plugin.prerender import prerender
from nuke_plugin.round_trip import result_folder
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from worker_link.errors import EnvironmentMissing
from worker_link.jobs import (
    AnyFrame,
    AnyOptions,
    Event,
    Frame,
    FrameDone,
    FrameFailed,
    NormalsOptions,
    OcclusionOptions,
    Queued,
    WorkerRestarted,
)


class Worker:
    """Does what a test tells it, frame by frame; waits to be cancelled where it is told to."""

    def __init__(self, *, failing: Sequence[int] = (), hang_at: int | None = None, problem: Exception | None = None):
        self.failing, self.hang_at, self.problem = failing, hang_at, problem
        self.cancelled = threading.Event()
        self.closed = False
        self.options: AnyOptions | None = None
        self.frames: list[AnyFrame] = []

    def capabilities(self) -> dict[str, str]:
        raise AssertionError("nobody asks before a batch")

    def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]:
        self.options, self.frames = options, list(frames)
        if self.problem is not None:
            raise self.problem
        yield Queued(2)
        yield WorkerRestarted("it was lost")
        for index, frame in enumerate(frames):
            if index == self.hang_at:
                assert self.cancelled.wait(30)
                return
            if index in self.failing:
                yield FrameFailed(index, frame, "UnreadableImage", f"{frame.plate}: is no image")
            else:
                yield FrameDone(index, frame, (), 0.5)

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        self.closed = True


FRAMES = [Frame(f"/plates/a.{number}.exr", f"/normals/a.{number}.exr") for number in (1, 2, 3)]


def run(nuke: FakeNuke, worker: Worker) -> Outcome:
    outcomes: list[Outcome] = []
    threads: list[threading.Thread] = []

    def finished(outcome: Outcome) -> None:
        threads.append(threading.current_thread())
        outcomes.append(outcome)

    batch = start_batch(NukeHost(), "a batch", FRAMES, NormalsOptions(detail="high"), finished, lambda: worker)
    nuke.run_main_loop()
    assert batch.wait(30)
    assert threads == [threading.main_thread()]
    assert worker.closed
    return outcomes[0]


def test_a_batch_is_done_and_told_in_the_main_thread(nuke: FakeNuke) -> None:
    worker = Worker()
    outcome = run(nuke, worker)
    assert outcome.done == tuple(FRAMES)
    assert outcome.words() == "3 of 3 frames are done."
    assert worker.options == NormalsOptions(detail="high")
    assert nuke.tasks[0].shown[-1][0] == 100


def test_a_frame_that_fails_does_not_lose_the_others(nuke: FakeNuke) -> None:
    outcome = run(nuke, Worker(failing=[1]))
    assert outcome.done == (FRAMES[0], FRAMES[2])
    assert outcome.failures == ("/plates/a.2.exr: is no image",)
    assert "2 of 3" in outcome.words()
    assert "is no image" in outcome.words()


def test_the_cancel_button_reaches_the_worker(nuke: FakeNuke) -> None:
    nuke.cancel_pressed = True
    worker = Worker(hang_at=1)
    outcome = run(nuke, worker)
    assert worker.cancelled.is_set()
    assert outcome.cancelled
    assert "cancelled; what is done is kept" in outcome.words()


def test_a_missing_environment_is_told(nuke: FakeNuke) -> None:
    outcome = run(nuke, Worker(problem=EnvironmentMissing("no Python with Platelight was found")))
    assert outcome.words() == "0 of 3 frames are done.\nno Python with Platelight was found"


def test_a_fault_is_told_and_not_swallowed(nuke: FakeNuke) -> None:
    assert "ZeroDivisionError" in run(nuke, Worker(problem=ZeroDivisionError("oh"))).problem


def test_an_empty_batch_is_refused(nuke: FakeNuke) -> None:
    with pytest.raises(WorkerUnavailable, match="no frames"):
        start_batch(NukeHost(), "t", [], NormalsOptions(), lambda outcome: None)


def test_many_failures_are_counted(nuke: FakeNuke) -> None:
    outcome = Outcome(tuple(FRAMES * 3), (), tuple(f"line {number}" for number in range(9)), "", False)
    assert "4 more frames" in outcome.words()


def test_the_main_thread_runs_at_once_what_it_asks_of_itself(nuke: FakeNuke) -> None:
    called: list[int] = []
    NukeHost().in_main_thread(lambda: called.append(1))
    assert called == [1]


def selected_read(nuke: FakeNuke) -> FakeNode:
    read = nuke.create("Read")
    read["file"].setValue("/plates/shot.%04d.exr")
    read["first"].setValue(1001)
    read["last"].setValue(1004)
    return read


def test_the_dialogue_is_filled_in_from_the_selected_read(nuke: FakeNuke) -> None:
    selected_read(nuke)
    fields = {field.name: field.value for field in batch_fields(NukeHost())}
    assert fields["plates"] == "/plates/shot.%04d.exr"
    assert fields["frames"] == "1001-1004"
    assert fields["folder"] == "/plates/normals"


def test_the_dialogue_runs_a_batch_and_offers_a_read(nuke: FakeNuke) -> None:
    selected_read(nuke)
    nuke.panel_answers = {"detail": "low", "deflicker": False, "color_space": "ACEScg"}
    worker = Worker()
    batch = show_batch_panel(NukeHost(), lambda: worker)
    assert batch is not None
    nuke.run_main_loop()
    assert worker.options == NormalsOptions(detail="low", deflicker=False, fov=55.0, color_space="ACEScg")
    made = nuke.selected[0]
    assert made.Class() == "Read"
    assert made["file"].value() == "/plates/normals/shot.%04d.exr"
    assert (made["first"].value(), made["last"].value(), made["raw"].value()) == (1001, 1004, True)


NEXT_TO = "[file dirname [value root.name]]"


@pytest.mark.parametrize(
    ("text", "project", "path"),
    [
        (f"{NEXT_TO}/pre", "", "/shots/a/comp/pre"),
        ("pre", "", "/shots/a/comp/pre"),
        ("../pre/", "", "/shots/a/pre"),
        ("pre", "/shots/a", "/shots/a/pre"),
        ("pre", f"{NEXT_TO}/..", "/shots/a/pre"),
        ("./pre", "..", "/shots/a/pre"),
        ("/else/pre", "/shots/a", "/else/pre"),
        ("", "/shots/a", "/shots/a/comp/platelight_frames"),
    ],
)
def test_the_folder_is_where_nuke_would_look(nuke: FakeNuke, text: str, project: str, path: str) -> None:
    nuke.name_script("/shots/a/comp/a_v001.nk")
    nuke.root_node["project_directory"].setValue(project)
    node = plate_node(nuke)
    node["prerender_folder"].setValue(text)
    assert result_folder(NukeHost(), node, "frames") == path


@pytest.mark.parametrize("text", ["/pre/%V", "/pre/%v/n", "\\[value nosuch]/pre"])
def test_a_path_that_only_nuke_could_replace_is_refused(nuke: FakeNuke, text: str) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(text)
    with pytest.raises(BadRange, match="is left in the path"):
        prerender(NukeHost(), node, Worker)
    node["prerender_folder"].setValue("pre")
    with pytest.raises(BadRange, match="PlateNormals1: pre: is a relative path"):
        prerender(NukeHost(), node, Worker)


def test_the_dialogue_evaluates_the_selected_read_and_what_is_typed(nuke: FakeNuke) -> None:
    nuke.name_script("/shots/a/comp/a_v001.nk")
    selected_read(nuke)["file"].setValue(f"{NEXT_TO}/../plates/shot.%04d.exr")
    fields = {field.name: field.value for field in batch_fields(NukeHost())}
    assert fields["plates"] == "/shots/a/comp/../plates/shot.%04d.exr"
    nuke.selected[0]["file"].setValue("plates/shot.####.exr")
    nuke.panel_answers = {"folder": "out"}
    worker = Worker()
    show_batch_panel(NukeHost(), lambda: worker)
    nuke.run_main_loop()
    assert nuke.selected[0]["file"].value() == "/shots/a/comp/out/shot.####.exr"
    assert worker.frames[0] == Frame("/shots/a/comp/plates/shot.1001.exr", "/shots/a/comp/out/shot.1001.exr")
    nuke.panel_answers = {"plates": "[getenv SHOT]/a.%04d.exr"}
    with pytest.raises(BadRange, match=r"\[getenv SHOT\].*expressions"):
        show_batch_panel(NukeHost(), lambda: worker)


def test_a_cancelled_dialogue_does_nothing(nuke: FakeNuke) -> None:
    assert show_batch_panel(NukeHost(), Worker) is None
    assert nuke.tasks == []


def answers(**changes: Any) -> dict[str, Any]:
    given = {"plates": "/p/a.####.exr", "frames": "1-2", "folder": "C:\\out\\", "detail": "low", "deflicker": True}
    return {**given, "fov": 50.0, "color_space": "", **changes}


def test_answers_become_frames() -> None:
    frames, options, pattern, numbers = answers_to_job(answers())
    assert frames[1] == Frame("/p/a.0002.exr", "C:/out/a.0002.exr")
    assert (pattern, numbers) == ("C:/out/a.####.exr", [1, 2])
    assert options.color_space is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plates": ""}, "no plate"),
        ({"plates": "/p/still.exr"}, "no %04d"),
        ({"folder": " "}, "no folder"),
        ({"frames": "5-1"}, "comes before"),
        ({"frames": "one"}, "expected 1001-1010"),
        ({"fov": 180.0}, "180 degrees"),
    ],
)
def test_answers_that_cannot_be_meant(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRange, match=words):
        answers_to_job(answers(**changes))


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("7", [7]),
        ("1-3", [1, 2, 3]),
        ("1-9x4", [1, 5, 9]),
        ("1, 3,5-6", [1, 3, 5, 6]),
        ("1 3", [1, 3]),
        ("-2--1", [-2, -1]),
        ("3,3", [3]),
        ("1 - 3", [1, 2, 3]),
    ],
)
def test_ranges(text: str, frames: list[int]) -> None:
    assert parse_range(text) == frames


@pytest.mark.parametrize("text", ["", "a", "1-", "3-1", "1-9x0", "1-9999999"])
def test_bad_ranges(text: str) -> None:
    with pytest.raises(BadRange):
        parse_range(text)


def test_numbers_go_into_names_and_not_into_folders() -> None:
    assert with_frame("/a.%04d/b.%04d.exr", 7) == "/a.%04d/b.0007.exr"
    assert with_frame("/a/b.##.exr", 1234) == "/a/b.1234.exr"
    assert with_frame("/a/b.%d.exr", 3) == "/a/b.3.exr"
    assert plate_files("/a/still.exr", [5]) == ["/a/still.exr"]


def plate_node(nuke: FakeNuke) -> FakeNode:
    nuke.create("ColorBars")
    node = plate_normals.create(NukeHost())
    assert isinstance(node, FakeNode)
    return node


def test_prerender_asks_for_what_it_lacks(nuke: FakeNuke, tmp_path: Path) -> None:
    node = plate_node(nuke)
    with pytest.raises(BadRange, match="Save the script"):
        prerender(NukeHost(), node, Worker)
    node["prerender_folder"].setValue(str(tmp_path))
    node["first"].clearAnimated()
    node["first"].setValue(2000)
    with pytest.raises(BadRange, match="run backwards"):
        prerender(NukeHost(), node, Worker)
    node.inputs = []
    with pytest.raises(WrongNode, match="no plate"):
        prerender(NukeHost(), node, Worker)


def test_prerender_hands_over_the_nodes_settings(nuke: FakeNuke, tmp_path: Path) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    node["input_colours"].setValue("as displayed: bypass")
    node["fov"].setValue(33.0)
    worker = Worker(failing=[2])
    prerender(NukeHost(), node, lambda: worker)
    nuke.run_main_loop()
    assert worker.options == NormalsOptions(
        detail="medium",
        size=WORK_SIZE,
        looks=4,
        fov=33.0,
        pixel_aspect=1.0,
        deflicker=True,
        color_space="srgb_rec709_scene",
    )
    assert nuke.rendered == [("PlateNormals1.PlateFile", 1001, 1003)]
    assert node["source"].value() == "pre-rendered EXR"
    assert "2 of 3" in nuke.messages[-1]


def test_no_two_nodes_of_a_shows_scripts_write_the_same_files(nuke: FakeNuke, tmp_path: Path) -> None:
    scripts = [str(tmp_path / name) for name in ("a_v001.nk", "a_v002.nk", "b 100%d [x].nk")]
    group = nuke.create("Group")
    with group:
        inside = plate_node(nuke)
    nodes = [plate_node(nuke), inside]
    for node in nodes:
        assert node.name() == "PlateNormals1"
        for script in scripts:
            nuke.name_script(script)
            prerender(NukeHost(), node, Worker)
            nuke.run_main_loop()
    written = [*nuke.rendered_to, *(str(node["prerendered"].value()) for node in nodes)]
    assert len(set(written)) == len(written) == 8
    assert written[1] == f"{tmp_path.as_posix()}/platelight_frames/plate/a_v002.PlateNormals1.%04d.exr"
    assert written[4].endswith("/a_v002.Group1-PlateNormals1.%04d.exr")
    assert Path(written[2]).name == "b_100_d__x_.PlateNormals1.%04d.exr"


def test_a_farm_leaves_the_nodes_own_write_out_before_and_after_a_render(nuke: FakeNuke, tmp_path: Path) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    nuke.render_all()
    prerender(NukeHost(), node, Worker)
    nuke.run_main_loop()
    nuke.render_all()
    assert len(nuke.rendered) == 1
    writer = node.node("PlateFile")
    assert writer is not None
    assert (writer["disable"].value(), writer["file"].value()) == (True, "")
    assert nuke.undo.undo() == "PlateNormals1: read back"
    assert "disable" not in "".join(name for name, _ in nuke.undo.groups)


@pytest.mark.parametrize("kind", ["PlateNormals", "PlateOcclusion"])
def test_the_lens_is_that_of_the_first_frame_with_the_knobs_pixel_aspect(
    nuke: FakeNuke, tmp_path: Path, kind: str
) -> None:
    nuke.create("ColorBars")  # whose format has a pixel aspect of 1
    node = nuke.create(kind)
    node["prerender_folder"].setValue(str(tmp_path))
    node["fov"].setExpression("frame / 20")
    node["pixel_aspect"].setValue(2.0)
    node["pixel_aspect"].setExpression("frame == 1001 ? 2 : 1")
    nuke.frame = 1003
    worker = Worker()
    (prerender if kind == "PlateNormals" else render)(NukeHost(), node, lambda: worker)
    nuke.run_main_loop()
    assert isinstance(worker.options, (NormalsOptions, OcclusionOptions))
    assert worker.options.fov == pytest.approx(1001 / 20)
    assert worker.options.pixel_aspect == 2.0
    assert nuke.frame == 1003


@pytest.mark.parametrize("button", ["PlateNormals.prerender", "PlateOcclusion.render", "PlateProbe.estimate"])
def test_a_stereo_script_is_refused_before_anything_is_rendered(nuke: FakeNuke, tmp_path: Path, button: str) -> None:
    nuke.views = ["left", "right"]
    nuke.name_script(str(tmp_path / "a.nk"))
    nuke.create("ColorBars")
    kind, _, name = button.partition(".")
    nuke.create(kind)[name].execute()
    assert f"{kind}1: the script has 2 views (left, right)" in nuke.messages[-1]
    assert "one view" in nuke.messages[-1]
    assert nuke.rendered == []


@pytest.mark.parametrize("proxy", [True, False])
def test_the_worker_gets_the_whole_plate_in_proxy_mode_too(nuke: FakeNuke, tmp_path: Path, proxy: bool) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    nuke.root_node["proxy"].setValue(proxy)
    steps = len(nuke.undo.groups)
    prerender(NukeHost(), node, Worker)
    assert nuke.rendered_at == [1.0]
    assert nuke.root_node["proxy"].value() is proxy
    assert len(nuke.undo.groups) == steps
    nuke.run_main_loop()


def test_a_render_that_fails_leaves_the_write_disabled(nuke: FakeNuke, tmp_path: Path) -> None:
    def fail(path: Path, frame: int) -> None:
        raise RuntimeError("no space")

    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    nuke.render_frame = fail
    nuke.root_node["proxy"].setValue(True)
    with pytest.raises(WrongNode, match="no space"):
        prerender(NukeHost(), node, Worker)
    assert nuke.root_node["proxy"].value() is True
    nuke.render_all()
    assert nuke.rendered == []
    assert nuke.undo.off == 0


def test_a_node_that_was_deleted_meanwhile_is_no_error(nuke: FakeNuke, tmp_path: Path) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    prerender(NukeHost(), node, Worker)
    NukeHost().delete_node(node)
    nuke.run_main_loop()
    assert "3 of 3" in nuke.messages[-1]
    assert f"the files are {tmp_path.as_posix()}/normals/untitled.PlateNormals1.%04d.exr" in nuke.messages[-1]


def test_another_scripts_node_of_the_same_name_is_left_alone(nuke: FakeNuke, tmp_path: Path) -> None:
    nuke.name_script(str(tmp_path / "a.nk"))
    prerender(NukeHost(), plate_node(nuke), Worker)
    nuke.open_script(str(tmp_path / "b.nk"))
    other = plate_node(nuke)
    assert other.fullName() == "PlateNormals1"
    nuke.run_main_loop()
    assert (other["source"].value(), other["prerendered"].value()) == (SOURCES[0], "")
    assert "/normals/a.PlateNormals1.%04d.exr" in nuke.messages[-1]


def test_a_node_that_was_renamed_meanwhile_reads_its_normals(nuke: FakeNuke, tmp_path: Path) -> None:
    node = plate_node(nuke)
    node["prerender_folder"].setValue(str(tmp_path))
    prerender(NukeHost(), node, Worker)
    node["name"].setValue("Hero")
    nuke.run_main_loop()
    assert node["source"].value() == SOURCES[1]
    assert nuke.questions == []


@pytest.mark.parametrize("yes", [True, False])
def test_a_script_that_was_saved_under_another_name_is_asked_about(nuke: FakeNuke, tmp_path: Path, yes: bool) -> None:
    nuke.name_script(str(tmp_path / "a_v001.nk"))
    node = plate_node(nuke)
    prerender(NukeHost(), node, Worker)
    nuke.name_script(str(tmp_path / "a_v002.nk"))
    nuke.says_yes = yes
    nuke.run_main_loop()
    assert "a_v001.nk" in nuke.questions[-1]
    assert "a_v002.nk" in nuke.questions[-1]
    assert node["source"].value() == SOURCES[yes]
    assert ("the files are" in nuke.messages[-1]) is not yes
