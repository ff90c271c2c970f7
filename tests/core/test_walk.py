"""Libraries put together of links: every file below a folder, once, in every command that takes a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.inference.sequence import expand_inputs
from core.textures.pairs import find_pairs
from core.textures.sources import find_textures
from core.walk import files_below


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A picture and its normal map, reached by a link to another place, by one to the same place and through a ring."""
    elsewhere, folder = tmp_path / "elsewhere" / "v2", tmp_path / "library"
    elsewhere.mkdir(parents=True)
    folder.mkdir()
    for name in ("wall_color.png", "wall_normal.png"):
        (elsewhere / name).touch()
    (folder / "walls").symlink_to(elsewhere)
    (elsewhere / "latest").symlink_to(".")
    (elsewhere / "round").symlink_to(folder)
    return folder


def test_links_are_followed_once(library: Path) -> None:
    assert [path.relative_to(library).as_posix() for path in files_below(library)] == [
        "walls/wall_color.png",
        "walls/wall_normal.png",
    ]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        (lambda folder: [frame.path for frame in expand_inputs([str(folder)], Path("out")).frames], "cn"),
        (lambda folder: find_textures([str(folder)], Path("out"))[0], "c"),
        (lambda folder: [pair.color for pair in find_pairs(folder)], "c"),
    ],
)
def test_commands_follow_them(library: Path, found: Callable[[Path], list[Path]], names: str) -> None:
    wanted = {"c": "wall_color.png", "n": "wall_normal.png"}
    assert found(library) == [library / "walls" / wanted[name] for name in names]
