"""Nuke's own light nodes from an estimate, by the rules of `core.relight.nuke_lights` (a test holds them together).

The key is a DirectLight: it shines along its own -Z, turned about X and then about Y as the rotation order ZXY has it
(knobs and axis as the vendor's public Hydra plug-in reads them: TheFoundryVisionmongers/NukeHydraPlugins,
src/hdNuke/lightAdapter.cpp). Nuke has no ambient light of that kind; it is told, with its numbers.
"""

from __future__ import annotations

from nuke_plugin.errors import WrongNode, tell
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import knob
from nuke_plugin.probe.controls import NODE_CLASS
from nuke_plugin.probe.values import light_of
from worker_link.light import PlateLight, color_and_intensity
from worker_link.light_turn import rotation_of

__all__ = ["DIRECT_CLASS", "direct_light", "make_lights"]

DIRECT_CLASS = "DirectLight"


def direct_light(light: PlateLight) -> dict[str, tuple[float, ...]]:
    """Knob of a DirectLight -> values, for the key of an estimate. Camera space: it holds for a camera at the origin,
    or as a child of the camera."""
    color, intensity = color_and_intensity(light.key)
    return {"rotate": rotation_of(light.toward), "color": color, "intensity": (intensity,)}


def make_lights(host: Host, probe: Node) -> Node:
    """Make a DirectLight for the key of the probe's estimate.

    Raises:
        WrongNode: there is no estimate, or Nuke cannot make the node.
    """
    light = light_of(probe)
    with host.one_undo(f"{NODE_CLASS}: make lights"):
        try:
            made = host.create_beside(probe, DIRECT_CLASS)
        except RuntimeError as error:
            raise WrongNode(f"Nuke could not make a {DIRECT_CLASS} ({error}); classic 3D nodes are needed") from error
        made.setInput(0, None)
        for name, values in direct_light(light).items():
            for index, value in enumerate(values):
                knob(made, name).setValue(value, index)
        knob(made, "label").setValue(f"key of {probe.name()}")
    color, level = color_and_intensity(light.ambient)
    tell(
        host,
        f"made {made.name()}, the key, in the camera's space: where your camera stands elsewhere, connect the light "
        f"to it. Nuke has no ambient light: the estimate's is {level:.3g} of ({', '.join(f'{c:.3g}' for c in color)}).",
    )
    return made
