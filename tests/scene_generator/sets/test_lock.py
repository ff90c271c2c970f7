"""Which builds may be at work in one folder at the same time."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadConfig
from scene_generator.sets import lock
from scene_generator.sets.lock import if_alone, part_build, sole_build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no flock there")


@pytest.mark.parametrize("other", [(0, 3), (2, 4), (0, 4), (5, 7)])
def test_parts_that_make_some_of_the_same_shards_exclude_each_other(tmp_path: Path, other: tuple[int, int]) -> None:
    first = part_build(tmp_path, (0, 2))
    told = pytest.raises(BadConfig, match="--shard 0/2` is at work there, which makes some of the same")
    with first, told, part_build(tmp_path, other):
        pass
    with part_build(tmp_path, other):  # what an earlier build left is in nobody's way
        pass


@pytest.mark.parametrize("other", [(1, 2), (1, 4), (3, 6)])
def test_parts_that_share_no_shard_work_beside_each_other(tmp_path: Path, other: tuple[int, int]) -> None:
    told = pytest.raises(BadConfig, match="at work")
    with part_build(tmp_path, (0, 2)), part_build(tmp_path, other), told, sole_build(tmp_path):
        pass


def test_a_part_waits_for_one_that_sees_whether_it_was_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = contextlib.ExitStack()
    assert looking.enter_context(if_alone(tmp_path))
    flock = lock.fcntl.flock

    def ends_when_waited_for(handle: int, how: Any) -> None:
        if not how & lock.fcntl.LOCK_NB:
            looking.close()
        flock(handle, how)

    monkeypatch.setattr(lock.fcntl, "flock", ends_when_waited_for)
    with looking, part_build(tmp_path, (1, 2)), if_alone(tmp_path) as alone:
        assert not alone
