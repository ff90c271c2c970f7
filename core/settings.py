"""Settings of a recipe, whose author may be anybody, into the dataclass that holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from core.errors import BadConfig

__all__ = ["from_settings"]

Settings = TypeVar("Settings")


def from_settings(kind: type[Settings], value: Mapping[str, Any], what: str) -> Settings:
    """Make a dataclass of what `value` names, and of its own defaults for the rest.

    Args:
        kind: a dataclass. Where a field's default is a number, one is needed; where it is true or false, one of these.
            Ranges are its own to check.
        value: a part of a recipe.
        what: which part, for messages: `augmentation`.

    Raises:
        BadConfig: an unknown name, or a value of another type.
    """
    known = {item.name: item.default for item in fields(kind)}  # type: ignore[arg-type]  # typed as a class, not one of data
    for name, given in value.items():
        if name not in known:
            raise BadConfig(f"{what} setting {str(name)[:80]!r}: unknown; known are {', '.join(known)}")
        usual = known[name]
        if isinstance(usual, bool):
            if not isinstance(given, bool):
                raise BadConfig(f"{what} setting {name!r} is {given!r:.80}; true or false is needed")
        elif isinstance(usual, int | float):
            if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
                raise BadConfig(f"{what} setting {name!r} is {given!r:.80}; a number is needed")
            if isinstance(usual, int) and not float(given).is_integer():
                raise BadConfig(f"{what} setting {name!r} is {given!r:.80}; a whole number is needed")
    return kind(**value)
