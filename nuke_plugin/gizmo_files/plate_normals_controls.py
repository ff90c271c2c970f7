"""The controls of the PlateNormals node, as data: tabs, knobs, tool tips, and the code of buttons."""

from __future__ import annotations

from nuke_plugin import PLUGIN_VERSION
from nuke_plugin.controls import COLOURS, FIELD_OF_VIEW, LOOKS, SOURCES, VIEWS, WORK_SIZE
from nuke_plugin.gizmo_files.panel_knobs import button_code, callback_code, divider
from nuke_plugin.gizmo_files.script import Expression, UserKnob

__all__ = ["callback", "user_knobs"]

_PACKAGE = "nuke_plugin"
_NOT_INSTALLED = (
    "PlateNormals: the Platelight plug-in is not installed here, so its buttons do nothing. The node itself works "
    "where PlateNormals.cat is on the plug-in path. To install: platelight install nuke"
)


def _button(name: str) -> str:
    """Code of a button: a script that was made elsewhere must not break where the plug-in is missing."""
    return button_code(_PACKAGE, name, _NOT_INSTALLED)


def callback(name: str) -> str:
    """Code of a callback."""
    return callback_code(_PACKAGE, name)


def user_knobs() -> tuple[UserKnob, ...]:
    """In the order of the panel, tab by tab."""
    return (
        UserKnob(20, "PlateNormals", label="PlateNormals"),
        UserKnob(26, "localGPU", label="Local GPU:", text=""),
        UserKnob(26, "gpuName", label="", text="", flags=("-STARTLINE",)),
        UserKnob(
            6,
            "useGPU",
            label="Use GPU if available",
            value=True,
            hint="On a farm, start Nuke with --gpu to have it used.",
            flags=("STARTLINE",),
        ),
        UserKnob(
            6,
            "halfPrecision",
            label="Optimize for speed and memory",
            value=False,
            hint="Half precision in the model: faster on a GPU, and the normals change a little.",
            flags=("STARTLINE",),
        ),
        divider(),
        UserKnob(
            4,
            "view",
            label="View",
            choices=VIEWS,
            hint=(
                "What rgba shows. Layer N (camera space, +X right, +Y up, +Z towards the camera, -1..1, confidence in "
                "N.alpha) is there in every view. The views are for looking: use N for work."
            ),
        ),
        UserKnob(
            4,
            "source",
            label="Normals from",
            choices=SOURCES,
            hint="Pre-rendered ones are steadier over time and cost nothing on playback: see the Pre-render tab.",
        ),
        divider("Model"),
        UserKnob(26, "status", label="", text="", flags=("STARTLINE",)),
        UserKnob(41, "modelFile", label="Model file", text="Model.modelFile"),
        UserKnob(
            22,
            "make_cat",
            label="Make model file",
            text=_button("make_cat"),
            hint="Makes PlateNormals.cat from the TorchScript file of the plug-in. Needed once per installation.",
            flags=("STARTLINE",),
        ),
        UserKnob(
            3,
            "process_size",
            label="Process resolution",
            value=WORK_SIZE,
            hint=(
                "Pixels of the plate's short side that the network looks at; the answer always has the plate's "
                f"resolution. {WORK_SIZE} is what it was trained for, and best for most plates; 384 shows finer detail "
                "and costs about four times as much. 32 to 1024."
            ),
        ),
        UserKnob(
            4,
            "looks",
            label="Looks",
            choices=LOOKS,
            value=LOOKS[-1],
            hint=(
                "Answers that are averaged: one, that of the mirror image too, or both at two sizes. Four are the "
                "most exact and take about four times as long as one: take one while you set things up."
            ),
        ),
        UserKnob(
            7,
            "edges",
            label="Edges from the plate",
            value=1.0,
            limits=(0, 1),
            hint="How far the plate's own edges sharpen the enlarged normals.",
        ),
        divider("Camera"),
        UserKnob(
            7,
            "fov",
            label="Field of view",
            value=FIELD_OF_VIEW,
            limits=(10, 120),
            hint="Degrees along the longer side of the plate's format, without overscan.",
        ),
        UserKnob(
            22,
            "link_camera",
            label="Take it from the camera",
            text=_button("link_camera"),
            hint="Links the field of view to the camera at the cam input (done by itself at first).",
            flags=("-STARTLINE",),
        ),
        UserKnob(
            7,
            "pixel_aspect",
            label="Pixel aspect",
            value=1.0,
            limits=(0.5, 2),
            hint="Width of a pixel divided by its height: 2 for anamorphic plates. Set from the plate at first.",
        ),
        divider("Colour"),
        UserKnob(
            4,
            "input_colours",
            label="The plate is",
            choices=COLOURS,
            hint=(
                "The model takes scene-linear Rec.709 and encodes it itself. Bypass is for plates that are already as "
                "displayed (a JPEG read raw)."
            ),
        ),
        UserKnob(
            22,
            "detect_colours",
            label="Ask the project",
            text=_button("detect_colours"),
            hint="Sets it from the working space in the project settings.",
            flags=("-STARTLINE",),
        ),
        UserKnob(41, "ocio_in", label="OpenColorIO from", text="FromOCIO.in_colorspace"),
        UserKnob(41, "ocio_out", label="to linear Rec.709, named", text="FromOCIO.out_colorspace"),
        UserKnob(
            7,
            "exposure",
            label="Exposure",
            value=0.0,
            limits=(-6, 6),
            hint="Stops that the plate is brightened by before the model sees it. The plate itself stays as it is.",
        ),
        divider("Region and axes"),
        UserKnob(
            6,
            "overscan",
            label="Overscan too",
            value=True,
            hint="Look at the whole bounding box (up to a format's size beyond each edge), not only at the format.",
            flags=("STARTLINE",),
        ),
        UserKnob(6, "flip_x", label="Flip X", value=False, flags=("STARTLINE",)),
        UserKnob(6, "flip_y", label="Flip Y", value=False, flags=("-STARTLINE",)),
        UserKnob(6, "flip_z", label="Flip Z", value=False, flags=("-STARTLINE",)),
        UserKnob(20, "prerender_tab", label="Pre-render"),
        UserKnob(
            2,
            "prerender_folder",
            label="Folder",
            hint="Where the plate and its normals are written. Empty: a folder beside the script.",
        ),
        UserKnob(3, "first", label="Frames", value=Expression("root.first_frame")),
        UserKnob(3, "last", label="to", value=Expression("root.last_frame"), flags=("-STARTLINE",)),
        UserKnob(
            4,
            "prerender_detail",
            label="Detail",
            choices=("low", "medium", "high"),
            value="medium",
            hint="As --detail does.",
        ),
        UserKnob(
            6,
            "deflicker",
            label="Temporal smoothing",
            value=True,
            hint="Steadies the normals over time along the motion of the plate. Needs the frames in one go.",
            flags=("STARTLINE",),
        ),
        UserKnob(
            22,
            "prerender",
            label="Pre-render and read back",
            text=_button("prerender"),
            hint="Renders the plate to EXR, has the worker make normals beside Nuke, then reads them here.",
            flags=("STARTLINE",),
        ),
        UserKnob(41, "prerendered", label="Reads", text="Prerendered.file"),
        UserKnob(20, "info_tab", label="Info"),
        UserKnob(26, "version", label="", text=f"PlateNormals {PLUGIN_VERSION}", flags=("STARTLINE",)),
        UserKnob(
            26,
            "about",
            label="",
            text="Camera-space normals for film plates. Apache-2.0.\nLayer N: +X right, +Y up, +Z towards the camera.",
            flags=("STARTLINE",),
        ),
        UserKnob(
            6,
            "skip_checks",
            label="Skip the version check",
            value=False,
            hint="For trying the node in a Nuke that it was not made for.",
            flags=("STARTLINE",),
        ),
        UserKnob(
            22,
            "link_model",
            label="Link the model's controls",
            text=_button("link_model"),
            hint="Sets the model's own knobs to follow this node's. Press it where a control has no effect.",
            flags=("STARTLINE",),
        ),
    )
