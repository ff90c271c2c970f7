"""Which control drives which parameter of the kernel: expressions, so that everything can be animated and linked.

Each light and the picture have a NoOp node inside of PlateRelight, whose knobs hold the numbers that the kernel takes:
`Light3.color_0` is parameter `light3_color`, index 0. There a person can see what the kernel is given.
"""

from __future__ import annotations

from nuke_plugin.blink.controls import LIGHTS
from nuke_plugin.blink.temperature import SPACES, temperature_expression

__all__ = ["MEMBERS", "kernel_links", "light_numbers", "picture_numbers"]

MEMBERS = ("color", "place", "aim", "shape", "reach", "up")
"""The parameters of a light, four numbers each."""

_PLAIN = (
    "mode", "result", "where", "unit", "stage", "roughness", "metalness", "specular", "wrap", "occlude_all",
    "unpremult", "use_confidence", "invert_mask",
)  # fmt: skip
"""Parameters that are a control of the node, of the same name."""


def light_numbers(number: int) -> dict[str, str]:
    """Knob of the node `Light<number>` -> expression, seen from inside of PlateRelight."""
    own = f"parent.l{number}_"
    kind = f"{own}type"
    found = {"kelvin": f"max(1000, min(25000, {own}kelvin))", "inverse": "1000 / kelvin"}
    for index, letter in enumerate("rgb"):
        rec709, acescg = (temperature_expression(index, space, "inverse", "kelvin") for space in SPACES)
        found[f"warm_{index}"] = f"max(0, parent.primaries == 1 ? {acescg} : {rec709})"
        warm = f"({own}use_kelvin ? warm_{index} : 1)"
        found[f"color_{index}"] = f"max(0, {own}color.{letter} * {own}intensity * {warm})"
    found["color_3"] = kind
    across, up = "Picture.across", "Picture.across * parent.pixel_aspect"
    by_handle = (
        f"({own}handle.x - plate.width / 2) / ({across}) * {own}distance",
        f"({own}handle.y - plate.height / 2) / ({up}) * {own}distance",
        f"0 - {own}distance",
    )
    for index, letter in enumerate("xyz"):
        found[f"place_{index}"] = f"{own}place_by == 1 ? {by_handle[index]} : {own}position.{letter}"
    found["place_3"] = f"{own}falloff"
    level, side = f"cos(radians({own}elevation))", f"radians({own}azimuth)"
    found["aim_0"] = f"0 - {level} * sin({side})"
    found["aim_1"] = f"0 - sin(radians({own}elevation))"
    found["aim_2"] = f"0 - {level} * cos({side})"
    found["aim_3"] = f"max(0, min(1, {own}wrap))"
    outer = f"cos(radians(max(0.01, min({own}cone / 2 + max({own}penumbra, 0), 179.9))))"
    inner = f"cos(radians(max({own}cone / 2 + min({own}penumbra, 0), 0)))"
    turn = f"radians({own}rim_angle)"
    found["edge"], found["full"] = outer, inner
    found["shape_0"] = f"{kind} == 4 ? edge : ({kind} == 5 ? max({own}width, 0.001) / 2 : cos({turn}))"
    found["shape_1"] = (
        f"{kind} == 4 ? 1 / max(full - edge, 0.000001) : ({kind} == 5 ? max({own}height, 0.001) / 2 : sin({turn}))"
    )
    found["shape_2"] = f"{kind} == 4 ? max(0, {own}cone_falloff) : ({kind} == 5 ? {own}two_sided : {own}rim_spread)"
    found["shape_3"] = f"max(0.5, {own}rim_power)"
    found["reach_0"], found["reach_1"] = f"max(0.001, {own}reference)", f"max(0.001, {own}radius)"
    found["reach_2"], found["reach_3"] = f"{own}diffuse", f"{own}specular"
    # Turned about the way it faces: the frame is made square to it by the kernel.
    roll = f"radians({own}roll)"
    found["up_0"] = f"sin({roll}) * cos({side})"
    found["up_1"] = f"cos({roll})"
    found["up_2"] = f"0 - sin({roll}) * sin({side})"
    found["up_3"] = "0"
    return found


def picture_numbers() -> dict[str, str]:
    """Knob of the node `Picture` -> expression."""
    longer = "max(plate.width * parent.pixel_aspect, plate.height)"
    return {
        "across": f"{longer} / 2 / tan(radians(parent.fov) / 2) / parent.pixel_aspect",
        "frame_0": "plate.width * parent.picture_scale",
        "frame_1": "plate.height * parent.picture_scale",
        "frame_2": "parent.pixel_aspect",
        "frame_3": "across / plate.width",
        "albedo_0": "parent.albedo.r",
        "albedo_1": "parent.albedo.g",
        "albedo_2": "parent.albedo.b",
        "albedo_3": "parent.albedo_from",
        "from_maps_0": "parent.use_occlusion",
        "from_maps_1": "parent.use_roughness",
        "from_maps_2": "parent.use_metalness",
        "from_maps_3": "parent.use_mask",
        "floor_most_0": "parent.floor_red",
        "floor_most_1": "parent.floor_green",
        "floor_most_2": "parent.floor_blue",
        "floor_most_3": "max(1, parent.most)",
    }


def kernel_links() -> dict[str, tuple[str, ...]]:
    """Parameter of the kernel -> one expression for each of its numbers."""
    links: dict[str, tuple[str, ...]] = {name: (f"parent.{name}",) for name in _PLAIN}
    links["amount"] = ("parent.mix",)
    for name in ("frame", "albedo", "from_maps", "floor_most"):
        links[name] = tuple(f"Picture.{name}_{index}" for index in range(4))
    for harmonic in range(9):
        links[f"former{harmonic}"] = tuple(f"parent.former{harmonic}_{color}" for color in ("red", "green", "blue"))
    for number in range(1, LIGHTS + 1):
        for member in MEMBERS:
            links[f"light{number}_{member}"] = tuple(f"Light{number}.{member}_{index}" for index in range(4))
    return links
