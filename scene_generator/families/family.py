"""What a scene family is: a documented set of ranges and a pure function from dice to a layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping  # noqa: UP035 - Python 3.9

from scene_generator.families.layout import Layout
from scene_generator.families.ranges import Dice, Range


@dataclass(frozen=True)
class Family:
    """A kind of scene."""

    name: str
    summary: str
    """One line for lists and reports."""
    ranges: Mapping[str, Range]
    """What a recipe may narrow or widen, by name."""
    build: Callable[[Dice], Layout]
    """Draws one scene; pure in the dice."""
    outdoor: bool = False
    """Whether every scene lies under an open sky, so that an environment map of a hall would be out of place."""
