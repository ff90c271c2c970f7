"""Every gizmo and script of the plug-in: real Tcl, known classes, known knobs, and what its data says."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuke_plugin.blink.inference import PACKED
from nuke_plugin.blink.lens import CAMERA_INPUT
from nuke_plugin.gizmo_files.files import all_files
from nuke_plugin.gizmo_files.plate_normals import plate_normals
from nuke_plugin.gizmo_files.script import Expression, ScriptNode, UserKnob, Values, word, write_script
from nuke_plugin.occlusion.controls import CHANNEL
from tests.hosts.nuke.expressions import tokens_of
from tests.hosts.nuke.node_table import CLASSES, COMMON, SOURCES, USER_KNOBS, knobs_of
from tests.hosts.nuke.script_reader import ReadNode, read_script, tkinter, words_of

ROOM = Path(__file__).parents[3] / "nuke_plugin"
FILES = sorted([*ROOM.rglob("*.gizmo"), *ROOM.rglob("*.nk")])

NUKES_OWN = {carrier for pairs in PACKED.values() for _, carrier in pairs}
"""Channels that every script has: the names that CatFileCreator's reference lists (`nuke_plugin.blink.inference`)."""

# Knobs whose text Nuke evaluates as Tcl, code, or something of its own.
NO_EXPRESSION = {"onCreate", "knobChanged", "label", "message", "modelFile", "file", "serialiseKnob"}


def test_the_table_names_a_source_for_every_knob() -> None:
    keys = set(COMMON.values()) | {key for knobs in CLASSES.values() for key in knobs.values()}
    assert keys <= set(SOURCES)


def test_there_are_files_to_read() -> None:
    assert {path.relative_to(ROOM).as_posix() for path in FILES} >= set(all_files())


@pytest.mark.parametrize("name", sorted(all_files()))
def test_the_files_are_those_of_the_data(name: str) -> None:
    assert (ROOM / name).read_text(encoding="utf-8") == all_files()[name], "run: python -m nuke_plugin.gizmo_files"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_knob_is_known_on_its_class(path: Path) -> None:
    script = read_script(path.read_text(encoding="utf-8"))
    assert script.everything()
    for node in script.everything():
        known = {*knobs_of(node.node_class), *(knob.name for knob in node.user_knobs)}
        assert set(node.knobs) <= known, f"{node.name}: {set(node.knobs) - known}"
        for knob in node.user_knobs:
            assert knob.kind in USER_KNOBS, f"{node.name}.{knob.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_names_are_unique_and_links_lead_somewhere(path: Path) -> None:
    for node in read_script(path.read_text(encoding="utf-8")).everything():
        inside = {inner.name: inner for inner in node.inside}
        assert len(inside) == len(node.inside)
        named = [knob.name for knob in node.user_knobs if knob.name]
        assert len(set(named)) == len(named)
        for knob in node.user_knobs:
            if knob.kind == 41:
                inner, _, name = knob.settings["T"].partition(".")
                assert name in knobs_of(inside[inner].node_class), knob.settings["T"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_node_holds_a_write_that_a_farm_would_render(path: Path) -> None:
    groups = [node for node in read_script(path.read_text(encoding="utf-8")).everything() if node.inside]
    writers = [inner for group in groups for inner in group.everything() if inner.node_class == "Write"]
    assert [writer.name for writer in writers if writer.knobs.get("disable") != "true"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_layer_that_is_copied_is_added_first(path: Path) -> None:
    script = read_script(path.read_text(encoding="utf-8"))
    channels = {f"{layer}.{channel}" for layer, names in script.layers.items() for channel in names}
    channels |= {f"rgba.{name}" for name in ("red", "green", "blue", "alpha")} | NUKES_OWN
    copies = [node for node in script.everything() if node.node_class == "Copy"]
    assert copies
    for node in copies:
        assert {value for name, value in node.knobs.items() if name[:4] == "from" or name[:2] == "to"} <= channels


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_python_in_knobs_compiles_and_survives_without_the_plug_in(path: Path) -> None:
    codes = []
    for node in read_script(path.read_text(encoding="utf-8")).everything():
        codes += [node.knobs[name] for name in ("onCreate", "knobChanged") if name in node.knobs]
        codes += [knob.settings["T"] for knob in node.user_knobs if knob.kind == 22]
    for code in codes:
        compile(code, str(path), "exec")
        assert "except ImportError" in code


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_expressions_have_nukes_syntax(path: Path) -> None:
    found = 0
    for node in read_script(path.read_text(encoding="utf-8")).everything():
        for name, value in node.knobs.items():
            if value.startswith("{") and name not in NO_EXPRESSION and node.node_class != "ColorMatrix":
                for item in words_of(value):
                    tokens_of(words_of(item)[0] if item.startswith('"') else item)
                    found += 1
        if node.node_class == "Expression":
            for name, value in node.knobs.items():
                if name.startswith(("expr", "temp_expr")):
                    tokens_of(value)
                    found += 1
    assert found


def same(read: ReadNode, data: ScriptNode) -> None:
    """The file's graph is the data's: classes, names, inputs, inside and out."""
    assert (read.node_class, read.name) == (data.node_class, data.name)
    assert [inner.name for inner in read.inside] == [inner.name for inner in data.inside]
    for one, other in zip(read.inside, data.inside, strict=True):
        assert tuple(None if node is None else node.name for node in one.inputs) == other.inputs, one.name
        same(one, other)


def test_the_gizmo_reads_back_as_the_graph_it_was_written_from() -> None:
    script = read_script((ROOM / "gizmos" / "PlateNormals.gizmo").read_text(encoding="utf-8"))
    (read,) = script.nodes
    same(read, plate_normals())
    assert read.knobs["inputs"] == "2"
    assert script.layers["N"] == ("red", "green", "blue", "alpha")


def test_the_examples_connect_plate_and_camera() -> None:
    script = read_script((ROOM / "examples" / "normals_from_plate.nk").read_text(encoding="utf-8"))
    node = next(node for node in script.nodes if node.name == "PlateNormals1")
    assert [one and one.name for one in node.inputs] == ["YourPlate", "YourCamera"]
    write = next(node for node in script.nodes if node.name == "WriteN")
    assert [one and one.name for one in write.inputs] == ["PlateNormals1"]


def test_the_examples_of_light_connect_normals_probe_relight_and_camera() -> None:
    def inputs(script: str, name: str) -> list[str | None]:
        read = read_script((ROOM / "examples" / script).read_text(encoding="utf-8"))
        node = next(node for node in read.nodes if node.name == name)
        return [one and one.name for one in node.inputs]

    assert inputs("relight.nk", "PlateRelight1") == ["PlateNormals1", None, None, None, None, "YourCamera"]
    assert inputs("relight.nk", "WritePicture") == ["PlateRelight1"]
    assert inputs("probe.nk", "PlateProbe1") == ["PlateNormals1", None]
    assert inputs("probe.nk", "PlateRelight1")[0] == "PlateProbe1"
    assert inputs("relight.nk", "PlateRelight1").index("YourCamera") == CAMERA_INPUT


def test_the_example_of_occlusion_brings_layer_ao_to_the_relights_maps() -> None:
    script = read_script((ROOM / "examples" / "occlusion.nk").read_text(encoding="utf-8"))
    nodes = {node.name: node for node in script.nodes}
    assert [one and one.name for one in nodes["PlateOcclusion1"].inputs] == ["PlateNormals1", None, None, None]
    relight = nodes["PlateRelight1"]
    named = [one and one.name for one in relight.inputs]
    assert named == ["PlateOcclusion1", None, None, None, "PlateOcclusion1", None]
    assert relight.find("Maps").knobs["from0"] == CHANNEL
    assert relight.knobs["use_occlusion"] == "true"
    assert relight.knobs["l2_type"] == "ambient"
    assert script.layers["ao"] == ("red",)


TEXTS = ["", "plain", "two words", "[value x]", "$gui", 'say "hi"', "a{b", "}", "back\\slash", "new\nline", "{", "é"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_word_is_read_as_it_was_meant(text: str) -> None:
    script = read_script(write_script([ScriptNode("NoOp", "A", (), {"label": text})]))
    assert script.nodes[0].knobs["label"] == text


def test_all_kinds_of_values_are_written() -> None:
    knobs = {
        "a": True,
        "b": 0.25,
        "c": 3,
        "d": Expression("parent.x + 1"),
        "e": Values((1, Expression("width / 2"))),
    }
    user = (UserKnob(4, "pick", "Pick one", "two words", choices=("one", "two words"), flags=("STARTLINE",)),)
    read = read_script(write_script([ScriptNode("NoOp", "A", (), knobs, user)])).nodes[0]
    assert read.knobs["a"] == "true"
    assert (read.knobs["b"], read.knobs["c"]) == ("0.25", "3")
    assert words_of(words_of(read.knobs["d"])[0]) == ("parent.x + 1",)
    assert read.knobs["e"] == '1 {"width / 2"}'
    assert read.user_knobs[0].choices == ("one", "two words")
    assert read.user_knobs[0].flags == ("+STARTLINE",)


def test_inputs_survive_any_order() -> None:
    nodes = [
        ScriptNode("Dot", "A", ()),
        ScriptNode("Dot", "B", ("A",)),
        ScriptNode("Dot", "C", ("A",)),
        ScriptNode("Switch", "D", ("C", None, "B", "C")),
        ScriptNode("Dot", "E", ("B",)),
        ScriptNode("Copy", "F", ("D", "E")),
    ]
    read = {node.name: node for node in read_script(write_script(nodes)).nodes}
    for node in nodes:
        assert tuple(one and one.name for one in read[node.name].inputs) == node.inputs


def test_bad_data_is_refused() -> None:
    with pytest.raises(ValueError, match="no node before it"):
        write_script([ScriptNode("Dot", "A", ("B",)), ScriptNode("Dot", "B", ())])
    with pytest.raises(ValueError, match="twice"):
        write_script([ScriptNode("Dot", "A", ()), ScriptNode("Dot", "A", ())])
    with pytest.raises(ValueError, match="braces"):
        Expression("{x}")


def check_knobs(text: str) -> None:
    for node in read_script(text).everything():
        assert set(node.knobs) <= set(knobs_of(node.node_class))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Blur {\n size 3\n name A\n}\n", KeyError),
        ("Crop {\n inputs 0\n bax {1 2 3 4}\n name A\n}\n", AssertionError),
        ("Dot {\n inputs 0\n label [oops]\n name A\n}\n", AssertionError),
        ("Dot {\n inputs 0\n name A\n", tkinter.TclError),
        ("Group {\n name A\n}\n", AssertionError),
        ("exec rm\n", AssertionError),
    ],
)
def test_the_checks_would_catch_mistakes(text: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        check_knobs(text)


def test_words_are_quoted_where_tcl_needs_it() -> None:
    assert word("plain") == "plain"
    assert word("") == '""'
    assert word("[x]") == '"\\[x]"'
