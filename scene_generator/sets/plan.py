"""What to build, and how its samples are divided into shards and parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import BadConfig
from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary
from scene_generator.recipe import Recipe
from scene_generator.renderers import RenderSettings

MITSUBA = "scene_generator.renderers.mitsuba:MitsubaRenderer"
"""The embedded renderer, as a plan names it."""

SHARD_SIZE = 64
"""Records in a shard, about: a scene's frames stay together."""


@dataclass(frozen=True)
class BuildPlan:
    """What to build; plans that differ only in the fields from `workers` on, but for assets, give the same samples.

    Raises:
        BadConfig: a number is out of range.
    """

    recipe: Recipe
    seed: int
    """0 or more."""
    count: int
    """Accepted samples that there should be in the end; a sample is a scene, with `settings.frames` records."""
    settings: RenderSettings
    variant: str
    """What the renderer is to compute with; see `renderers.variant`."""
    workers: int = 2
    """Processes."""
    library: AssetLibrary = NO_LIBRARY
    """The user's own meshes, textures and environment maps."""
    part: tuple[int, int] = (0, 1)
    """(i, n): this build makes the shards k with k % n = i; (0, 1) makes all."""
    timeout_s: float = 600.0
    """Seconds that a sample may take, all its draws together, before its worker is killed; 0 waits for ever."""
    memory_mb: int = 2000
    """Resident memory beyond which a worker is replaced after its sample, MiB; 0 sets no limit."""
    retry_failed: bool = False
    """Try samples again that failed in an earlier run."""
    renderer: str = MITSUBA
    """`module:Class`; made in each worker as Class(variant, texture_size, threads=1, library=library)."""
    shard_size: int = SHARD_SIZE
    """Records in a shard, about."""

    def __post_init__(self) -> None:
        i, n = self.part
        if not 0 <= i < n:
            raise BadConfig(f"part {i}/{n}: expected i/n with 0 <= i < n")
        for name in ("count", "workers", "shard_size"):
            if getattr(self, name) < 1:
                raise BadConfig(f"{name} is {getattr(self, name)}, expected 1 or more")
        for name in ("seed", "timeout_s", "memory_mb"):
            if getattr(self, name) < 0:
                raise BadConfig(f"{name} is {getattr(self, name)}, expected 0 or more")

    def identity(self) -> dict[str, Any]:
        """Return what a folder must agree on to be gone on with, as JSON can hold it."""
        return {
            "recipe": self.recipe.to_dict(),
            "seed": self.seed,
            "settings": asdict(self.settings),
            "renderer": self.renderer,
            "variant": self.variant,
            "assets": self.library.fingerprint(),
            "shard_size": self.shard_size,
        }

    @property
    def frames(self) -> int:
        """Records of each sample."""
        return self.settings.frames

    @property
    def whole(self) -> bool:
        """Whether this build makes every shard, and so the manifest too."""
        return self.part[1] == 1

    def shard_of(self, index: int) -> int:
        """Return the number of the shard that sample `index` is in."""
        return index // self._samples_a_shard()

    def members(self, shard: int) -> range:
        """Return the samples of a shard; empty beyond `count`."""
        size = self._samples_a_shard()
        return range(shard * size, min((shard + 1) * size, self.count))

    def all_shards(self) -> range:
        """Return the numbers of every shard of the set."""
        return range(-(-self.count // self._samples_a_shard()))

    def shards(self) -> range:
        """Return the numbers of this part's shards."""
        i, n = self.part
        return self.all_shards()[i::n]

    def indices(self) -> Iterator[int]:
        """Yield this part's samples in order."""
        for shard in self.shards():
            yield from self.members(shard)

    def is_mine(self, index: int) -> bool:
        """Say whether sample `index` belongs to this part (also beyond `count`)."""
        i, n = self.part
        return self.shard_of(index) % n == i

    def _samples_a_shard(self) -> int:
        return max(1, self.shard_size // self.frames)


def parse_part(text: str) -> tuple[int, int]:
    """Return (i, n) of `i/n`; `all` is (0, 1).

    Raises:
        BadConfig: anything else, or not 0 <= i < n.
    """
    if text == "all":
        return 0, 1
    first, slash, last = text.partition("/")
    if not (slash and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise BadConfig(f"--shard {text!r}: expected i/n with 0 <= i < n, such as 0/4, or all")
    return int(first), int(last)
