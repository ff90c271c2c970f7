"""Pixels through the nodes of a group, by what is known of each class: shows that the wiring means what it should.

A picture is a box in Nuke's coordinates (y up) and a plane for each channel, bottom row first. Outside its box it is
black, except behind a Crop with `crop` off, which goes on with its edge. What each class does here is an assumption
about Nuke (docs/host-evidence.md); what the group makes of it is what is tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.hosts.nuke.expressions import FUNCTIONS
from tests.hosts.nuke.fake_nodes import Box, FakeNode

Plane = npt.NDArray[np.float64]
RGBA = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")


@dataclass
class Picture:
    """`format_box` is the format; `box` holds the pixels of `planes`."""

    format_box: Box
    box: Box
    planes: dict[str, Plane]

    def plane(self, name: str) -> Plane:
        found = self.planes.get(name)
        return (
            np.zeros((round(self.box[3] - self.box[1]), round(self.box[2] - self.box[0]))) if found is None else found
        )

    def on(self, box: Box, name: str, edge: bool = False) -> Plane:
        """A channel on another box: black outside, or with `edge` the nearest pixel."""
        x = np.arange(round(box[0]), round(box[2])) - round(self.box[0])
        y = np.arange(round(box[1]), round(box[3])) - round(self.box[1])
        plane = self.plane(name)
        inside = plane[np.clip(y, 0, plane.shape[0] - 1)][:, np.clip(x, 0, plane.shape[1] - 1)]
        if edge:
            return inside
        black = ((y < 0) | (y >= plane.shape[0]))[:, None] | ((x < 0) | (x >= plane.shape[1]))[None]
        return np.where(black, 0.0, inside)


Model = Callable[[FakeNode, Picture], Picture]


class Renderer:
    """Renders nodes of one group.

    Args:
        sources: what comes in, by the name of the Input or Read node.
        model: what an Inference node makes of a picture.
    """

    def __init__(self, sources: dict[str, Picture], model: Model) -> None:
        self.sources, self.model = sources, model

    def render(self, node: FakeNode) -> Picture:
        if node.name() in self.sources:
            return self.sources[node.name()]
        kind = node.node_class
        if kind == "Switch":
            return self.input(node, int(node["which"].number()))
        picture = self.input(node, 0)
        if str(node["disable"].value()) not in ("", "0") and node["disable"].number():
            return picture
        if kind in ("Dot", "Output", "Assert"):
            return picture
        made: dict[str, Callable[[FakeNode, Picture], Picture]] = {
            "Remove": remove,
            "ColorMatrix": matrix,
            "Multiply": multiply,
            "Expression": expression,
            "Crop": crop,
            "Transform": transform,
            "Inference": self.model,
            "Copy": lambda node, p: copy(node, p, self.input(node, 1)),
        }
        return made[kind](node, picture)

    def input(self, node: FakeNode, index: int) -> Picture:
        source = node.input(index)
        assert source is not None, f"{node.name()}: input {index} is open"
        return self.render(source)


def remove(node: FakeNode, picture: Picture) -> Picture:
    assert node["channels"].value() == "rgba"
    kept = {"keep": True, "remove": False}[node["operation"].value()]
    planes = {name: plane for name, plane in picture.planes.items() if (name in RGBA) is kept}
    return Picture(picture.format_box, picture.box, planes)


def matrix(node: FakeNode, picture: Picture) -> Picture:
    rows = np.array([node["matrix"].number(index) for index in range(9)]).reshape(3, 3)
    colours = np.stack([picture.plane(name) for name in RGBA[:3]])
    turned = np.einsum("ij,jyx->iyx", rows, colours)
    return Picture(picture.format_box, picture.box, {**picture.planes, **dict(zip(RGBA, turned, strict=False))})


def multiply(node: FakeNode, picture: Picture) -> Picture:
    assert node["channels"].value() == "rgb"
    factor = node["value"].number()
    return Picture(
        picture.format_box,
        picture.box,
        {name: plane * factor if name in RGBA[:3] else plane for name, plane in picture.planes.items()},
    )


def crop(node: FakeNode, picture: Picture) -> Picture:
    left, bottom, right, top = (node["box"].number(index) for index in range(4))
    assert (str(node["reformat"].value()), str(node["crop"].value())) == ("true", "false")
    planes = {name: picture.on((left, bottom, right, top), name, edge=True) for name in picture.planes}
    moved = (0.0, 0.0, right - left, top - bottom)
    return Picture(moved, moved, planes)


def transform(node: FakeNode, picture: Picture) -> Picture:
    x, y = (node["translate"].number(index) for index in range(2))
    assert x == int(x), "a filter would be needed"
    assert y == int(y)
    box = picture.box
    return Picture(picture.format_box, (box[0] + x, box[1] + y, box[2] + x, box[3] + y), picture.planes)


def copy(node: FakeNode, under: Picture, over: Picture) -> Picture:
    """Format of the first input; the box holds both."""
    a, b = under.box, over.box
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    planes = {name: under.on(box, name) for name in under.planes}
    for number in range(4):
        source, target = str(node[f"from{number}"].value()), str(node[f"to{number}"].value())
        if source:
            planes[target] = over.on(box, source)
    return Picture(under.format_box, box, planes)


def expression(node: FakeNode, picture: Picture) -> Picture:
    box = picture.box
    x, y = np.meshgrid(np.arange(round(box[0]), round(box[2])), np.arange(round(box[1]), round(box[3])))
    names: dict[str, Plane | float] = {"x": x, "y": y}
    names |= {short: picture.plane(name) for short, name in zip("rgba", RGBA, strict=True)}
    functions = {name: np.vectorize(function) for name, function in FUNCTIONS.items()}
    functions |= {"sqrt": np.sqrt, "clamp": lambda value: np.clip(value, 0.0, 1.0)}

    def evaluate(text: str) -> Plane:
        import re

        dotted = re.sub(r"[A-Za-z_]\w*\.[\w.]+", lambda found: repr(node.look_up(found[0], None)), text)
        value = eval(dotted, {"__builtins__": {}}, {**functions, **names})  # only what a test's file holds
        return np.broadcast_to(np.asarray(value, dtype=float), x.shape)

    for number in range(4):
        variable = str(node[f"temp_name{number}"].value())
        if variable:
            names[variable] = evaluate(str(node[f"temp_expr{number}"].value()))
    planes = dict(picture.planes)
    for number, channel in enumerate(RGBA):
        text = str(node[f"expr{number}"].value())
        if text:
            planes[channel] = evaluate(text)
    return Picture(picture.format_box, box, planes)
