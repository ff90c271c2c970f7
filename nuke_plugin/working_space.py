"""Which of the node's colour choices fits the project's working space."""

from __future__ import annotations

from nuke_plugin.controls import COLOURS
from nuke_plugin.host import Node

__all__ = ["ACESCG_TO_REC709", "colour_choice", "project_space"]

REC709, ACESCG, OCIO, BYPASS = range(len(COLOURS))

ACESCG_TO_REC709 = (
    (1.705050993, -0.6217921206, -0.0832588717),
    (-0.1302564175, 1.140804737, -0.0105483191),
    (-0.0240033568, -0.1289689761, 1.152972333),
)
"""Rows that take ACEScg (AP1, ACES white) to Rec.709 (D65): primaries of SMPTE ST 2065-1 and ITU-R BT.709 joined by the
Bradford adaptation (Lam 1985). A matrix, and not OpenColorIO, because it then works with every configuration."""

_REC709_NAMES = ("rec.709", "rec709", "srgb")


def project_space(root: Node) -> tuple[str, str, str]:
    """(colour management, configuration, working space) as the project settings say; empty where they do not."""
    return _text(root, "colorManagement"), _text(root, "OCIO_config"), _text(root, "workingSpaceLUT")


def colour_choice(root: Node) -> int:
    """Number in `controls.COLOURS` for plates in the project's working space.

    Nuke's own colour management and its `nuke-default` configuration work in linear light with Rec.709 primaries; in
    the ACES configurations the role `scene_linear` is ACEScg. Of a configuration that is not known by name nothing is
    guessed: it gets the OpenColorIO choice.
    """
    management, config, space = (part.lower() for part in project_space(root))
    linear = "lin" in space
    if "acescg" in space:
        return ACESCG
    if linear and any(name in space for name in _REC709_NAMES):
        return REC709
    if management != "ocio" or "nuke-default" in config:
        return REC709
    if space in ("scene_linear", "rendering", "default", "") or space.endswith("(scene_linear)"):
        is_aces = any(part in config for part in ("aces", "cg-config", "studio-config"))
        return ACESCG if is_aces else OCIO
    return OCIO


def _text(node: Node, name: str) -> str:
    knob = node.knob(name)
    return "" if knob is None else str(knob.value())
