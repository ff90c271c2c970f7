"""What a set of random scenes is made of: which families, how often, with which textures. JSON in and out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.assets import AssetShares
from scene_generator.families import FAMILIES
from scene_generator.families.ranges import check_overrides
from scene_generator.spec import SpecError, read
from worker_link.json_text import read_json

_FOLDER = Path(__file__).with_name("recipes")


@dataclass(frozen=True)
class FamilyShare:
    """How much of the set a family makes up."""

    name: str
    """One of `scene_generator.families.FAMILIES`."""
    weight: float
    """Relative, above 0."""
    ranges: Dict[str, Tuple[float, float]] = field(default_factory=dict)  # noqa: UP006
    """Other ranges than the family's own, (low, high) by name; docs/families.md lists them, and
    `families.ranges.check_overrides` says what they may be."""


@dataclass(frozen=True)
class Recipe:
    """A named mix of scene families."""

    name: str
    version: int
    """Raised whenever the same seed would give another scene."""
    description: str
    families: Tuple[FamilyShare, ...]  # noqa: UP006
    texture_size: int = 256
    """Texels along each side of every texture, 16 .. 4096."""
    focal_scale: Tuple[float, float] = (0.9, 1.1)  # noqa: UP006
    """Every family's focal length is multiplied by a number drawn from this range, so that no lens is a favourite."""
    defocus_share: float = 0.0
    """Share of scenes that are seen through a lens of f/1.4 to f/8 instead of a pinhole, 0 .. 1."""
    asset_shares: AssetShares = field(default_factory=AssetShares)
    """How often a user's meshes, textures and environment maps are taken, where folders of them are given."""

    def check(self) -> None:
        """Raise SpecError if a number is out of range, or a family is unknown or listed twice."""
        if not self.families:
            raise SpecError(f"recipe {self.name!r:.80} names no family; known are {sorted(FAMILIES)}")
        names = [share.name for share in self.families]
        for share in self.families:
            if names.count(share.name) > 1:
                raise SpecError(
                    f"recipe {self.name!r:.80}: family {share.name!r:.80} is listed {names.count(share.name)} times; "
                    "list it once, with the sum of the weights"
                )
            if share.name not in FAMILIES:
                raise SpecError(
                    f"recipe {self.name!r:.80}: family {share.name!r:.80} is unknown; known are {sorted(FAMILIES)}"
                )
            if not share.weight > 0:
                raise SpecError(
                    f"recipe {self.name!r:.80}: weight of {share.name!r:.80} is {share.weight}, expected above 0"
                )
            check_overrides(share.name, FAMILIES[share.name].ranges, share.ranges)
        if not 16 <= self.texture_size <= 4096:
            raise SpecError(f"recipe {self.name!r:.80}: texture_size is {self.texture_size}, expected 16..4096")
        low, high = self.focal_scale
        if not 0.1 <= low <= high <= 10:
            raise SpecError(
                f"recipe {self.name!r:.80}: focal_scale is {low}..{high}, expected 0.1 <= low <= high <= 10"
            )
        shares = {"defocus_share": self.defocus_share, **asdict(self.asset_shares)}
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise SpecError(f"recipe {self.name!r:.80}: {name} is {value}, expected 0..1")

    def to_dict(self) -> Dict[str, object]:  # noqa: UP006
        """Return the recipe as plain JSON values."""
        return asdict(self)


def shipped() -> List[str]:  # noqa: UP006
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def load_recipe(name_or_path: str) -> Recipe:
    """Return a shipped recipe by name, or one from a JSON file by path.

    Raises:
        SpecError: no such recipe or file, or its content is out of range.
    """
    path = Path(name_or_path)
    if path.suffix != ".json":
        path = _FOLDER / f"{name_or_path}.json"
    try:
        data = read_json(path)
    except OSError as error:
        raise SpecError(
            f"recipe {name_or_path!r} cannot be read; shipped are {shipped()}, or give a .json file"
        ) from error
    except ValueError as error:
        raise SpecError(f"{path}: not JSON ({error}); mend the file or start from a shipped recipe") from error
    recipe = read(Recipe, data, f"recipe {path.name}")
    try:
        recipe.check()
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from error
    return recipe
