"""What families may know of a user's own meshes, textures and environment maps: names and sizes, no files.

`scene_generator.asset_files` finds and reads the files; a scene names an asset, so that its hash is the same wherever
the folder lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple  # noqa: UP035 - Python 3.9

from scene_generator.spec import Vec3


@dataclass(frozen=True)
class Asset:
    """A file or a set of files that belong together."""

    name: str
    """Path inside the user's folder without ending, with forward slashes: unique in its kind."""
    sha256: str
    """Of the content, 64 hex digits."""
    licence: str = "unstated"
    """As the folder's `LICENSE.json` or the command says; goes to the manifest."""
    extent: Vec3 = (1.0, 1.0, 1.0)
    """Meshes only: size along X, Y, Z after scaling the largest side to 1 m; they stand on y = 0 about the origin."""
    use: str = ""
    """Environment maps only: `indoor`, `outdoor`, or nothing is said."""


@dataclass(frozen=True)
class AssetIndex:
    """Everything a user added, each kind sorted by name."""

    meshes: Tuple[Asset, ...] = ()  # noqa: UP006
    textures: Tuple[Asset, ...] = ()  # noqa: UP006
    hdris: Tuple[Asset, ...] = ()  # noqa: UP006


@dataclass(frozen=True)
class AssetShares:
    """How often a user's assets take the place of procedural ones, where there are any; 0 .. 1."""

    meshes: float = 0.25
    """Share of loose objects."""
    textures: float = 0.35
    """Share of materials."""
    hdris: float = 0.5
    """Share of skies."""


NO_ASSETS = AssetIndex()
