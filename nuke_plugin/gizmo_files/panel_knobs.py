"""Knobs that every node's panel is made of, and the code behind its buttons and callbacks."""

from __future__ import annotations

from nuke_plugin.gizmo_files.script import UserKnob

__all__ = ["SAME_LINE", "START", "button", "button_code", "callback_code", "check", "divider", "slider"]

START, SAME_LINE = ("STARTLINE",), ("-STARTLINE",)


def callback_code(package: str, name: str) -> str:
    """Code of a callback, `name` of `package`.buttons: does nothing where the plug-in is missing, so that scripts open
    everywhere."""
    return f"try:\n    from {package} import buttons\nexcept ImportError:\n    pass\nelse:\n    buttons.{name}()"


def button_code(package: str, name: str, missing: str) -> str:
    """Code of a button, `name` of `package`.buttons, that says `missing` (without quotes) where the plug-in is not."""
    return (
        f"try:\n    from {package} import buttons\nexcept ImportError:\n"
        f"    nuke.message('{missing}')\nelse:\n    buttons.{name}()"
    )


def button(name: str, label: str, hint: str, code: str, same_line: bool = False) -> UserKnob:
    """A button with its code."""
    return UserKnob(22, name, label=label, text=code, hint=hint, flags=SAME_LINE if same_line else START)


def divider(label: str = "") -> UserKnob:
    """A line across the panel, with a heading."""
    return UserKnob(26, label=f"<b>{label}</b>" if label else "")


def check(name: str, label: str, value: bool, hint: str = "", same_line: bool = False) -> UserKnob:
    """A check box."""
    return UserKnob(6, name, label=label, value=value, hint=hint, flags=SAME_LINE if same_line else START)


def slider(name: str, label: str, value: float, low: float, high: float, hint: str = "") -> UserKnob:
    """A number with a slider from `low` to `high`."""
    return UserKnob(7, name, label=label, value=value, limits=(low, high), hint=hint)
