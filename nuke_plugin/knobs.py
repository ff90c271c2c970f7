"""Knobs and nodes of the plug-in's own nodes, with a readable error where they are not there."""

from __future__ import annotations

from nuke_plugin.errors import WrongNode
from nuke_plugin.host import Host, Knob, Node

__all__ = ["choice_number", "inner", "knob", "new_node", "set_choice"]


def new_node(host: Host, kind: str, beside: Node | None = None) -> Node:
    """Make a node of ours, `beside` another or behind what is selected, with its properties open.

    Raises:
        WrongNode: Nuke does not know its gizmo.
    """
    try:
        if beside is None:
            return host.create_node(kind, inpanel=True)
        return host.create_beside(beside, kind, inpanel=True)
    except RuntimeError as error:
        raise WrongNode(
            f"Nuke does not know {kind} ({error}): the plug-in's gizmos folder is not on the plug-in path; install it "
            "with `platelight install nuke`, then restart Nuke"
        ) from error


def knob(node: Node, name: str) -> Knob:
    """A knob that has to be there. Raises `WrongNode` if it is not: the node is none of ours, or of another version."""
    found = node.knob(name)
    if found is None:
        raise WrongNode(
            f"{node.name()} has no knob {name!r}: it is no node of Platelight's, or one of another version; make a new "
            "one"
        )
    return found


def inner(node: Node, name: str) -> Node:
    """A node inside the group. Raises `WrongNode` as `knob` does."""
    found = node.node(name) if hasattr(node, "node") else None  # only groups have it
    if found is None:
        raise WrongNode(f"{node.name()} holds no node {name!r}: it is no node of Platelight's; make a new one")
    return found


def set_choice(chooser: Knob, choices: tuple[str, ...], number: int) -> None:
    """Choose by the words, which Nuke takes in every version."""
    chooser.setValue(choices[number])


def choice_number(chooser: Knob, choices: tuple[str, ...]) -> int:
    """A choice's number: Nuke gives its words, or the number where an expression drives it."""
    value = chooser.value()
    return choices.index(value) if value in choices else int(float(value))
