"""The controls of the PlateOcclusion node, as data: tabs, knobs, tool tips, and the code of buttons."""

from __future__ import annotations

from nuke_plugin import PLUGIN_VERSION
from nuke_plugin.controls import FIELD_OF_VIEW
from nuke_plugin.gizmo_files.normals_source import normals_knobs
from nuke_plugin.gizmo_files.panel_knobs import SAME_LINE, START, button, button_code, callback_code, divider, slider
from nuke_plugin.gizmo_files.script import Expression, UserKnob
from nuke_plugin.occlusion.controls import (
    DEPTH_IS,
    DEPTHS,
    NOTHING_YET,
    QUALITIES,
    RADII,
    RADIUS,
    SOURCES,
    STAGE,
    VIEWS,
)

__all__ = ["callback", "user_knobs"]

_PACKAGE = "nuke_plugin.occlusion"
_NOT_INSTALLED = (
    "PlateOcclusion: the Platelight plug-in is not installed here, so its buttons do nothing. Occlusion that was "
    "rendered before is read all the same. To install: platelight install nuke"
)


def callback(name: str) -> str:
    """Code of a callback."""
    return callback_code(_PACKAGE, name)


def _button(name: str, label: str, hint: str, same_line: bool = False) -> UserKnob:
    return button(name, label, hint, button_code(_PACKAGE, name, _NOT_INSTALLED), same_line)


def user_knobs() -> tuple[UserKnob, ...]:
    """In the order of the panel, tab by tab."""
    return (*_occlusion(), *_inputs(), *_prerender(), *_info())


def _occlusion() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "PlateOcclusion", label="PlateOcclusion"),
        UserKnob(26, "status", label="", text=NOTHING_YET, flags=START),
        _button(
            "render",
            "Render and read back",
            "Renders normals and depth to EXR (frames and folder: Pre-render tab), has the worker make occlusion "
            "beside Nuke, then reads it here.",
        ),
        divider(),
        UserKnob(4, "view", label="View", choices=VIEWS, hint="What rgb shows. Layer ao is there in both."),
        UserKnob(4, "source", label="Occlusion from", choices=SOURCES, hint="What layer ao holds."),
        slider("strength", "Strength", 1.0, 0, 5, "Factor on what is shut in; changes at once, nothing is rendered."),
        divider("For the next render"),
        slider("radius", "Radius", RADIUS, 0.01, 2, "How far away something may be and still occlude."),
        UserKnob(
            4,
            "radius_is",
            label="Radius is",
            choices=RADII,
            hint="Share: of the longer side of the picture, measured at the median depth.",
        ),
        UserKnob(4, "quality", label="Quality", choices=QUALITIES, hint="How closely the network looks."),
    )


def _inputs() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "inputs_tab", label="Inputs"),
        *normals_knobs(),
        divider("Depth"),
        UserKnob(4, "depth_from", label="Depth from", choices=DEPTHS),
        UserKnob(41, "depth_channel0", label="Depth channel", text="DepthChannel.from0"),
        UserKnob(
            4, "depth_is", label="Depth is", choices=DEPTH_IS, hint="ScanlineRender's is 1 / planar. 0 is nothing."
        ),
        slider("unit", "Metres a unit", 1.0, 0.001, 10, "0.01 for centimetres."),
        slider("stage", "Flat stage at", STAGE, 0.1, 20, "Metres, where there is no depth; for a radius in metres."),
        divider("Camera"),
        slider("fov", "Field of view", FIELD_OF_VIEW, 10, 120, "Degrees along the longer side of the format."),
        _button("link_camera", "Take it from the camera", "Links it to the camera at the cam input.", same_line=True),
        slider("pixel_aspect", "Pixel aspect", 1.0, 0.5, 2, "Set from the plate at first. For distances."),
    )


def _prerender() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "prerender_tab", label="Pre-render"),
        UserKnob(
            2,
            "prerender_folder",
            label="Folder",
            hint="Where normals, depth and occlusion are written. Empty: a folder beside the script.",
        ),
        UserKnob(3, "first", label="Frames", value=Expression("root.first_frame")),
        UserKnob(3, "last", label="to", value=Expression("root.last_frame"), flags=SAME_LINE),
        UserKnob(41, "prerendered", label="Reads", text="Prerendered.file"),
    )


def _info() -> tuple[UserKnob, ...]:
    return (
        UserKnob(20, "info_tab", label="Info"),
        UserKnob(26, "version", label="", text=f"PlateOcclusion {PLUGIN_VERSION}", flags=START),
        UserKnob(26, "about", label="", text="Ambient occlusion of film plates and renders. Apache-2.0.", flags=START),
        UserKnob(6, "with_depth", label="with_depth", value=False, flags=("INVISIBLE",)),
    )
