"""The controls of the PlateProbe node, as data: tabs, knobs, tool tips, and the code of buttons."""

from __future__ import annotations

from nuke_plugin import PLUGIN_VERSION
from nuke_plugin.gizmo_files.normals_source import normals_knobs
from nuke_plugin.gizmo_files.panel_knobs import SAME_LINE, START, button, button_code, callback_code, check, divider
from nuke_plugin.gizmo_files.script import Expression, UserKnob, Values
from nuke_plugin.probe.controls import COLORS, FACTS, FRAMES, NOTHING_YET, NUMBERS, PRIMARIES

__all__ = ["callback", "user_knobs"]

_PACKAGE = "nuke_plugin.probe"
_NOT_INSTALLED = (
    "PlateProbe: the Platelight plug-in is not installed here, so its buttons do nothing. What was estimated before is "
    "still in the knobs. To install: platelight install nuke"
)
_WORDS = {
    "key": "key, facing it",
    "ambient": "ambient",
    "mean": "mean over the plate",
    "bright": "brightest on the plate",
}
_DEGREES = ("0,0", "1,-1", "1,0", "1,1", "2,-2", "2,-1", "2,0", "2,1", "2,2")


def callback(name: str) -> str:
    """Code of a callback."""
    return callback_code(_PACKAGE, name)


def _button(name: str, label: str, hint: str, same_line: bool = False) -> UserKnob:
    return button(name, label, hint, button_code(_PACKAGE, name, _NOT_INSTALLED), same_line)


def _number(name: str, label: str, value: float = 0.0, hint: str = "", same_line: bool = False) -> UserKnob:
    return UserKnob(7, name, label=label, value=value, hint=hint, flags=SAME_LINE if same_line else ())


def user_knobs() -> tuple[UserKnob, ...]:
    """In the order of the panel, tab by tab."""
    return (*_light(), *_source(), *_numbers(), *_info())


def _light() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "PlateProbe", label="PlateProbe"),
        UserKnob(26, "status", label="", text=NOTHING_YET, flags=START),
        UserKnob(
            4,
            "frames",
            label="Look at",
            choices=FRAMES,
            hint="A range makes one steady light, of a shot whose camera does not turn.",
        ),
        _button("estimate", "Estimate the light", "Renders plate and normals; the worker estimates beside Nuke."),
        divider("The light"),
        _number("azimuth", "From the right", hint="Degrees, as in PlateRelight: 0 is from the camera."),
        _number("elevation", "From above", hint="Degrees; 90 is from straight above."),
        UserKnob(18, "key_color", label="Key", value=Values((1, 1, 1))),
        _number("key_intensity", "Key intensity", hint="Its scale is a convention: the plate's mean albedo is 0.3."),
        UserKnob(18, "ambient_color", label="Ambient", value=Values((1, 1, 1))),
        _number("ambient_intensity", "Ambient intensity"),
        _number(
            "confidence",
            "Confidence",
            hint="0 to 1, no probability: how far direction and key can be relied on. The first line says why not.",
        ),
        divider("Use it"),
        check("keep_exposure", "Keep the plate's exposure", True, "For PlateRelight: white light of 1 keeps it."),
        _button("set_up", "Set up PlateRelight", "Sets the PlateRelight that is selected, or makes one on this plate."),
        _button("make_lights", "Make Nuke lights", "A DirectLight for the key, in the camera's space.", same_line=True),
        divider("File"),
        UserKnob(2, "estimate_file", label="Estimate file", hint="JSON, as platelight estimate-light writes it."),
        _button("load_estimate", "Load estimate file", "Puts the file's estimate into these knobs."),
        _button("save_estimate", "Save it", "Writes these knobs to the file.", same_line=True),
    )


def _source() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "source_tab", label="Frames"),
        UserKnob(3, "first", label="Range", value=Expression("root.first_frame")),
        UserKnob(3, "last", label="to", value=Expression("root.last_frame"), flags=SAME_LINE),
        UserKnob(3, "step", label="every", value=10, flags=SAME_LINE, hint="A few frames of a shot are enough."),
        UserKnob(2, "folder", label="Folder", hint="Where the frames are written and kept. Empty: a temporary one."),
        divider("Normals"),
        *normals_knobs(),
        divider("Colour"),
        UserKnob(
            4,
            "primaries",
            label="The plate is scene-linear",
            choices=PRIMARIES,
            hint="A name for the file; nothing is converted. Of other primaries choose the first.",
        ),
    )


def _numbers() -> tuple[UserKnob, ...]:
    facts = [_number(name, label, hint=hint) for name, label, hint in FACTS]
    toward = [_number(f"toward_{axis}", f"towards the light, {axis}", 1.0 if axis == "z" else 0.0) for axis in "xyz"]
    colors = []
    for name in NUMBERS:
        label = _WORDS.get(name) or f"harmonic {_DEGREES[int(name.removeprefix('light'))]}"
        colors += [_number(f"{name}_{color}", f"{label}, {color}") for color in COLORS]
    return (
        UserKnob(20, "numbers_tab", label="Numbers"),
        UserKnob(
            26,
            "numbers_words",
            label="",
            text="What the buttons use: irradiance over pi, and harmonics of radiance, in the plate's primaries.",
            flags=START,
        ),
        UserKnob(3, "estimated_frames", label="Frames", value=0),
        UserKnob(1, "estimated_from", label="Estimated from", value=""),
        *facts,
        *toward,
        *colors,
    )


def _info() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "info_tab", label="Info"),
        UserKnob(26, "version", label="", text=f"PlateProbe {PLUGIN_VERSION}", flags=START),
        UserKnob(26, "about", label="", text="The light of film plates. Apache-2.0.", flags=START),
    )
