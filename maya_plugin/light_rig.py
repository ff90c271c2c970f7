"""A light estimate as Maya's lights: a directional light for the key, and light from everywhere for the rest.

Maya's directional light shines along its own -Z. With Maya's default rotate order XYZ a node is turned about X first,
then about Y, then about Z. The rig lies below the camera, whose space the estimate is in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from maya_plugin.host import Host
from worker_link.light import Color, PlateLight, color_and_intensity
from worker_link.light_words import light_words

__all__ = ["RIG", "in_space", "make_rig", "rotation_of"]

RIG = "platelightRig"

REC709_TO_ACESCG = (
    (0.6130974, 0.3395231, 0.0473795),
    (0.0701937, 0.9163539, 0.0134524),
    (0.0206156, 0.1095698, 0.8698147),
)
"""Rows that take Rec.709 (D65) to ACEScg (AP1, ACES white): primaries of ITU-R BT.709 and SMPTE ST 2065-1 joined by the
Bradford adaptation (Lam 1985). Lights' colours are not colour managed: they are numbers of the rendering space."""

_ACESCG_TO_REC709 = (
    (1.705050993, -0.6217921206, -0.0832588717),
    (-0.1302564175, 1.140804737, -0.0105483191),
    (-0.0240033568, -0.1289689761, 1.152972333),
)


def rotation_of(toward: Sequence[float]) -> tuple[float, float, float]:
    """Degrees about X, Y and Z that turn (0, 0, -1) to the way that light from `toward` travels."""
    x, y, z = (-value for value in toward)
    level = math.hypot(x, z)
    about_y = math.degrees(math.atan2(-x, -z)) if level > 1e-9 * abs(y) else 0.0
    return round(math.degrees(math.atan2(y, level)), 10) + 0.0, round(about_y, 10) + 0.0, 0.0


def in_space(color: Color, space: str, rendering: str) -> Color:
    """A scene-linear colour of the plate's space in Maya's rendering space, where both are Rec.709 or ACEScg; as it is
    otherwise. Negative values, which no light can have, become 0."""
    of, to = _family(space), _family(rendering)
    rows = {("709", "ap1"): REC709_TO_ACESCG, ("ap1", "709"): _ACESCG_TO_REC709}.get((of, to))
    if rows is None:
        return color
    red, green, blue = (max(0.0, sum(a * b for a, b in zip(row, color))) for row in rows)
    return red, green, blue


def make_rig(host: Host, light: PlateLight, camera: str, arnold: bool) -> str:
    """Make the lights below the camera, in one step of undo; the name of the group.

    The estimate's levels are irradiance over pi, the radiance that leaves a white matt surface; a directional light of
    intensity 1 gives that in Maya Software. A dome's radiance is its irradiance over pi.

    Args:
        camera: transform of the camera that saw the plate.
        arnold: make a dome light for the ambient part; otherwise Maya's `ambientLight`, which Arnold does not know.

    Raises:
        HostError: a command failed; what was made until then is gone again.
    """
    rendering = str(host.call("colorManagementPrefs", query=True, renderingSpaceName=True) or "")
    key, key_level = color_and_intensity(in_space(light.key, light.color_space, rendering))
    rest, rest_level = color_and_intensity(in_space(light.ambient, light.color_space, rendering))
    with host.undo_chunk("Platelight Relight Rig"):
        group = str(host.call("createNode", "transform", name=RIG, parent=camera, skipSelect=True))
        try:
            host.call("addAttr", group, longName="platelightLight", dataType="string")
            host.call("setAttr", f"{group}.platelightLight", light_words(light), type="string")
            if key_level > 0.0:
                place, _ = _light(host, "directionalLight", "platelightKey", group, key, key_level)
                host.call("setAttr", f"{place}.rotate", *rotation_of(light.toward), type="double3")
            if rest_level > 0.0:
                kind = "aiSkyDomeLight" if arnold else "ambientLight"
                _, shape = _light(host, kind, "platelightAmbient", group, rest, rest_level)
                if not arnold:
                    host.call("setAttr", f"{shape}.ambientShade", 0.0)  # the same from all sides
                else:
                    host.call("setAttr", f"{shape}.camera", 0.0)  # it lights, and is not seen
        except BaseException:
            host.call("delete", group)  # half a rig would light the scene from a wrong side
            raise
    return group


def _light(host: Host, kind: str, name: str, group: str, color: Color, intensity: float) -> tuple[str, str]:
    """Transform and shape, as `createNode` answers: by paths where another rig has the same names."""
    place = str(host.call("createNode", "transform", name=name, parent=group, skipSelect=True))
    shape = str(host.call("createNode", kind, name=f"{name}Shape", parent=place, skipSelect=True))
    host.call("setAttr", f"{shape}.color", *color, type="float3")
    host.call("setAttr", f"{shape}.intensity", intensity)
    # A light that is made as a node is in neither list, and so lights nothing.
    host.call("connectAttr", f"{shape}.lightData", "lightList1.lights", nextAvailable=True)
    host.call("connectAttr", f"{place}.instObjGroups[0]", "defaultLightSet.dagSetMembers", nextAvailable=True)
    return place, shape


def _family(space: str) -> str:
    name = space.lower().replace("_", "").replace(" ", "").replace("-", "")
    if "acescg" in name or "ap1" in name:
        return "ap1"
    return "709" if "709" in name or "srgb" in name else ""
