"""The PlateProbe node: estimating beside Nuke, its knobs, and what is set up from them; PlateRelight's own buttons."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from worker_link.light_turn import rotation_of

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.relight.lights import DirectionalLight
from core.relight.nuke_lights import lights_from_script, script_from_lights
from core.relight.plate_light import former_harmonics
from core.relight.tcl_words import script_nodes
from nuke_plugin.blink.controls import MODES
from nuke_plugin.errors import BadRange, WrongNode
from nuke_plugin.gizmo_files.plate_probe import plate_probe
from nuke_plugin.gizmo_files.plate_probe_controls import user_knobs
from nuke_plugin.host import NukeHost
from nuke_plugin.probe import buttons
from nuke_plugin.probe.controls import FRAMES, NOTHING_YET, PRIMARIES, SOURCES
from nuke_plugin.probe.estimate import create, created, estimate, load_estimate, save_estimate
from nuke_plugin.probe.light_nodes import direct_light, make_lights
from nuke_plugin.probe.set_up import load_former, set_up_relight
from nuke_plugin.probe.values import is_probe, light_of, show, status_words
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from tests.hosts.nuke.script_reader import read_script
from worker_link.errors import EnvironmentMissing
from worker_link.jobs import AnyFrame, AnyOptions, Event, FrameDone, FrameFailed, LightOptions
from worker_link.light import PlateLight, Residual, luminance, read_light, save_light

GIZMO = Path(__file__).parents[3] / "nuke_plugin" / "gizmos" / "PlateProbe.gizmo"

LIGHT = PlateLight(
    harmonics=tuple((0.1 * row + 0.5, -0.2 * row + 0.4, 0.05 * row + 0.3) for row in range(9)),
    toward=(0.6, 0.48, 0.64),
    key=(2.0, 1.0, 0.5),
    ambient=(0.2, 0.25, 0.3),
    mean_irradiance=(0.8, 0.5, 0.25),
    bright_irradiance=(2.0, 1.5, 1.0),
    directionality=0.4,
    spread_degrees=8.0,
    residual=Residual(0.2, 0.9, 0.1, 0.8, 0.3, 0),
    plate="/plates/a.exr",
)


class Worker:
    """Answers each frame with the next of its lights; None fails the frame."""

    def __init__(self, *lights: PlateLight | None, problem: Exception | None = None) -> None:
        self.lights, self.problem = lights, problem
        self.options: AnyOptions | None = None
        self.threads: list[threading.Thread] = []
        self.frames: list[AnyFrame] = []

    def capabilities(self) -> dict[str, str]:
        raise AssertionError("nobody asks before a batch")

    def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]:
        self.options, self.frames = options, list(frames)
        self.threads.append(threading.current_thread())
        if self.problem is not None:
            raise self.problem
        for index, (frame, light) in enumerate(zip(frames, self.lights, strict=True)):
            assert Path(frame.plate).is_file()
            if light is None:
                yield FrameFailed(index, frame, "WorkFailed", f"{frame.plate}: only 3 pixels can be used")
            else:
                yield FrameDone(index, frame, light=json.loads(json.dumps(light.to_json())))

    def cancel(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def probe(nuke: FakeNuke) -> FakeNode:
    plate = nuke.create("ColorBars")
    nuke.selected = [plate]
    node = create(NukeHost())
    assert isinstance(node, FakeNode)
    assert node.inputs[0] is plate
    return node


def run(nuke: FakeNuke, probe: FakeNode, worker: Worker) -> None:
    batch = estimate(NukeHost(), probe, lambda: worker)
    nuke.run_main_loop()
    assert batch.wait(30)
    assert worker.threads
    assert all(thread is not threading.main_thread() for thread in worker.threads)


def same(one: PlateLight, other: PlateLight) -> None:
    for name in ("toward", "key", "ambient", "mean_irradiance", "bright_irradiance"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9), name
    assert [v for row in one.harmonics for v in row] == pytest.approx([v for row in other.harmonics for v in row])
    for name in ("directionality", "spread_degrees", "residual", "color_space"):
        assert getattr(one, name) == getattr(other, name), name


def test_the_file_is_the_graph_of_the_data() -> None:
    script = read_script(GIZMO.read_text(encoding="utf-8"))
    (read,) = script.nodes
    assert read.knobs["inputs"] == "2"
    assert [inner.name for inner in read.inside] == [inner.name for inner in plate_probe().inside]
    both = read.find("Both")
    assert [one and one.name for one in both.inputs] == ["OnlyRgba", "Flips"]
    assert [both.knobs[f"to{index}"] for index in range(4)] == ["N.red", "N.green", "N.blue", "N.alpha"]
    output = read.find("Output1")
    assert [one and one.name for one in output.inputs] == ["PlateDot"]
    assert {"N", "confidence"} <= set(script.layers)


def test_every_button_has_its_function() -> None:
    codes = [knob.text or "" for knob in user_knobs() if knob.kind == 22]
    assert len(codes) == 5
    for code in codes:
        compile(code, "knob", "exec")
        assert "except ImportError" in code
        assert hasattr(buttons, code.rpartition("buttons.")[2].removesuffix("()"))


def test_a_new_node_has_no_estimate_and_says_so(nuke: FakeNuke, probe: FakeNode) -> None:
    assert is_probe(probe)
    assert probe["status"].value() == NOTHING_YET
    for button in ("set_up", "make_lights", "save_estimate"):
        probe[button].execute()
        assert "no estimate yet" in nuke.messages[-1]


def test_this_frame_is_estimated_beside_nuke_into_the_knobs(nuke: FakeNuke, probe: FakeNode) -> None:
    nuke.frame = 1007
    worker = Worker(LIGHT)
    run(nuke, probe, worker)
    assert nuke.rendered == [("PlateProbe1.PlateFile", 1007, 1007)]
    assert worker.options == LightOptions("lin_rec709")
    assert worker.frames[0].plate == worker.frames[0].normals
    assert worker.frames[0].plate.endswith(".1007.exr")
    same(light_of(probe), LIGHT)
    assert probe["azimuth"].value() == pytest.approx(math.degrees(math.atan2(0.6, 0.64)))
    assert probe["elevation"].value() == pytest.approx(math.degrees(math.asin(0.48)))
    assert probe["key_intensity"].value() == pytest.approx(luminance(LIGHT.key))
    assert [probe["key_color"].value(i) * probe["key_intensity"].value() for i in range(3)] == pytest.approx(LIGHT.key)
    assert probe["confidence"].value() == pytest.approx(LIGHT.confidence)
    assert "WEAK" not in str(probe["status"].value())
    assert nuke.messages == []


def test_temporary_frames_are_removed_and_named_ones_kept(nuke: FakeNuke, probe: FakeNode, tmp_path: Path) -> None:
    worker = Worker(LIGHT)
    run(nuke, probe, worker)
    assert not Path(worker.frames[0].plate).parent.exists()
    probe["folder"].setValue(str(tmp_path / "kept"))
    run(nuke, probe, Worker(LIGHT))
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["untitled.PlateProbe1.1001.exr"]


def test_a_range_is_merged_and_a_frame_that_fails_is_told(nuke: FakeNuke, probe: FakeNode) -> None:
    probe["frames"].setValue(FRAMES[1])
    probe["step"].setValue(1)
    worker = Worker(LIGHT, None, LIGHT.scaled((3.0, 3.0, 3.0)))
    run(nuke, probe, worker)
    assert nuke.rendered == [("PlateProbe1.PlateFile", 1001, 1003)]
    found = light_of(probe)
    assert found.frames == 2
    assert found.key[0] / found.key[1] == pytest.approx(2.0)
    assert luminance(found.mean_irradiance) == pytest.approx(2.0 * luminance(LIGHT.mean_irradiance))
    assert "2 of 3 frames" in nuke.messages[-1]
    assert "only 3 pixels" in nuke.messages[-1]


def test_a_weak_estimate_is_told_in_the_first_line(nuke: FakeNuke, probe: FakeNode) -> None:
    weak = replace(LIGHT, residual=replace(LIGHT.residual, coverage=0.04))
    run(nuke, probe, Worker(weak))
    assert "WEAK, the surfaces face few directions (4% of the sphere)" in str(probe["status"].value())
    assert float(probe["confidence"].value()) < 0.5


def test_an_estimate_is_one_step_to_undo(nuke: FakeNuke, probe: FakeNode) -> None:
    run(nuke, probe, Worker(LIGHT))
    other = replace(LIGHT, toward=(0.0, 0.0, 1.0), key=(9.0, 9.0, 9.0))
    probe["folder"].setValue("")  # a step of its own in between
    steps = len(nuke.undo.groups)
    run(nuke, probe, Worker(other))
    assert light_of(probe).key == pytest.approx((9.0, 9.0, 9.0))
    while len(nuke.undo.groups) > steps:
        last = nuke.undo.undo()
        if "estimate" in last:
            break
    same(light_of(probe), LIGHT)
    assert last == "PlateProbe: estimate"


@pytest.mark.parametrize(
    ("worker", "words"),
    [
        (Worker(None), "only 3 pixels"),
        (Worker(problem=EnvironmentMissing("no Python with Platelight was found")), "no Python with Platelight"),
        (Worker(problem=ZeroDivisionError("oh")), "ZeroDivisionError"),
    ],
)
def test_what_goes_wrong_is_told_and_changes_nothing(
    nuke: FakeNuke, probe: FakeNode, worker: Worker, words: str
) -> None:
    show(probe, LIGHT)
    run(nuke, probe, worker)
    assert words in nuke.messages[-1]
    same(light_of(probe), LIGHT)
    assert str(probe["status"].value()) == status_words(LIGHT)


def test_an_answer_of_another_version_is_told(nuke: FakeNuke, probe: FakeNode) -> None:
    class Newer(Worker):
        def events(self, frames: Sequence[AnyFrame], options: AnyOptions) -> Iterator[Event]:
            for event in super().events(frames, options):
                assert isinstance(event, FrameDone)
                yield replace(event, light={**event.light, "version": 9})

    run(nuke, probe, Newer(LIGHT))
    assert "version 9" in nuke.messages[-1]
    assert probe["status"].value() == NOTHING_YET


def test_a_node_that_was_deleted_meanwhile_is_no_error(nuke: FakeNuke, probe: FakeNode) -> None:
    estimate(NukeHost(), probe, lambda: Worker(LIGHT))
    NukeHost().delete_node(probe)
    nuke.run_main_loop()
    assert "not there any more" in nuke.messages[-1]
    assert "The estimate was: key 43 degrees from the right" in nuke.messages[-1]
    assert "were temporary and are removed" in nuke.messages[-1]


def test_a_probe_that_was_renamed_meanwhile_takes_its_estimate(nuke: FakeNuke, probe: FakeNode) -> None:
    estimate(NukeHost(), probe, lambda: Worker(LIGHT))
    probe["name"].setValue("Sun")
    nuke.run_main_loop()
    same(light_of(probe), LIGHT)
    assert nuke.messages == []


def test_another_scripts_probe_of_the_same_name_is_left_alone(nuke: FakeNuke, probe: FakeNode, tmp_path: Path) -> None:
    probe["folder"].setValue(str(tmp_path / "kept"))
    estimate(NukeHost(), probe, lambda: Worker(LIGHT))
    nuke.open_script(str(tmp_path / "b.nk"))
    other = create(NukeHost())
    assert other.fullName() == "PlateProbe1"
    nuke.run_main_loop()
    with pytest.raises(WrongNode, match="no estimate yet"):
        light_of(other)
    assert "/kept/untitled.PlateProbe1.%04d.exr" in nuke.messages[-1]


def test_what_cannot_be_estimated_is_refused_before_anything_is_rendered(nuke: FakeNuke, probe: FakeNode) -> None:
    probe["normals_from"].setValue(SOURCES[1])
    with pytest.raises(WrongNode, match="nothing is connected to `normals`"):
        estimate(NukeHost(), probe, Worker)
    probe["normals_from"].setValue(SOURCES[0])
    probe["frames"].setValue(FRAMES[1])
    probe["step"].setValue(0)
    with pytest.raises(BadRange, match="in steps of 0"):
        estimate(NukeHost(), probe, Worker)
    probe.inputs = []
    with pytest.raises(WrongNode, match="no plate"):
        estimate(NukeHost(), probe, Worker)
    assert nuke.rendered == []


def test_a_render_that_fails_is_told_and_leaves_no_folder(
    nuke: FakeNuke, probe: FakeNode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def fail(path: Path, frame: int) -> None:
        raise RuntimeError("no space")

    nuke.render_frame = fail
    with pytest.raises(WrongNode, match="no space"):
        estimate(NukeHost(), probe, Worker)
    assert list(tmp_path.glob("platelight_probe_*")) == []


def test_an_estimate_goes_to_a_file_and_comes_back(nuke: FakeNuke, probe: FakeNode, tmp_path: Path) -> None:
    probe["load_estimate"].execute()
    assert "name an Estimate file first" in nuke.messages[-1]
    path = tmp_path / "light.json"
    probe["estimate_file"].setValue(str(path))
    probe["load_estimate"].execute()
    assert "platelight estimate-light" in nuke.messages[-1]
    show(probe, LIGHT)
    save_estimate(NukeHost(), probe)
    same(read_light(str(path)), LIGHT)
    save_light(str(path), replace(LIGHT, key=(1.0, 1.0, 1.0), color_space="ACEScg"))
    load_estimate(NukeHost(), probe)
    assert light_of(probe).key == pytest.approx((1.0, 1.0, 1.0))
    assert probe["primaries"].value() == PRIMARIES[1]
    assert nuke.undo.undo() == "PlateProbe: load estimate"
    same(light_of(probe), LIGHT)


def test_files_are_where_nuke_would_look(nuke: FakeNuke, probe: FakeNode, tmp_path: Path) -> None:
    nuke.name_script(str(tmp_path / "a.nk"))
    show(probe, LIGHT)
    probe["estimate_file"].setValue("[file dirname [value root.name]]/light.json")
    save_estimate(NukeHost(), probe)
    assert (tmp_path / "light.json").is_file()
    for text in ("light.json", "[file dirname [value root.name]]/light.json"):
        probe["estimate_file"].setValue(text)
        load_estimate(NukeHost(), probe)
        relight = relight_alone(nuke, None)
        relight["former_file"].setValue(text)
        relight["former_balance"].setValue(False)
        load_former(NukeHost(), relight)
        assert relight["former3_green"].value() == pytest.approx(LIGHT.harmonics[3][1])
    probe["folder"].setValue("frames/%V")
    with pytest.raises(BadRange, match="%V is left in the path"):
        estimate(NukeHost(), probe, Worker)
    probe["folder"].setValue("[file dirname [value root.name]]/frames")
    run(nuke, probe, Worker(LIGHT))
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["a.PlateProbe1.1001.exr"]


def test_a_script_keeps_the_estimate(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    probe["status"].setValue("")
    created(NukeHost(), probe)  # as Nuke does when the script is opened
    assert probe["status"].value() == status_words(LIGHT)


def test_in_an_aces_project_the_plate_is_acescg(nuke: FakeNuke) -> None:
    nuke.root_node["colorManagement"].setValue("OCIO")
    nuke.root_node["workingSpaceLUT"].setValue("ACES - ACEScg")
    assert create(NukeHost()).knob("primaries").value() == PRIMARIES[1]  # type: ignore[union-attr]
    nuke.paths = []
    with pytest.raises(WrongNode, match="platelight install nuke"):
        create(NukeHost())


def relight_of(nuke: FakeNuke, probe: FakeNode) -> FakeNode:
    nuke.selected = [probe]
    made = set_up_relight(NukeHost(), probe)
    assert isinstance(made, FakeNode)
    return made


def test_a_relight_is_made_on_the_same_plate_and_normals(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    normals = nuke.create("ColorBars")
    probe.setInput(1, normals)
    probe["normals_from"].setValue(SOURCES[1])
    probe["flip_y"].setValue(True)
    probe["normals_channel0"].setValue("rgba.red")
    relight = relight_of(nuke, probe)
    assert relight.inputs[:2] == [probe.inputs[0], normals]
    assert relight["normals_from"].value() == SOURCES[1]
    assert relight["normals_channel0"].value() == "rgba.red"
    assert [relight[f"flip_{axis}"].value() for axis in "xyz"] == [False, True, False]
    assert relight["mode"].value() == MODES[1]


@pytest.mark.parametrize("keep", [True, False])
def test_its_lights_and_former_light_are_the_estimates(nuke: FakeNuke, probe: FakeNode, keep: bool) -> None:
    show(probe, LIGHT)
    probe["keep_exposure"].setValue(keep)
    relight = relight_of(nuke, probe)
    expected = LIGHT.balanced() if keep else LIGHT
    for row in range(9):
        for channel, color in enumerate(("red", "green", "blue")):
            assert relight[f"former{row}_{color}"].value() == pytest.approx(expected.harmonics[row][channel])
    for channel, color in enumerate(("red", "green", "blue")):
        assert relight[f"floor_{color}"].value() == pytest.approx(0.02 * expected.bright_irradiance[channel])
    for number, kind, color in ((1, "directional", expected.key), (2, "ambient", expected.ambient)):
        assert relight[f"l{number}_type"].value() == kind
        level = relight[f"l{number}_intensity"].value()
        assert [relight[f"l{number}_color"].value(i) * level for i in range(3)] == pytest.approx(color)
        assert relight[f"l{number}_use_kelvin"].value() is False
    assert {relight[f"l{number}_type"].value() for number in range(3, 9)} == {"off"}
    light = relight.node("Light1")
    assert light is not None
    assert [light[f"aim_{index}"].value() for index in range(3)] == pytest.approx([-v for v in LIGHT.toward])


@pytest.mark.parametrize("button", ["set_up", "make_lights"])
def test_the_buttons_make_nodes_beside_the_probe_and_not_inside(nuke: FakeNuke, probe: FakeNode, button: str) -> None:
    show(probe, LIGHT)
    inside = len(probe.inside)
    nuke.selected = [probe]
    probe[button].execute()
    assert len(probe.inside) == inside
    assert nuke.selected[0].group is nuke.root_node
    if button == "set_up":
        relight = nuke.selected[0]
        assert nuke.open_properties[-1] == relight.name()
        probe[button].execute()  # it is selected now, which the button sees from inside of the probe
        assert nuke.find("PlateRelight2") is None
        assert relight["mode"].value() == MODES[1]


def test_setting_up_is_one_step_to_undo(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    relight_of(nuke, probe)
    assert nuke.find("PlateRelight1") is not None
    assert nuke.undo.undo() == "PlateProbe: set up PlateRelight"
    assert nuke.find("PlateRelight1") is None


def test_a_selected_relight_is_set_and_no_other_made(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    first = relight_of(nuke, probe)
    first["former0_red"].setValue(7.0)
    first["l4_type"].setValue("spot")
    nuke.selected = [first]
    plate = first.inputs[0]
    assert set_up_relight(NukeHost(), probe) is first
    assert first["former0_red"].value() == pytest.approx(LIGHT.balanced().harmonics[0][0])
    assert first.inputs[0] is plate
    assert nuke.find("PlateRelight2") is None
    assert nuke.undo.undo() == "PlateProbe: set up PlateRelight"
    assert (first["former0_red"].value(), first["l4_type"].value()) == (7.0, "spot")


def test_without_the_relight_gizmo_it_is_told(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    nuke.paths = []
    nuke.selected = [probe]
    with pytest.raises(WrongNode, match="does not know PlateRelight"):
        set_up_relight(NukeHost(), probe)
    assert nuke.undo.depth == 0


def relight_alone(nuke: FakeNuke, source: FakeNode | None) -> FakeNode:
    nuke.selected = [source] if source is not None else []
    return nuke.create("PlateRelight")


def test_a_relight_loads_the_former_light_from_a_file(nuke: FakeNuke, tmp_path: Path) -> None:
    relight = relight_alone(nuke, None)
    relight["load_former"].execute()
    assert "name an estimate file, or select a PlateProbe" in nuke.messages[-1]
    save_light(str(tmp_path / "light.json"), LIGHT)
    relight["former_file"].setValue(str(tmp_path / "light.json"))
    before = relight["l1_intensity"].value()
    relight["load_former"].execute()
    assert "light.json" in nuke.messages[-1]
    assert relight["former3_green"].value() == pytest.approx(LIGHT.balanced().harmonics[3][1])
    assert relight["l1_intensity"].value() == before
    relight["former_balance"].setValue(False)
    load_former(NukeHost(), relight)
    assert relight["former3_green"].value() == pytest.approx(LIGHT.harmonics[3][1])
    assert nuke.undo.undo() == "PlateRelight: load the former light"
    assert relight["former3_green"].value() == pytest.approx(LIGHT.balanced().harmonics[3][1])
    (tmp_path / "light.json").write_text("{}")
    relight["load_former"].execute()
    assert "is no light estimate" in nuke.messages[-1]


@pytest.mark.parametrize(("made_in", "project"), [("lin_rec709", "ACES - ACEScg"), ("ACEScg", "linear")])
def test_an_estimate_in_other_primaries_is_converted_as_the_suite_does(
    nuke: FakeNuke, tmp_path: Path, made_in: str, project: str
) -> None:
    nuke.root_node["colorManagement"].setValue("OCIO" if "ACES" in project else "Nuke")
    nuke.root_node["workingSpaceLUT"].setValue(project)
    wanted = "ACEScg" if "ACES" in project else "lin_rec709"
    light = replace(LIGHT, color_space=made_in)
    save_light(str(tmp_path / "light.json"), light)
    relight = relight_alone(nuke, None)
    relight["former_file"].setValue(str(tmp_path / "light.json"))
    relight["former_balance"].setValue(False)
    relight["load_former"].execute()
    expected = former_harmonics(light, wanted, balance=False)
    for row in range(9):
        made = [relight[f"former{row}_{color}"].value() for color in ("red", "green", "blue")]
        assert made == pytest.approx(list(expected[row]), abs=2e-5)
    assert relight["primaries"].value() == PRIMARIES["ACES" in project]


@pytest.mark.parametrize("selected", [True, False])
def test_a_relight_loads_the_former_light_from_a_probe(nuke: FakeNuke, probe: FakeNode, selected: bool) -> None:
    show(probe, replace(LIGHT, residual=replace(LIGHT.residual, coverage=0.04)))
    nuke.selected = [probe]
    dot = nuke.create("Dot")
    relight = relight_alone(nuke, None if selected else dot)
    nuke.selected = [probe] if selected else []
    relight["load_former"].execute()
    assert relight["former0_red"].value() == pytest.approx(LIGHT.balanced().harmonics[0][0])
    assert "PlateProbe1" in nuke.messages[-1]
    assert "WEAK" in nuke.messages[-1]


@pytest.mark.parametrize("connected", [True, False])
def test_a_relight_takes_its_lens_from_a_camera(nuke: FakeNuke, connected: bool) -> None:
    nuke.selected = []
    plate = nuke.create("ColorBars")
    plate.aspect = 2.0
    relight = relight_alone(nuke, plate)
    nuke.selected = []
    relight["link_camera"].execute()
    assert "connect a Camera to the cam input, or select one" in nuke.messages[-1]
    camera = nuke.create("Camera2")
    camera["focal"].setValue(35.0)
    camera["haperture"].setValue(36.0)
    if connected:
        relight.setInput(5, camera)
        nuke.selected = []
    relight["link_camera"].execute()
    assert len(nuke.messages) == 1
    assert relight["fov"].value() == pytest.approx(2 * math.degrees(math.atan(36.0 / 70)))
    assert relight["pixel_aspect"].value() == 2.0
    camera["focal"].setValue(70.0)
    assert relight["fov"].value() == pytest.approx(2 * math.degrees(math.atan(36.0 / 140)))


@pytest.mark.parametrize(
    "toward", [(0.6, 0.48, 0.64), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-0.8, -0.6, 0.0), (0.0, 0.6, -0.8)]
)
def test_nukes_light_is_that_of_the_suites_conversion(toward: tuple[float, float, float]) -> None:
    light = replace(LIGHT, toward=toward)
    text, notes = script_from_lights(
        [DirectionalLight(name="key", direction=tuple(-v for v in toward), color=(1.0, 1.0, 1.0))]  # type: ignore[arg-type]
    )
    assert notes == []
    (node,) = script_nodes(text, source="here")
    assert node.kind == "DirectLight"
    assert [float(word) for word in node.knobs["rotate"].split()] == pytest.approx(direct_light(light)["rotate"])
    rotate = " ".join(f"{value:.9f}" for value in rotation_of(toward))
    (back,), _ = lights_from_script(f"DirectLight {{\n rotate {{{rotate}}}\n name L\n}}\n")
    assert isinstance(back, DirectionalLight)
    assert back.direction == pytest.approx([-v for v in toward], abs=1e-6)


def test_a_direct_light_is_made_and_the_ambient_light_told(nuke: FakeNuke, probe: FakeNode) -> None:
    show(probe, LIGHT)
    nuke.selected = [probe]
    made = make_lights(NukeHost(), probe)
    assert isinstance(made, FakeNode)
    assert (made.Class(), made.input(0), made["label"].value()) == ("DirectLight", None, "key of PlateProbe1")
    level = made["intensity"].value()
    assert [made["color"].value(index) * level for index in range(3)] == pytest.approx(LIGHT.key)
    assert "Nuke has no ambient light" in nuke.messages[-1]
    name = made.name()
    assert nuke.undo.undo() == "PlateProbe: make lights"
    assert nuke.find(name) is None


def test_a_script_with_a_probe_opens_where_the_plug_in_is_not(nuke: FakeNuke, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "nuke_plugin.probe.buttons", None)
    monkeypatch.delattr("nuke_plugin.probe.buttons")
    node = nuke.create("PlateProbe")
    assert nuke.messages == []
    node["estimate"].execute()
    assert "not installed here" in nuke.messages[-1]
