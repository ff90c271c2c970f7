"""The path that a PlateRelight node's picture comes by: the kernel, made once by its button, or else the model.

A saved BlinkScript node carries a checksum that only Nuke can make, so the node's file cannot bring one along. Inside
of Nuke it goes: name the kernel's file, press Load, press Recompile, and wait until the knobs of the kernel's
parameters are there, which is the one sign of success that users of Blink rely on (docs/nuke-relight.md). The kernel is
saved with the script from then on. Where it does not come, the node goes over to its model (`inference`).
"""

from __future__ import annotations

import hashlib
import os
from typing import Callable

from nuke_plugin.blink.controls import (
    KERNEL_NAME,
    KERNEL_NODE,
    NO_MODEL,
    NO_PATH,
    NODE_CLASS,
    PATH,
    PATH_INFERENCE,
    PATHS,
    WAITING,
)
from nuke_plugin.blink.host import BlinkHost
from nuke_plugin.blink.inference import use_inference
from nuke_plugin.blink.links import kernel_links
from nuke_plugin.errors import PluginError, tell
from nuke_plugin.host import Knob, Node
from nuke_plugin.knobs import choice_number, inner, knob, set_choice

__all__ = [
    "INPUTS",
    "KERNEL_FILE",
    "KernelMissing",
    "build",
    "created",
    "fingerprint",
    "is_compiled",
    "show_path",
    "switch_to_inference",
]

KERNEL_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "PlateRelight.blink").replace("\\", "/")
INPUTS = ("PlateDot", "Flips", "Place", "Colours", "Maps")
"""Nodes inside of PlateRelight that feed the kernel, in the order of its images."""

_EVERY, _FOR = 0.5, 60.0  # seconds


class KernelMissing(PluginError):
    """Nuke did not compile the kernel."""


def fingerprint() -> str:
    """Of the kernel that lies in the plug-in; another one in a node means that it was built from another version."""
    with open(KERNEL_FILE, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def is_compiled(blink: Node) -> bool:
    """Whether the kernel's parameters are there."""
    return all(_parameter(blink, name) is not None for name in kernel_links())


def build(host: BlinkHost, node: Node) -> None:
    """Have Nuke compile the kernel, link its parameters to the controls, and switch the node to it.

    With a window it goes on in the background and says so in the node's first line; without one it has to be there at
    once. Where Nuke refuses, the node is switched to its model instead, and the person is told.

    Raises:
        KernelMissing: without a window: Nuke did not compile it and there is no model either. With a window the person
            is told.
        WrongNode: the node is no PlateRelight.
    """
    inner(node, "Path")
    knob(node, "has_kernel").setValue(False)
    try:
        blink = node.node(KERNEL_NODE) or host.create_inside(node, "BlinkScript", KERNEL_NODE)
        knob(blink, "kernelSourceFile").setValue(KERNEL_FILE)
        knob(blink, "reloadKernelSourceFile").execute()
        if not is_compiled(blink):
            knob(blink, "recompile").execute()
    except RuntimeError as error:  # Nuke's way of refusing: no such node, or a button that may not be pressed
        _fall_back(host, node, str(error))
        return
    if is_compiled(blink):
        _finish(node, blink)
    elif host.gui():
        _say(node, WAITING)
        _wait(host, node, blink, _FOR)
    else:
        _fall_back(host, node)


def switch_to_inference(host: BlinkHost, node: Node) -> None:
    """Switch the node to its model, whether Blink would do or not. Raises as `use_inference`."""
    try:
        use_inference(host, node)
    finally:
        show_path(node)


def created(host: BlinkHost, node: Node) -> None:
    """Runs when a node is made or a script with one is opened: shows which path is on, changes no picture."""
    if host.gui():
        show_path(node)


def show_path(node: Node) -> str:
    """Write into the node's first line what its picture is made by; returns it."""
    blink = node.node(KERNEL_NODE)
    words = NO_PATH
    wanted = choice_number(knob(node, "path"), PATHS)
    if wanted == 2 and knob(node, "has_model").value():
        words = PATH_INFERENCE
    elif wanted == 2:
        words = NO_MODEL
    elif wanted == 1 and blink is not None and is_compiled(blink) and knob(node, "has_kernel").value():
        words = PATH
        if str(knob(node, "kernel_version").value()) != fingerprint():
            words += " It is that of another version of the plug-in: press Build the kernel."
    _say(node, words)
    return words


def _wait(host: BlinkHost, node: Node, blink: Node, seconds: float) -> None:
    def look() -> None:
        try:
            if is_compiled(blink):
                _finish(node, blink)
            elif seconds > 0.0:
                _wait(host, node, blink, seconds - _EVERY)
            else:
                _fall_back(host, node)
        except (ValueError, RuntimeError):
            return  # the node was deleted meanwhile, of which Nuke makes one of these

    host.later(_EVERY, _guarded(host, look))


def _guarded(host: BlinkHost, call: Callable[[], None]) -> Callable[[], None]:
    def guarded() -> None:
        try:
            call()
        except PluginError as error:
            tell(host, str(error))

    return guarded


def _finish(node: Node, blink: Node) -> None:
    for name, expressions in kernel_links().items():
        parameter = _parameter(blink, name)
        if parameter is None:
            raise KernelMissing(f"{node.name()}: the kernel has no parameter {name!r}; press Build the kernel again")
        for index, expression in enumerate(expressions):
            parameter.setExpression(expression, index)
    for index, source in enumerate(INPUTS):
        blink.setInput(index, inner(node, source))
    inner(node, "Path").setInput(1, blink)
    knob(node, "kernel_version").setValue(fingerprint())
    knob(node, "has_kernel").setValue(True)
    set_choice(knob(node, "path"), PATHS, 1)
    show_path(node)


def _parameter(blink: Node, name: str) -> Knob | None:
    return blink.knob(f"{KERNEL_NAME}_{name}")


def _say(node: Node, words: str) -> None:
    knob(node, "status").setValue(words)


def _fall_back(host: BlinkHost, node: Node, why: str = "") -> None:
    """Nuke gave no kernel: go over to the model, and tell the person what happened and what there is now."""
    failure = _failure(node, why)
    try:
        use_inference(host, node)
    except PluginError as error:
        show_path(node)
        words = (
            f"{failure} The other path is not there either: {error}. Until then the plate passes unchanged; "
            "`platelight relight` on the command line makes the same picture."
        )
        if not host.gui():
            raise KernelMissing(words) from error
        tell(host, words)
        return
    show_path(node)
    tell(host, f"{failure} The node now makes the same picture over Inference instead.")


def _failure(node: Node, why: str) -> str:
    return (
        f"{node.name()}: Nuke did not compile the kernel {KERNEL_FILE}{f' ({why})' if why else ''}. Loading kernels "
        "needs NukeX or Studio, and Blink may be off in Non-commercial. Where it is there, open the node in "
        f"{NODE_CLASS} named {KERNEL_NODE} and press Recompile to read what Nuke says."
    )
