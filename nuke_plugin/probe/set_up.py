"""PlateRelight from a light estimate: the light that is taken out of the plate, and lights to put in its place."""

from __future__ import annotations

from nuke_plugin.blink.controls import KINDS, MODES
from nuke_plugin.blink.controls import NODE_CLASS as RELIGHT_CLASS
from nuke_plugin.errors import WrongNode, tell
from nuke_plugin.file_paths import named_path
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import choice_number, inner, knob, new_node, set_choice
from nuke_plugin.probe.controls import COLOR_SPACES, COLORS, NODE_CLASS, PRIMARIES, SOURCES
from nuke_plugin.probe.primaries import in_project_space
from nuke_plugin.probe.values import is_probe, light_of
from worker_link.light import BadLight, Color, PlateLight, color_and_intensity, read_light
from worker_link.light_words import azimuth_and_elevation, light_words

__all__ = ["FLOOR_SHARE", "is_relight", "load_former", "set_former", "set_lights", "set_up_relight"]

FLOOR_SHARE = 0.02
"""As `core.relight.ratio.RatioLimits.floor`: what is divided by is at least this share of the brightest irradiance."""

_RATIO, _AMBIENT, _DIRECTIONAL = 1, 1, 2
_MOST_STEPS = 200


def is_relight(node: Node) -> bool:
    """Whether the node is a PlateRelight; its knobs tell, since one in a script is a `Group`."""
    return all(node.knob(name) is not None for name in ("former0_red", "floor_red", "l1_type", "mode"))


def set_up_relight(host: Host, probe: Node) -> Node:
    """A PlateRelight beside the probe, on the same plate and normals, that lights it with the estimate it divides by.

    A PlateRelight that is selected is set; where none is, one is made. The picture is then close to the plate, and
    every light that is changed changes it from there. The key has no highlight at first: the plate has it already.

    Raises:
        WrongNode: there is no estimate, or Nuke does not know PlateRelight.
    """
    light = in_project_space(light_of(probe), host.root())
    balanced = bool(knob(probe, "keep_exposure").value())
    chosen = next((node for node in host.selected_beside(probe) if is_relight(node)), None)
    with host.one_undo(f"{NODE_CLASS}: set up {RELIGHT_CLASS}"):
        relight = chosen or new_node(host, RELIGHT_CLASS, probe)
        if chosen is None:
            relight.setInput(0, probe.input(0))
            _same_normals(probe, relight)
        set_former(relight, light, balanced)
        set_lights(relight, light.balanced() if balanced else light)
        set_choice(knob(relight, "mode"), MODES, _RATIO)
    words = "set" if chosen is not None else "made"
    tell(host, f"{relight.name()} was {words}: light 1 is the key, light 2 the ambient light. {light_words(light)}")
    return relight


def set_former(relight: Node, light: PlateLight, balanced: bool) -> None:
    """Fill the Ratio tab: harmonics and the least that is divided by.

    Args:
        relight: a PlateRelight node.
        light: the estimate, in the plate's primaries.
        balanced: scale it by channel to a mean of 1, so that white light of about 1 keeps the exposure.

    Raises:
        WrongNode: the node is no PlateRelight.
    """
    chosen = light.balanced() if balanced else light
    for row, color in enumerate(chosen.harmonics):
        for channel, value in zip(COLORS, color):
            knob(relight, f"former{row}_{channel}").setValue(value)
    for channel, value in zip(COLORS, chosen.bright_irradiance):
        knob(relight, f"floor_{channel}").setValue(max(FLOOR_SHARE * value, 1e-6))
    if light.color_space in COLOR_SPACES:
        set_choice(knob(relight, "primaries"), PRIMARIES, COLOR_SPACES.index(light.color_space))


def set_lights(relight: Node, light: PlateLight) -> None:
    """Make light 1 the key and light 2 the ambient light, and switch the others off. Raises as `set_former`."""
    azimuth, elevation = azimuth_and_elevation(light)
    _set_light(relight, 1, _DIRECTIONAL, light.key)
    knob(relight, "l1_azimuth").setValue(azimuth)
    knob(relight, "l1_elevation").setValue(elevation)
    knob(relight, "l1_wrap").setValue(0.0)
    knob(relight, "l1_diffuse").setValue(True)
    knob(relight, "l1_specular").setValue(False)
    _set_light(relight, 2, _AMBIENT, light.ambient)
    for number in range(3, 9):
        set_choice(knob(relight, f"l{number}_type"), KINDS, 0)


def load_former(host: Host, relight: Node) -> None:
    """Fill the Ratio tab of a PlateRelight from its estimate file, or where none is named from a PlateProbe node: one
    that is selected, or the first one up the plate's input.

    Raises:
        WrongNode: there is neither, or the file is none.
        BadRange: the file is one that only Nuke can find.
    """
    path = named_path(host, relight, "former_file")
    if path:
        try:
            light, source = read_light(path), path
        except BadLight as error:
            raise WrongNode(str(error)) from error
    else:
        probe = _find_probe(host, relight)
        light, source = light_of(probe), probe.name()
    with host.one_undo(f"{RELIGHT_CLASS}: load the former light"):
        set_former(relight, in_project_space(light, host.root()), bool(knob(relight, "former_balance").value()))
    words = f"{relight.name()}: the former light is that of {source}. {light_words(light)}"
    if light.doubts:
        words += "\nWEAK, " + "; ".join(light.doubts)
    tell(host, words)


def _find_probe(host: Host, relight: Node) -> Node:
    selected = next((node for node in host.selected_beside(relight) if is_probe(node)), None)
    if selected is not None:
        return selected
    here = relight.input(0)
    for _ in range(_MOST_STEPS):
        if here is None:
            break
        if is_probe(here):
            return here
        here = here.input(0)
    raise WrongNode(
        f"{relight.name()}: name an estimate file, or select a {NODE_CLASS} node, or put one between the plate and "
        "this node; `platelight estimate-light` writes such files"
    )


def _same_normals(probe: Node, relight: Node) -> None:
    """The same normals, from the same channels, with the same axes."""
    own = choice_number(knob(probe, "normals_from"), SOURCES)
    set_choice(knob(relight, "normals_from"), SOURCES, own)
    relight.setInput(1, probe.input(1) if own == 1 else None)
    for index in range(4):
        channel = knob(inner(probe, "Normals"), f"from{index}").value()
        knob(inner(relight, "Normals"), f"from{index}").setValue(channel)
    for axis in "xyz":
        knob(relight, f"flip_{axis}").setValue(bool(knob(probe, f"flip_{axis}").value()))


def _set_light(relight: Node, number: int, kind: int, color: Color) -> None:
    hue, level = color_and_intensity(color)
    set_choice(knob(relight, f"l{number}_type"), KINDS, kind)
    knob(relight, f"l{number}_use_kelvin").setValue(False)
    knob(relight, f"l{number}_intensity").setValue(level)
    for index, value in enumerate(hue):
        knob(relight, f"l{number}_color").setValue(value, index)
