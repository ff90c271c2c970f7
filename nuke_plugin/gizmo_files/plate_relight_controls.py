"""The controls of the PlateRelight node, as data: tabs, knobs, tool tips, and the code of buttons."""

from __future__ import annotations

from nuke_plugin import PLUGIN_VERSION
from nuke_plugin.blink.controls import FALLOFFS, KINDS, LIGHTS, MODES, NO_PATH, PLACES, RESULTS
from nuke_plugin.controls import FIELD_OF_VIEW, NORMALS_FROM
from nuke_plugin.gizmo_files.normals_source import channel_pickers, normals_knobs
from nuke_plugin.gizmo_files.panel_knobs import SAME_LINE, START, button_code, callback_code, check, divider, slider
from nuke_plugin.gizmo_files.script import Expression, UserKnob, Values

__all__ = ["callback", "user_knobs"]

_PACKAGE = "nuke_plugin.blink"
_NOT_INSTALLED = (
    "PlateRelight: the Platelight plug-in is not installed here, so its button does nothing. A node whose kernel was "
    "built before works all the same. To install: platelight install nuke"
)


def callback(name: str) -> str:
    """Code of a callback."""
    return callback_code(_PACKAGE, name)


def _button(name: str) -> str:
    return button_code(_PACKAGE, name, _NOT_INSTALLED)


def user_knobs() -> tuple[UserKnob, ...]:
    """In the order of the panel, tab by tab."""
    lights = tuple(knob for number in range(1, LIGHTS + 1) for knob in _light(number))
    return (*_picture(), UserKnob(20, "lights_tab", label="Lights"), *lights, *_inputs(), *_former(), *_info())


def _picture() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "PlateRelight", label="PlateRelight"),
        UserKnob(26, "status", label="", text=NO_PATH, flags=START),
        UserKnob(
            22,
            "build",
            label="Build the kernel",
            text=_button("build"),
            hint="Has Nuke load and compile the Blink kernel. Needed once for a node; the script keeps it.",
            flags=START,
        ),
        divider(),
        UserKnob(4, "mode", label="Mode", choices=MODES, hint="What the light does to the plate; ratio: see its tab."),
        UserKnob(4, "result", label="Output", choices=RESULTS),
        divider("Surface"),
        UserKnob(4, "albedo_from", label="Albedo", choices=("colour", "albedo input"), hint="For add and replace."),
        UserKnob(18, "albedo", label="Colour", value=Values((0.5, 0.5, 0.5))),
        slider("roughness", "Roughness", 0.5, 0, 1),
        slider("metalness", "Metalness", 0.0, 0, 1),
        slider("specular", "Specular", 0.5, 0, 1, "Strength of a dielectric's reflection; 0.5 is 4 % straight on."),
        slider("wrap", "Wrap", 0.0, 0, 1, "How far light reaches round; the larger of this and a light's own holds."),
        check("occlude_all", "Occlusion dims every light", False, "Else only ambient ones."),
        divider("Mix"),
        check("unpremult", "Unpremultiply by the plate's alpha", True, "Light falls on the thing, not on its edge."),
        check("use_confidence", "Less where the normals are unsure", False, "Takes alpha of the normals as a mask."),
        check("use_mask", "Mask", False),
        check("invert_mask", "Invert", False, same_line=True),
        slider("mix", "Mix", 1.0, 0, 1),
    )


def _light(number: int) -> tuple[UserKnob, ...]:
    own = f"l{number}_"
    return (
        UserKnob(20, f"{own}group", label=f"Light {number}", number=2 if number == 1 else 1),
        UserKnob(4, f"{own}type", label="Type", choices=KINDS, value=KINDS[2 if number == 1 else 0]),
        slider(f"{own}intensity", "Intensity", 1.0, 0, 10, "1 from straight ahead leaves a white thing white."),
        UserKnob(18, f"{own}color", label="Colour", value=Values((1, 1, 1))),
        check(f"{own}use_kelvin", "Temperature", False),
        slider(f"{own}kelvin", "Kelvin", 6504, 1000, 25000, "6504 is white."),
        slider(f"{own}azimuth", "From the right", 30, -180, 180, "Degrees; 0 from the camera. Not for point lights."),
        slider(f"{own}elevation", "From above", 30, -90, 90, "Degrees; 90 from straight above."),
        UserKnob(4, f"{own}place_by", label="Place by", choices=("position", "handle in the picture")),
        UserKnob(13, f"{own}position", label="Position", value=Values((0, 1, 0)), hint="Camera space, metres."),
        UserKnob(12, f"{own}handle", label="Handle", value=Values((960, 540)), hint="Where it is seen, in pixels."),
        slider(f"{own}distance", "Depth", 1.5, 0.1, 20, "Metres before the camera, for the handle."),
        UserKnob(4, f"{own}falloff", label="Falloff", choices=FALLOFFS, value=FALLOFFS[2]),
        slider(f"{own}reference", "Intensity holds at", 1.0, 0.1, 10, "Metres."),
        slider(f"{own}radius", "Nearest", 0.01, 0.001, 1, "Metres, below which it grows no brighter."),
        slider(f"{own}wrap", "Wrap", 0.0, 0, 1),
        slider(f"{own}cone", "Cone", 40, 0.1, 180, "Spot: full angle, degrees."),
        slider(f"{own}penumbra", "Penumbra", 0, -90, 90, "Spot: degrees over which the edge fades."),
        slider(f"{own}cone_falloff", "Cone falloff", 0, 0, 10),
        slider(f"{own}width", "Width", 1.0, 0.01, 5, "Area: metres."),
        slider(f"{own}height", "Height", 1.0, 0.01, 5),
        slider(f"{own}roll", "Roll", 0.0, -180, 180, "Area: degrees about the way it faces."),
        check(f"{own}two_sided", "Both sides shine", False),
        slider(f"{own}rim_angle", "Rim from", 90, 0, 360, "Degrees in the picture: 0 is right, 90 up."),
        slider(f"{own}rim_spread", "Rim spread", 0.0, 0, 1),
        slider(f"{own}rim_power", "Rim power", 3.0, 0.5, 32, "Larger is thinner."),
        check(f"{own}diffuse", "Diffuse", True),
        check(f"{own}specular", "Specular", True, same_line=True),
        UserKnob(20, f"{own}end", label="endGroup", number=-1),
    )


def _inputs() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "inputs_tab", label="Inputs"),
        *normals_knobs(),
        divider("Place"),
        UserKnob(4, "where", label="Place is", choices=PLACES),
        UserKnob(4, "place_from", label="from", choices=NORMALS_FROM),
        *channel_pickers("place", "Place", ("x, or depth", "y", "z")),
        slider("unit", "Metres a unit", 1.0, 0.001, 10, "0.01 for centimetres."),
        slider("stage", "Flat stage at", 2.0, 0.1, 20, "Metres; stands in where there is no depth."),
        slider("fov", "Field of view", FIELD_OF_VIEW, 10, 120, "Degrees along the longer side of the format."),
        UserKnob(
            22,
            "link_camera",
            label="Take it from the camera",
            text=_button("link_camera"),
            hint="Links it to the camera at the cam input, or to one that is selected, and takes the pixel aspect.",
            flags=SAME_LINE,
        ),
        slider("pixel_aspect", "Pixel aspect", 1.0, 0.5, 2),
        divider("Maps, from the maps input"),
        check("use_occlusion", "Occlusion", False),
        UserKnob(41, "occlusion_channel", label="", text="Maps.from0", flags=SAME_LINE),
        check("use_roughness", "Roughness", False),
        UserKnob(41, "roughness_channel", label="", text="Maps.from1", flags=SAME_LINE),
        check("use_metalness", "Metalness", False),
        UserKnob(41, "metalness_channel", label="", text="Maps.from2", flags=SAME_LINE),
        UserKnob(41, "mask_channel", label="Mask", text="Maps.from3"),
        divider("Colour"),
        UserKnob(4, "primaries", label="Temperatures are for", choices=("Rec.709", "ACEScg")),
    )


def _former() -> tuple[UserKnob, ...]:
    names = ("0,0", "1,-1", "1,0", "1,1", "2,-2", "2,-1", "2,0", "2,1", "2,2")
    first = 3.5449077  # even light of 1: sqrt(4 pi)
    numbers = [
        UserKnob(7, f"former{index}_{color}", label=f"{names[index]} {color}", value=0.0 if index else first)
        for index in range(9)
        for color in ("red", "green", "blue")
    ]
    return (
        UserKnob(20, "former_tab", label="Ratio"),
        UserKnob(
            26,
            "former_words",
            label="",
            text="The light that the plate was shot in, as harmonics of its estimate. At first: even light of 1.",
            flags=START,
        ),
        UserKnob(2, "former_file", label="Estimate file", hint="Empty: a PlateProbe node, selected or up the plate."),
        UserKnob(
            22,
            "load_former",
            label="Load the former light",
            text=_button("load_former"),
            hint="From the estimate file (platelight estimate-light, or PlateProbe), else from a PlateProbe node.",
            flags=START,
        ),
        check("former_balance", "Keep the plate's exposure", True, "Scales it so that white light of 1 keeps it."),
        *numbers,
        slider("floor_red", "Least red", 0.02, 0, 1, "Of the former light that is divided by."),
        slider("floor_green", "Least green", 0.02, 0, 1),
        slider("floor_blue", "Least blue", 0.02, 0, 1),
        slider("most", "Largest factor", 8.0, 1, 32),
    )


def _info() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "info_tab", label="Info"),
        UserKnob(26, "version", label="", text=f"PlateRelight {PLUGIN_VERSION}", flags=START),
        UserKnob(26, "about", label="", text="Relighting of film plates from their normals. Apache-2.0.", flags=START),
        UserKnob(
            7,
            "picture_scale",
            label="Pixels of the proxy a pixel",
            value=Expression("root.proxy ? root.proxy_scale : 1"),
            hint="Set it to 1 if positions shift in proxy mode: your Nuke then counts in full pixels.",
        ),
        UserKnob(1, "kernel_version", label="Kernel", value="", flags=("INVISIBLE",)),
    )
