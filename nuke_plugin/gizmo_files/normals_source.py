"""Where a node takes normals from, as data: a layer of its plate or an input, channel pickers, axis flips.

PlateDot, normals -> NormalsFrom -> Normals -> Flips: camera-space normals in rgb, confidence in alpha
"""

from __future__ import annotations

from nuke_plugin.controls import NORMALS_FROM
from nuke_plugin.gizmo_files.panel_knobs import check
from nuke_plugin.gizmo_files.script import Expression, ScriptNode, UserKnob, Value, Values

__all__ = ["channel_pickers", "copied", "flips", "normals_knobs", "normals_nodes"]

_CHANNELS = ("red", "green", "blue", "alpha")


def copied(source: str, target: str = "rgba", channels: tuple[str, ...] = _CHANNELS) -> dict[str, Value]:
    """Knobs of a Copy that brings channels of a layer into another; its `from0` to `from3` are channel pickers."""
    found: dict[str, Value] = {}
    for number, channel in enumerate(channels):
        found[f"from{number}"], found[f"to{number}"] = f"{source}.{channel}", f"{target}.{channel}"
    return found


def flips() -> Values:
    """A ColorMatrix's rows that turn the axes which the node's check boxes name."""
    return Values(
        tuple(
            Values(tuple(Expression(f"parent.flip_{axis} ? -1 : 1") if row == column else 0 for column in range(3)))
            for row, axis in enumerate("xyz")
        )
    )


def normals_nodes(column: float) -> tuple[ScriptNode, ...]:
    """The nodes behind `PlateDot` and the input `normals`, in a column of the graph; the last one is `Flips`."""
    which = Expression("parent.normals_from")
    return (
        ScriptNode("Switch", "NormalsFrom", ("PlateDot", "normals"), {"which": which}, at=(column, 2)),
        ScriptNode("Copy", "Normals", ("NormalsFrom", "NormalsFrom"), copied("N"), at=(column, 3)),
        ScriptNode("ColorMatrix", "Flips", ("Normals",), {"matrix": flips()}, at=(column, 4)),
    )


def normals_knobs() -> tuple[UserKnob, ...]:
    """What chooses them in the panel."""
    return (
        UserKnob(4, "normals_from", label="Normals from", choices=NORMALS_FROM),
        *channel_pickers("normals", "Normals", ("x", "y", "z", "confidence")),
        check("flip_x", "Flip X", False),
        check("flip_y", "Flip Y", False, same_line=True),
        check("flip_z", "Flip Z", False, same_line=True),
    )


def channel_pickers(name: str, node: str, labels: tuple[str, ...]) -> tuple[UserKnob, ...]:
    """Links to the channels of a Copy inside: `name`_channel0 and so on."""
    return tuple(
        UserKnob(41, f"{name}_channel{index}", label=label, text=f"{node}.from{index}")
        for index, label in enumerate(labels)
    )
