"""A light estimate in the knobs of a PlateProbe node, and out of them again: the script keeps it."""

from __future__ import annotations

from nuke_plugin.errors import WrongNode
from nuke_plugin.host import Node
from nuke_plugin.knobs import choice_number, knob
from nuke_plugin.probe.controls import COLOR_SPACES, COLORS, HARMONICS, NODE_CLASS, PRIMARIES
from worker_link.light import Color, PlateLight, Residual, color_and_intensity
from worker_link.light_words import azimuth_and_elevation, light_words

__all__ = ["is_probe", "light_of", "show", "status_words"]


def is_probe(node: Node) -> bool:
    """Whether the node is a PlateProbe. A node of it in a script is a `Group`, so its knobs tell."""
    return all(node.knob(name) is not None for name in ("light0_red", "toward_x", "estimated_frames"))


def status_words(light: PlateLight) -> str:
    """What stands in the node's first line."""
    lines = [light_words(light)]
    if light.doubts:
        lines.append("WEAK, " + "; ".join(light.doubts))
    return "\n".join(lines)


def show(node: Node, light: PlateLight) -> None:
    """Put an estimate into the node's knobs. Raises `WrongNode` if it is no PlateProbe."""
    if light.color_space in COLOR_SPACES:
        knob(node, "primaries").setValue(PRIMARIES[COLOR_SPACES.index(light.color_space)])
    azimuth, elevation = azimuth_and_elevation(light)
    numbers = {
        "azimuth": azimuth,
        "elevation": elevation,
        "confidence": light.confidence,
        "directionality": light.directionality,
        "spread_degrees": light.spread_degrees,
        "median_stops": light.residual.median_stops,
        "p90_stops": light.residual.p90_stops,
        "rejected_share": light.residual.rejected_share,
        "usable_share": light.residual.usable_share,
        "coverage": light.residual.coverage,
        **{f"toward_{axis}": value for axis, value in zip("xyz", light.toward)},
    }
    for name, color in _colors(light).items():
        numbers.update({f"{name}_{channel}": value for channel, value in zip(COLORS, color)})
    for part, color in (("key", light.key), ("ambient", light.ambient)):
        hue, numbers[f"{part}_intensity"] = color_and_intensity(color)
        for index, value in enumerate(hue):
            knob(node, f"{part}_color").setValue(value, index)
    for name, value in numbers.items():
        knob(node, name).setValue(value)
    knob(node, "estimated_frames").setValue(light.frames)
    knob(node, "estimated_from").setValue(light.plate)
    knob(node, "status").setValue(status_words(light))


def light_of(node: Node) -> PlateLight:
    """The estimate that the node's knobs hold.

    Raises:
        WrongNode: the node is no PlateProbe, or holds none yet.
    """
    if not is_probe(node):
        raise WrongNode(f"{node.name()} is no {NODE_CLASS} node")
    frames = int(knob(node, "estimated_frames").value())
    if frames < 1:
        raise WrongNode(f"{node.name()} has no estimate yet: press Estimate the light, or load an estimate file")

    def number(name: str) -> float:
        return float(knob(node, name).value())

    def color(name: str) -> Color:
        red, green, blue = (number(f"{name}_{channel}") for channel in COLORS)
        return red, green, blue

    return PlateLight(
        harmonics=tuple(color(f"light{row}") for row in range(HARMONICS)),
        toward=(number("toward_x"), number("toward_y"), number("toward_z")),
        key=color("key"),
        ambient=color("ambient"),
        mean_irradiance=color("mean"),
        bright_irradiance=color("bright"),
        directionality=number("directionality"),
        spread_degrees=number("spread_degrees"),
        residual=Residual(
            median_stops=number("median_stops"),
            p90_stops=number("p90_stops"),
            rejected_share=number("rejected_share"),
            usable_share=number("usable_share"),
            coverage=number("coverage"),
        ),
        color_space=COLOR_SPACES[choice_number(knob(node, "primaries"), PRIMARIES)],
        frames=frames,
        plate=str(knob(node, "estimated_from").value() or ""),
    )


def _colors(light: PlateLight) -> dict[str, Color]:
    return {
        "key": light.key,
        "ambient": light.ambient,
        "mean": light.mean_irradiance,
        "bright": light.bright_irradiance,
        **{f"light{row}": color for row, color in enumerate(light.harmonics)},
    }
