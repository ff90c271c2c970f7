"""Records out of shards, beside plain reading of the same bytes and bare decoding of the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.bench.clock import in_turn
from core.bench.exr import bare_read
from core.bench.picture import FRAME_TYPES, training_frame, training_metadata
from core.bench.row import Row, Settings, compared
from core.image import encode_exr
from core.shards import ShardSet, write_shard

__all__ = ["make_shard", "measure_loading"]


def make_shard(folder: Path, count: int, size: int) -> Path:
    """Write `count` made training frames of size x size pixels as one shard in `folder`, and return its path.

    Raises:
        DiskFull: no space is left.
    """
    frames = (
        (f"{index:08d}", encode_exr(training_frame(size, index), channel_dtypes=FRAME_TYPES), index)
        for index in range(count)
    )
    path = folder / "shard-00000.tar"
    write_shard(path, ((key, data, training_metadata(size, index)) for key, data, index in frames))
    return path


def measure_loading(settings: Settings) -> Iterator[Row]:
    """Yield rows for one shard whose bytes are in the system's cache: the disk is no part of them."""
    count, size = (3, 32) if settings.quick else (24, 256)
    folder = settings.folder / "loading"
    shard = make_shard(folder, count, size)
    shards = ShardSet.open(folder)
    files = []
    for key in shards.keys:
        files.append(folder / f"{key}.exr")
        files[-1].write_bytes(shards.read_bytes(key)[0])

    def plain() -> None:
        with shard.open("rb") as file:
            while file.read(1 << 20):
                pass

    calls = {
        "whole": lambda: [shards.read(key) for key in shards.keys],
        "checked": lambda: [shards.read_bytes(key) for key in shards.keys],
        "plain": plain,
        "decoded": lambda: [bare_read(path) for path in files],
    }
    times = in_turn(calls, settings.rounds, settings.seconds)
    what = f"{size}x{size}, 8 channels"
    rows = (
        (f"ShardSet.read, {what}", "whole", "plain reading of the same bytes", "plain"),
        (f"ShardSet.read, {what}", "whole", "OpenImageIO bare, loose files", "decoded"),
        ("found and checked, not decoded", "checked", "plain reading of the same bytes", "plain"),
    )
    for words, ours, beside, theirs in rows:
        yield compared("loading", words, times[ours], beside, times[theirs], float(count), "samples/s")
