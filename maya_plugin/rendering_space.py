"""Colours that are set as numbers: Maya takes them for numbers of its rendering space, and converts only pictures."""

from __future__ import annotations

from maya_plugin.host import Host
from worker_link.light import Color

__all__ = ["in_space", "primaries", "rendering_space"]

REC709_TO_ACESCG = (
    (0.6130974, 0.3395231, 0.0473795),
    (0.0701937, 0.9163539, 0.0134524),
    (0.0206156, 0.1095698, 0.8698147),
)
"""Rows that take Rec.709 (D65) to ACEScg (AP1, ACES white): primaries of ITU-R BT.709 and SMPTE ST 2065-1 joined by the
Bradford adaptation (Lam 1985). Primaries and white only; both are scene-linear."""

_ACESCG_TO_REC709 = (
    (1.705050993, -0.6217921206, -0.0832588717),
    (-0.1302564175, 1.140804737, -0.0105483191),
    (-0.0240033568, -0.1289689761, 1.152972333),
)


def rendering_space(host: Host) -> str:
    """Maya's name of the space that it renders in; empty where it manages no colours, and numbers stay as they are."""
    if not host.call("colorManagementPrefs", query=True, cmEnabled=True):
        return ""
    return str(host.call("colorManagementPrefs", query=True, renderingSpaceName=True) or "")


def in_space(color: Color, space: str, rendering: str) -> Color:
    """A scene-linear colour of the plate's space in Maya's rendering space, where both are Rec.709 or ACEScg; as it is
    otherwise. Negative values, which no light can have, become 0."""
    rows = primaries(space, rendering)
    if rows is None:
        return color
    red, green, blue = (max(0.0, sum(a * b for a, b in zip(row, color))) for row in rows)
    return red, green, blue


def primaries(space: str, rendering: str) -> tuple[Color, Color, Color] | None:
    """Rows of the matrix that takes scene-linear colours of `space` to `rendering`, names of Maya's; None: none to do,
    or not known."""
    known = {("709", "ap1"): REC709_TO_ACESCG, ("ap1", "709"): _ACESCG_TO_REC709}
    return known.get((_family(space), _family(rendering)))


def _family(space: str) -> str:
    name = space.lower().replace("_", "").replace(" ", "").replace("-", "")
    if "acescg" in name or "ap1" in name:
        return "ap1"
    return "709" if "709" in name or "srgb" in name else ""
