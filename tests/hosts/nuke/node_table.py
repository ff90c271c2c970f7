"""Node classes that the plug-in's files use, the knobs they have, and where each knob was seen.

Nuke cannot be run here. A knob is in this table only if a public file that Nuke wrote, or the vendor's documentation,
has it on that class; the word behind each knob is a key of `SOURCES`. A knob that is not here fails the tests: look it
up and add it with its source, or leave it out of the file.
"""

from __future__ import annotations

SOURCES = {
    "cattery": "the vendor's Cattery gizmos (DepthAnythingV2, LaMa, StyleTransfer) in github.com/maxmax004/.nuke",
    "vitmatte": "github.com/rafaelperez/ViTMatte-for-Nuke, nuke/Cattery/ViTMatte/ViTMatte.gizmo and CatFileCreator.nk",
    "catterynodes": "github.com/pedroCabrera/CatteryNodes, PC_RobustVideoMatting.gizmo and RVMNukeCatCreator.py",
    "crop_to_bbox": "github.com/GatiMedia/.nuke_public, ToolSets/Gizmos/GM_WIP/Crop_to_bbox.gizmo",
    "liquid": "github.com/GatiMedia/.nuke_public, gizmos/GM_Liquid_Distortion.gizmo",
    "spaces": "github.com/GatiMedia/.nuke_public, ToolSets/Gizmos/PA_Tools/PA_SpacesConverter.gizmo",
    "deadline": "github.com/aws-deadline/deadline-cloud-for-nuke, job_bundle_output_tests/*/scene/*.nk (Nuke 13.2)",
    "shadow": "a public script with the group ShadowMantra (Nuke 9.0v5): Copy, Multiply, Shuffle, link knobs",
    "lens": "a public script, Lens Pipeline (Nuke 9.0v7): Read, Write, Expression, StickyNote, NoOp",
    "vfx_write": "create_directories and datatype: excerpts of several public scripts and of code that writes them",
    "noted_write": "noted without keeping where: Write's channels (a layer, or all) and raw; to be treated as open",
    "vfx_transform": "translate and black_outside: excerpts of two public scripts with Transform nodes",
    "noted_transform": "noted without keeping where: Transform's filter with the value impulse; to be treated as open",
    "helga": "public Python that makes lights of EXR metadata, helga.nuke.reconstruction: DirectLight color, "
    "intensity, rotate (by rotationsZXY), label",
    "read_python": "public Python that copies the knobs of Read nodes: first, last, origfirst, raw, ...",
    "read_lua": "public Lua code that writes READ_DRIVER nodes for Nuke: on_error with the value nearest frame; the "
    "script of lens has it with the value black",
    "foundry_remove": "learn.foundry.com/nuke/content/reference_guide/channel_nodes/remove.html: remove or keep",
    "foundry_ocio": "learn.foundry.com/nuke/content/reference_guide/color_nodes/ociocolorspace.html",
    "foundry_inference": "learn.foundry.com/nuke/content/reference_guide/air_nodes/inference.html",
    "foundry_root": "learn.foundry.com/nuke/content/reference_guide/other_nodes/root.html",
    "foundry_cat": "learn.foundry.com/nuke/developers/15.0/catfilecreationreferenceguide",
}

COMMON = {
    "inputs": "cattery",
    "name": "cattery",
    "label": "cattery",
    "xpos": "cattery",
    "ypos": "cattery",
    "tile_color": "cattery",
    "note_font_size": "cattery",
    "selected": "cattery",
    "onCreate": "cattery",
    "knobChanged": "cattery",
    "onDestroy": "cattery",
    "disable": "cattery",
}
"""On every class."""

CLASSES: dict[str, dict[str, str]] = {
    "Assert": {"expression": "cattery", "message": "cattery"},
    "Camera2": {"focal": "spaces", "haperture": "spaces", "vaperture": "spaces", "near": "spaces", "far": "spaces"},
    "CatFileCreator": {
        "torchScriptFile": "vitmatte",
        "catFile": "vitmatte",
        "channelsIn": "vitmatte",
        "channelsOut": "vitmatte",
        "modelId": "vitmatte",
        "outputScale": "catterynodes",
        "createCatFile": "catterynodes",
    },
    "ColorBars": {},
    "ColorMatrix": {"matrix": "spaces", "invert": "spaces"},
    "Copy": {f"{end}{number}": "spaces" for number in range(4) for end in ("from", "to")},
    "Crop": {"box": "crop_to_bbox", "reformat": "crop_to_bbox", "crop": "crop_to_bbox"},
    "DirectLight": {"rotate": "helga", "color": "helga", "intensity": "helga"},
    "Dot": {},
    "Expression": {
        **{f"expr{number}": "lens" for number in range(4)},
        **{f"temp_expr{number}": "lens" for number in range(4)},
        **{f"temp_name{number}": "liquid" for number in range(4)},
    },
    "Group": {},
    "Inference": {
        "modelFile": "cattery",
        "useGPUIfAvailable": "cattery",
        "serialiseKnob": "catterynodes",
        "halfPrecision": "vitmatte",
        "gpuName": "foundry_inference",
    },
    "Input": {"number": "cattery"},
    "Multiply": {"channels": "shadow", "value": "shadow"},
    "NoOp": {},
    "OCIOColorSpace": {"in_colorspace": "foundry_ocio", "out_colorspace": "foundry_ocio", "channels": "foundry_ocio"},
    "Output": {},
    "Read": {
        "file": "deadline",
        "first": "read_python",
        "last": "read_python",
        "origfirst": "read_python",
        "origlast": "read_python",
        "raw": "read_python",
        "colorspace": "read_python",
        "on_error": "read_lua",
        "format": "deadline",
    },
    "Remove": {"operation": "foundry_remove", "channels": "foundry_remove"},
    "Root": {
        "format": "foundry_root",
        "first_frame": "foundry_root",
        "last_frame": "foundry_root",
        "project_directory": "foundry_root",
        "proxy": "foundry_root",
        "proxy_scale": "foundry_root",
        "colorManagement": "deadline",
        "OCIO_config": "deadline",
        "workingSpaceLUT": "deadline",
    },
    "StickyNote": {},
    "Switch": {"which": "cattery"},
    "Transform": {"translate": "vfx_transform", "filter": "noted_transform", "black_outside": "vfx_transform"},
    "Write": {
        "file": "deadline",
        "file_type": "deadline",
        "channels": "noted_write",
        "datatype": "vfx_write",
        "create_directories": "vfx_write",
        "raw": "noted_write",
    },
}

USER_KNOBS = {
    1: "text",
    2: "file",
    3: "int",
    4: "choice",
    6: "bool",
    7: "float",
    12: "pixel",
    13: "point",
    18: "colour",
    20: "tab",
    22: "button",
    26: "words",
    41: "link",
}
"""addUserKnob numbers that were seen, in `cattery`, `catterynodes`, `shadow` (3: `spaces`; 1, 2, 12, 13, 18: noted)."""


def knobs_of(node_class: str) -> dict[str, str]:
    """Knob -> source key. Raises KeyError for a class that is not in the table."""
    return {**COMMON, **CLASSES[node_class]}
