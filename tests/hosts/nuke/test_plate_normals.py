"""What the PlateNormals node does with sizes, cameras and colours, by evaluating its own expressions."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.color import to_scene_linear
from nuke_plugin import buttons, plate_normals
from nuke_plugin.camera import field_of_view_expression, find_camera
from nuke_plugin.controls import (
    CAT_NAME,
    COLOURS,
    FIELD_OF_VIEW,
    LOOK_COUNTS,
    LOOKS,
    MODEL_KNOBS,
    SOURCES,
    VIEWS,
    WORK_SIZE,
)
from nuke_plugin.errors import ModelMissing, WrongNode
from nuke_plugin.host import NukeHost
from nuke_plugin.working_space import ACESCG, ACESCG_TO_REC709, OCIO, REC709, colour_choice
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from tests.hosts.nuke.model_knobs import model_knobs

ROOT = Path(__file__).parents[3]
CARD = ROOT / "core" / "weights" / "plate_normals" / "card.json"
Box = tuple[float, float, float, float]


def plate_of(nuke: FakeNuke, width: float, height: float, box: Box | None = None) -> FakeNode:
    plate = nuke.create("ColorBars")
    plate.format_box = lambda: (0.0, 0.0, width, height)  # type: ignore[method-assign]
    plate.box = box
    return plate


def node_on(nuke: FakeNuke, plate: FakeNode) -> FakeNode:
    nuke.selected = [plate]
    node = plate_normals.create(NukeHost())
    assert isinstance(node, FakeNode)
    return node


def inside(node: FakeNode, name: str) -> FakeNode:
    found = node.node(name)
    assert found is not None
    return found


def write_cat(nuke: FakeNuke, knobs: tuple[str, ...] = ()) -> Path:
    path = Path(nuke.paths[-1]) / CAT_NAME
    path.write_text(json.dumps({"knobs": list(knobs or model_knobs())}))
    return path


def region_of(node: FakeNode) -> Box:
    box = inside(node, "Region")["box"]
    left, bottom, right, top = (box.number(index) for index in range(4))
    return left, bottom, right, top


def test_the_model_has_every_attribute_that_the_node_drives() -> None:
    assert set(MODEL_KNOBS) <= set(model_knobs())


def test_the_defaults_are_the_shipped_cards() -> None:
    card = json.loads(CARD.read_text())
    assert card["work_size"] == WORK_SIZE
    assert card["default_fov_degrees"] == FIELD_OF_VIEW


def test_each_choice_of_looks_is_the_number_that_the_model_takes(nuke: FakeNuke) -> None:
    write_cat(nuke)
    node = node_on(nuke, plate_of(nuke, 200, 100))
    plate_normals.link_model(node)
    model = inside(node, "Model")
    assert model["looks"].value() == json.loads(CARD.read_text())["looks"]
    for choice, count in zip(LOOKS, LOOK_COUNTS, strict=True):
        node["looks"].setValue(choice)
        assert model["looks"].value() == count


def test_the_matrix_is_opencolorios() -> None:
    ours = np.eye(3, dtype=np.float32) @ np.array(ACESCG_TO_REC709).T
    assert np.abs(ours - to_scene_linear(np.eye(3, dtype=np.float32)[None], "ACEScg")[0]).max() < 1e-6


def test_without_overscan_the_region_is_the_format(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    numbers = inside(node, "Numbers")
    assert region_of(node) == (0, 0, 200, 100)
    assert numbers["fov"].value() == pytest.approx(FIELD_OF_VIEW)
    assert (numbers["center_x"].value(), numbers["center_y"].value()) == (0, 0)


@pytest.mark.parametrize("size", [(200, 100), (100, 200)])
@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_overscan_keeps_the_rays_of_the_format(nuke: FakeNuke, size: tuple[int, int], aspect: float) -> None:
    width, height = size
    box = (-30.0, -10.0, width + 50.0, height + 5.0)
    node = node_on(nuke, plate_of(nuke, width, height, box))
    node["pixel_aspect"].setValue(aspect)
    node["fov"].setValue(60.0)
    assert region_of(node) == box
    numbers = inside(node, "Numbers")
    region_width, region_height = box[2] - box[0], box[3] - box[1]
    unit = math.tan(math.radians(numbers["fov"].value()) / 2) / max(region_width * aspect, region_height)
    for x, y in ((0.0, 0.0), (float(width), float(height)), (17.0, 90.0)):
        # The model's own formula for the slope of a ray (PlateModule.rays), for a pixel of the region.
        right = ((x - box[0]) / region_width * 2 - 1 - numbers["center_x"].value()) * unit * region_width * aspect
        up = ((y - box[1]) / region_height * 2 - 1 - numbers["center_y"].value()) * unit * region_height
        focal = max(width * aspect, height) / 2 / math.tan(math.radians(60.0) / 2)
        assert right == pytest.approx((x - width / 2) * aspect / focal, abs=1e-9)
        assert up == pytest.approx((y - height / 2) / focal, abs=1e-9)


def test_a_boundless_box_is_bounded_and_a_small_one_does_not_crop(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100, (-1e9, -1e9, 1e9, 1e9)))
    assert region_of(node) == (-200, -100, 400, 200)
    node = node_on(nuke, plate_of(nuke, 200, 100, (50, 50, 60, 60)))
    assert region_of(node) == (0, 0, 200, 100)
    node["overscan"].setValue(False)
    assert region_of(node) == (0, 0, 200, 100)


def test_the_answer_goes_back_to_its_place(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100, (-30, -10, 250, 105)))
    place = inside(node, "Place")
    assert (place["translate"].number(0), place["translate"].number(1)) == (-30, -10)


def pixel(node: FakeNode, name: str, x: float, y: float, rgba: tuple[float, ...]) -> float:
    """What an Expression node makes of a pixel whose place in Nuke is (x, y), in red."""
    from tests.hosts.nuke.expressions import evaluate

    expression = inside(node, name)
    values = {"x": x, "y": y, **dict(zip("rgba", rgba, strict=True))}

    def look_up(word: str) -> float:
        return values[word] if word in values else expression.look_up(word, None)

    for number in range(4):
        variable = str(expression[f"temp_name{number}"].value())
        if variable:
            values[variable] = evaluate(str(expression[f"temp_expr{number}"].value()), look_up)
    return evaluate(str(expression["expr0"].value()), look_up)


def test_the_views(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    assert pixel(node, "Preview", 3, 3, (-1.0, 0.0, 1.0, 0.5)) == 0.0
    assert pixel(node, "Confidence", 3, 3, (-1.0, 0.0, 1.0, 0.5)) == 0.5
    assert pixel(node, "Facing", 99.5, 49.5, (0.0, 0.0, 1.0, 1.0)) == pytest.approx(1.0)
    # A surface at the right edge that is turned towards the camera faces it; one that is not, does so less.
    half = math.radians(FIELD_OF_VIEW) / 2
    towards = (-math.sin(half), 0.0, math.cos(half), 1.0)
    assert pixel(node, "Facing", 199.5, 49.5, towards) == pytest.approx(1.0)
    assert pixel(node, "Facing", 199.5, 49.5, (0.0, 0.0, 1.0, 1.0)) == pytest.approx(math.cos(half))


@pytest.mark.parametrize(("view", "picture"), [(0, 0), (1, 0), (2, 1), (3, 0), (4, 2)])
def test_the_view_switches(nuke: FakeNuke, view: int, picture: int) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    node["view"].setValue(VIEWS[view])
    assert inside(node, "View")["which"].number() == view
    assert inside(node, "Picture")["which"].number() == picture


def test_flips_and_colours_and_source_follow_their_knobs(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    matrix = inside(node, "Flips")["matrix"]
    assert [matrix.number(index) for index in range(9)] == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    node["flip_y"].setValue(True)
    assert [matrix.number(index) for index in range(9)] == [1, 0, 0, 0, -1, 0, 0, 0, 1]
    node["input_colours"].setValue(COLOURS[OCIO])
    assert inside(node, "Colours")["which"].number() == 2
    assert inside(node, "FromOCIO")["disable"].number() == 0
    node["input_colours"].setValue(COLOURS[REC709])
    assert inside(node, "FromOCIO")["disable"].number() == 1
    node["source"].setValue(SOURCES[1])
    assert inside(node, "Source")["which"].number() == 1
    node["exposure"].setValue(2.0)
    assert inside(node, "Exposed")["value"].number() == 4


def test_an_old_nuke_is_told_so_and_the_check_can_be_skipped(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    check = inside(node, "NukeVersion")
    assert check["expression"].number() == 1
    nuke.version = (13, 2, 8)
    assert check["expression"].number() == 0
    assert "Nuke 14 or later" in str(check["message"].value())
    node["skip_checks"].setValue(True)
    assert check["disable"].number() == 1


def camera_in(nuke: FakeNuke) -> FakeNode:
    nuke.selected = []
    camera = nuke.create("Camera2")
    camera["focal"].setValue(35.0)
    camera["haperture"].setValue(36.0)
    return camera


@pytest.mark.parametrize("size", [(200, 100), (100, 200)])
def test_a_connected_camera_sets_the_field_of_view(nuke: FakeNuke, size: tuple[int, int]) -> None:
    node = node_on(nuke, plate_of(nuke, *size))
    camera = camera_in(nuke)
    nuke.selected = []
    dot = nuke.create("Dot")
    dot.inputs = [camera]
    node.setInput(1, dot)  # runs the node's own callback
    longer = 36.0 * max(1.0, size[1] / size[0])
    assert node["fov"].value() == pytest.approx(2 * math.degrees(math.atan(longer / 70)))
    camera["focal"].setValue(70.0)
    assert node["fov"].value() == pytest.approx(2 * math.degrees(math.atan(longer / 140)))
    node.setInput(1, None)  # as while a script is opened, before its inputs are connected
    assert node["fov"].hasExpression()


def test_what_a_person_set_is_not_taken_back_by_an_input(nuke: FakeNuke) -> None:
    plate = plate_of(nuke, 200, 100)
    node = node_on(nuke, plate)
    node["fov"].setValue(33.0)
    node["pixel_aspect"].setValue(1.5)
    plate.aspect = 2.0
    node.setInput(1, camera_in(nuke))
    node.setInput(0, plate)
    assert (node["fov"].value(), node["pixel_aspect"].value()) == (33.0, 1.5)
    node["link_camera"].execute()
    assert node["fov"].hasExpression()


def test_what_is_no_camera_is_left_alone_until_the_button_is_pressed(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    nuke.selected = []
    node.setInput(1, nuke.create("NoOp"))
    assert nuke.messages == []
    node["link_camera"].execute()
    assert "is no camera" in nuke.messages[-1]
    node.setInput(1, None)
    node["link_camera"].execute()
    assert "nothing is connected to the cam input" in nuke.messages[-1]


def test_the_expression_names_the_camera_from_the_root(nuke: FakeNuke) -> None:
    camera = find_camera(camera_in(nuke))
    assert field_of_view_expression(camera, 200, 100).count("root.Camera21.") == 2
    with pytest.raises(WrongNode, match="connect a Camera"):
        find_camera(None)


@pytest.mark.parametrize(
    ("management", "config", "space", "choice"),
    [
        ("Nuke", "", "linear", REC709),
        ("OCIO", "nuke-default", "linear", REC709),
        ("OCIO", "aces_1.2", "ACES - ACEScg", ACESCG),
        ("OCIO", "aces_1.2", "scene_linear", ACESCG),
        ("OCIO", "fn-nuke_studio-config-v1.0.0_aces-v1.3_ocio-v2.1", "scene_linear", ACESCG),
        ("OCIO", "custom", "Linear Rec.709 (sRGB)", REC709),
        ("OCIO", "custom", "scene_linear", OCIO),
        ("OCIO", "custom", "ACES2065-1", OCIO),
    ],
)
def test_the_project_says_what_plates_are(
    nuke: FakeNuke, management: str, config: str, space: str, choice: int
) -> None:
    for name, value in (("colorManagement", management), ("OCIO_config", config), ("workingSpaceLUT", space)):
        nuke.root_node[name].setValue(value)
    assert colour_choice(NukeHost().root()) == choice
    node = node_on(nuke, plate_of(nuke, 200, 100))
    assert node["input_colours"].value() == COLOURS[choice]
    assert node["ocio_in"].enabled_flag is (choice == OCIO)
    node["detect_colours"].execute()
    assert space in nuke.messages[-1]
    if choice == OCIO:
        assert inside(node, "FromOCIO")["in_colorspace"].value() == space


def test_the_models_controls_can_be_linked_once_there_is_a_model(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    with pytest.raises(ModelMissing, match=CAT_NAME):
        plate_normals.link_model(node)
    write_cat(nuke)
    node["link_model"].execute()
    assert nuke.messages == []
    node["process_size"].setValue(448)
    node["input_colours"].setValue(COLOURS[3])
    model = inside(node, "Model")
    assert {name: model[name].value() for name in ("size", "encoded", "fov", "detail")} == {
        "size": 448,
        "encoded": 1,
        "fov": pytest.approx(FIELD_OF_VIEW),
        "detail": 1,
    }


def test_a_model_file_of_something_else_is_told_apart(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    write_cat(nuke, ("fov", "strength"))
    node["link_model"].execute()
    assert "has no control size" in nuke.messages[-1]


def test_the_name_of_the_gpu_is_shown(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    inside(node, "Model")["gpuName"].setValue("Some Card 24GB")
    plate_normals.created(NukeHost(), node)
    assert node["gpuName"].value() == "Some Card 24GB"


def test_the_node_says_whether_the_model_file_is_there(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    assert "press Make model file" in str(node["status"].value())
    write_cat(nuke)
    plate_normals.created(NukeHost(), node)
    assert node["status"].value() == ""


def test_anamorphic_plates_bring_their_pixel_aspect(nuke: FakeNuke) -> None:
    plate = plate_of(nuke, 200, 100)
    plate.aspect = 2.0
    assert node_on(nuke, plate)["pixel_aspect"].value() == 2.0


def test_a_missing_gizmo_and_a_foreign_node_are_explained(nuke: FakeNuke) -> None:
    nuke.paths = []
    with pytest.raises(WrongNode, match="platelight install nuke"):
        plate_normals.create(NukeHost())
    with pytest.raises(WrongNode, match="no knob 'fov'"):
        plate_normals.knob(nuke.create("NoOp"), "fov")
    with pytest.raises(WrongNode, match="holds no node"):
        plate_normals.inner(nuke.create("NoOp"), "Model")


def test_without_a_torchscript_model_the_button_says_what_to_do(nuke: FakeNuke) -> None:
    node = node_on(nuke, plate_of(nuke, 200, 100))
    node["make_cat"].execute()
    assert "platelight install nuke --model" in nuke.messages[-1]


def test_every_button_of_the_node_has_its_function() -> None:
    from nuke_plugin.gizmo_files.plate_normals_controls import user_knobs

    codes = [knob.text or "" for knob in user_knobs() if knob.kind == 22]
    assert len(codes) == 5
    for code in codes:
        assert hasattr(buttons, code.rpartition("buttons.")[2].removesuffix("()"))


def test_a_script_opens_where_the_plug_in_is_not(nuke: FakeNuke, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    node = node_on(nuke, plate_of(nuke, 200, 100))
    monkeypatch.setitem(sys.modules, "nuke_plugin.buttons", None)
    monkeypatch.delattr("nuke_plugin.buttons")
    node.setInput(1, None)
    assert nuke.messages == []
    node["make_cat"].execute()
    assert "not installed here" in nuke.messages[-1]
