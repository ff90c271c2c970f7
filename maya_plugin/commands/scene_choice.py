"""Which random scenes are wanted, as texts that flags and panels hold: families, counts, and the recipe they change.

Families and counts come from `scene_generator`, which needs numpy: everything here imports it inside functions.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from maya_plugin.errors import BadSetting, NotAvailable

if TYPE_CHECKING:
    from scene_generator.recipe import Recipe

__all__ = [
    "RECIPE",
    "FamilyRange",
    "changed_recipe",
    "counts_text",
    "family_names",
    "need_numpy",
    "parse_counts",
    "ranges_of",
    "recipe_names",
]

RECIPE = "plate_normals"
"""The recipe that is used where none is named."""

Counts = Mapping[str, tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class FamilyRange:
    """One of a family's own ranges, as a panel shows it.

    Attributes:
        low, high: its ends, in `unit`.
        meaning: a few words.
        unit: m, mm or rad; empty for shares, counts and ratios.
        is_count: how many there are of something: whole numbers.
    """

    low: float
    high: float
    meaning: str
    unit: str
    is_count: bool


def need_numpy() -> None:
    """Raises NotAvailable, with the way to mend it, where this Maya's Python has no numpy."""
    try:
        importlib.import_module("numpy")
    except ImportError as error:
        raise NotAvailable(
            "random scenes need numpy, which this Maya's Python has not; install it with: mayapy -m pip install numpy "
            f"(the mayapy beside {sys.executable})"
        ) from error


def recipe_names() -> list[str]:
    """The recipes that come with Platelight."""
    need_numpy()
    from scene_generator.recipe import shipped

    return list(shipped())


def family_names(recipe: str = RECIPE) -> list[str]:
    """The families of a recipe, in its order. Raises BadSetting if it cannot be read."""
    return [share.name for share in _load(recipe).families]


def ranges_of(family: str, *, counts_only: bool = False) -> dict[str, FamilyRange]:
    """What a family draws from, in its own order; `counts_only`: only how many there are of things.

    Raises:
        BadSetting: there is no such family.
    """
    need_numpy()
    from scene_generator.families import FAMILIES

    if family not in FAMILIES:
        raise BadSetting(f"family {family!r} is unknown; known are {', '.join(sorted(FAMILIES))}")
    return {
        name: FamilyRange(float(found.low), float(found.high), found.meaning, found.unit, found.is_count)
        for name, found in FAMILIES[family].ranges.items()
        if found.is_count or not counts_only
    }


def parse_counts(text: str) -> dict[str, tuple[float, float]]:
    """`room.things=2:5, street.cars=0` -> {"room.things": (2, 5), "street.cars": (0, 0)}. Any range of a family may be
    given so, not only counts. Raises BadSetting."""
    found: dict[str, tuple[float, float]] = {}
    for part in text.replace(";", ",").split(","):
        if not part.strip():
            continue
        name, equals, ends = (word.strip() for word in part.partition("="))
        low, colon, high = ends.partition(":")
        try:
            found[name] = (float(low), float(high if colon else low))
        except ValueError:
            equals = ""
        if not equals or name.count(".") != 1:
            raise BadSetting(f"counts: {part.strip()!r} is none; write family.name=low:high, such as room.things=2:5")
    return found


def counts_text(counts: Counts) -> str:
    """The opposite of `parse_counts`."""
    return ", ".join(f"{name}={low:g}:{high:g}" for name, (low, high) in sorted(counts.items()))


def changed_recipe(recipe: str, families: Sequence[str], counts: Counts) -> Recipe:
    """The recipe with only these families (none: all of them) and other ranges. Raises BadSetting."""
    from scene_generator.spec import SpecError

    found = _load(recipe)
    known = [share.name for share in found.families]
    unknown = [name for name in families if name not in known]
    if unknown:
        raise BadSetting(f"family {unknown[0]!r} is not in the recipe {recipe}; it has {', '.join(known)}")
    shares = []
    for share in found.families:
        if families and share.name not in families:
            continue
        mine = {name.partition(".")[2]: ends for name, ends in counts.items() if name.partition(".")[0] == share.name}
        shares.append(dataclasses.replace(share, ranges={**share.ranges, **mine}))
    strangers = [name for name in counts if name.partition(".")[0] not in known]
    if strangers:
        raise BadSetting(f"counts: {strangers[0]} is of no family of {recipe}; it has {', '.join(known)}")
    changed = dataclasses.replace(found, families=tuple(shares))
    try:
        changed.check()
    except SpecError as error:
        raise BadSetting(str(error)) from error
    return changed


def _load(recipe: str) -> Recipe:
    need_numpy()
    from scene_generator.recipe import load_recipe
    from scene_generator.spec import SpecError

    try:
        return load_recipe(recipe)
    except SpecError as error:
        raise BadSetting(str(error)) from error
