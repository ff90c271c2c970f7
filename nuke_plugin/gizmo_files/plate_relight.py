"""The PlateRelight node, as data.

    plate --+-------------------------------> Path: the plate, the kernel or the model --> copy over the plate
            |-> layer or input -> Normals -> Flips ----+
            |-> layer or input -> Place ---------------+-- (the BlinkScript node, made inside of Nuke)
    albedo_map --> Colours, maps --> Maps -------------+-- packed into one picture, Inference (plate_relight_paths)

Bounding box, format and further layers of the result are the plate's: the last node copies rgb onto it.
"""

from __future__ import annotations

from dataclasses import replace

from nuke_plugin.blink.controls import KINDS, LIGHTS, NODE_CLASS
from nuke_plugin.blink.links import light_numbers, picture_numbers
from nuke_plugin.gizmo_files.normals_source import copied, normals_nodes
from nuke_plugin.gizmo_files.plate_normals import LAYERS
from nuke_plugin.gizmo_files.plate_relight_controls import callback, user_knobs
from nuke_plugin.gizmo_files.plate_relight_paths import PATH_INPUTS, WHICH, path_nodes, with_path_knobs
from nuke_plugin.gizmo_files.script import Expression, ScriptNode, UserKnob, Value, switch_node, write_gizmo

__all__ = ["plate_relight", "plate_relight_gizmo", "with_occlusion"]

# None has the name of a knob: in an expression it could mean either.
_INPUTS = ("plate", "normals", "place", "albedo_map", "maps", "cam")


def _numbers(name: str, expressions: dict[str, str], row: float) -> ScriptNode:
    """A node that holds what the kernel is given, so that a person can look at it."""
    knobs = (UserKnob(20, "User"), *(UserKnob(7, knob, value=Expression(text)) for knob, text in expressions.items()))
    return ScriptNode("NoOp", name, user_knobs=knobs, at=(7, row))


def _inside() -> tuple[ScriptNode, ...]:
    inputs = tuple(
        ScriptNode("Input", name, knobs={"number": number}, at=(number, 0))
        for number, name in reversed(list(enumerate(_INPUTS)))
    )
    over = copied("rgba", channels=("red", "green", "blue"))
    lights = tuple(_numbers(f"Light{n}", light_numbers(n), n) for n in range(1, LIGHTS + 1))
    return (
        *inputs,
        ScriptNode("Dot", "PlateDot", ("plate",), at=(0, 1)),
        *normals_nodes(1),
        switch_node("PlaceFrom", ("PlateDot", "place"), "parent.place_from", (2, 2)),
        ScriptNode("Copy", "Place", ("PlaceFrom", "PlaceFrom"), copied("rgba"), at=(2, 3)),
        ScriptNode("Dot", "Colours", ("albedo_map",), at=(3, 3)),
        ScriptNode("Copy", "Maps", ("maps", "maps"), copied("rgba"), at=(4, 3)),
        _numbers("Picture", picture_numbers(), 0),
        *lights,
        *path_nodes(),
        switch_node("Path", PATH_INPUTS, WHICH, (0, 6)),
        ScriptNode("Copy", "Result", ("PlateDot", "Path"), over, at=(0, 7)),
        ScriptNode("Output", "Output1", ("Result",), at=(0, 8)),
    )


def plate_relight(name: str = NODE_CLASS, inputs: tuple[str | None, ...] = ()) -> ScriptNode:
    """The node under `name`; inputs that are not named stay open."""
    return ScriptNode(
        "Group",
        name,
        (inputs + (None,) * len(_INPUTS))[: len(_INPUTS)],
        {
            "onCreate": callback("created"),
            "knobChanged": callback("knob_changed"),
            "tile_color": "0xd8b27fff",
            "label": "[value mode]",
        },
        with_path_knobs(user_knobs()),
        _inside(),
    )


def with_occlusion(node: ScriptNode, channel: str) -> ScriptNode:
    """The node with that channel of its `maps` input as occlusion, and light 2 ambient, so that it shows."""
    values: dict[str, Value] = {"use_occlusion": True, "l2_type": KINDS[1], "l2_intensity": 0.3}
    knobs = tuple(replace(knob, value=values.get(knob.name, knob.value)) for knob in node.user_knobs)
    inside = tuple(
        replace(one, knobs={**one.knobs, "from0": channel}) if one.name == "Maps" else one for one in node.inside
    )
    return replace(node, user_knobs=knobs, inside=inside)


def plate_relight_gizmo() -> str:
    """The text of `PlateRelight.gizmo`."""
    return write_gizmo(plate_relight(), LAYERS)
