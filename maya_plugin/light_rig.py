"""A light estimate as Maya's lights: a directional light for the key, and light from everywhere for the rest.

Maya's directional light shines along its own -Z. With Maya's default rotate order XYZ a node is turned about X first,
then about Y, then about Z. The rig stands where the camera was when it saw the plate, whose space the estimate is in,
and stays there: the light does not move with the camera.
"""

from __future__ import annotations

from maya_plugin.camera_turn import Matrix
from maya_plugin.host import Host
from maya_plugin.rendering_space import in_space, rendering_space
from worker_link.light import Color, PlateLight, color_and_intensity
from worker_link.light_turn import rotation_of
from worker_link.light_words import light_words

__all__ = ["RIG", "make_rig"]

RIG = "platelightRig"


def make_rig(host: Host, light: PlateLight, place: Matrix, arnold: bool) -> str:
    """Make the lights in the world, in one step of undo; the name of the group.

    The estimate's levels are irradiance over pi, the radiance that leaves a white matt surface; a directional light of
    intensity 1 gives that in Maya Software. A dome's radiance is its irradiance over pi.

    Args:
        place: of the camera that saw the plate, at that time.
        arnold: make a dome light for the ambient part; otherwise Maya's `ambientLight`, which Arnold does not know.

    Raises:
        HostError: a command failed; what was made until then is gone again.
    """
    rendering = rendering_space(host)
    key, key_level = color_and_intensity(in_space(light.key, light.color_space, rendering))
    rest, rest_level = color_and_intensity(in_space(light.ambient, light.color_space, rendering))
    with host.undo_chunk("Platelight Relight Rig"):
        group = str(host.call("createNode", "transform", name=RIG, skipSelect=True))
        try:
            host.call("xform", group, matrix=list(place), worldSpace=True)
            host.call("addAttr", group, longName="platelightLight", dataType="string")
            host.call("setAttr", f"{group}.platelightLight", light_words(light), type="string")
            if key_level > 0.0:
                turned, _ = _light(host, "directionalLight", "platelightKey", group, key, key_level)
                host.call("setAttr", f"{turned}.rotate", *rotation_of(light.toward), type="double3")
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
