"""Occlusion From Normals and Depth: what is handed in, what is made of the answer, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.life import Life
from tests.fake_worker import FakeWorker
from tests.hosts.maya.fake_window import FakeMaya
from worker_link.jobs import OcclusionFrame, OcclusionOptions

Finish = Callable[[], None]


@pytest.fixture
def normals(tmp_path: Path) -> Path:
    path = tmp_path / "shot.1001.exr"
    path.write_bytes(b"normals")
    return path


def test_normals_and_depth_become_a_texture_node(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, normals: Path, tmp_path: Path
) -> None:
    depth = tmp_path / "depth.exr"
    depth.write_bytes(b"depth")
    flags = {"normals": str(normals), "depth": str(depth), "radius": 0.5, "fov": 40.0}
    target = loaded.session.host.call("platelightOcclusion", **flags)
    assert target == f"{tmp_path.as_posix()}/shot_occlusion.1001.png"
    finish()
    assert maya.messages == []
    ((kind, frames, options),) = worker.jobs
    assert (kind, frames) == ("occlusion", [OcclusionFrame(str(normals), target, str(depth))])
    assert options == OcclusionOptions(radius=0.5, distance=2.0, strength=1.0, fov=40.0)
    assert maya.getAttr("occlusion.fileTextureName") == target
    assert maya.getAttr("occlusion.colorSpace") == "Raw"
    assert maya.getAttr("occlusion.alphaIsLuminance")
    assert maya.notices[-1] == f"made {target}, read by occlusion\nnoticed"
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert not maya.objExists("occlusion")
    assert Path(target).is_file()


def test_without_a_node_and_without_depth(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, normals: Path
) -> None:
    loaded.session.host.call("platelightOcclusion", normals=str(normals), texture=False)
    finish()
    assert worker.jobs[0][1][0].depth == ""
    assert worker.jobs[0][2].fov is None
    assert not maya.objExists("occlusion")
    assert maya.undo_stack == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"normals": ""}, "no picture of normals is named"),
        ({"normals": "/nowhere.exr"}, "/nowhere.exr: there is no such file; name the picture of the normals"),
        ({"depth": "/nowhere.exr"}, "name the picture of the depth"),
        ({"out": "/proc/self/status"}, "is there already"),
        ({"radius": 0.0}, "expected 0.001 to"),
    ],
)
def test_what_cannot_be_meant_is_said(loaded: Life, normals: Path, flags: dict[str, Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        loaded.session.host.call("platelightOcclusion", **{"normals": str(normals), **flags})


def test_a_worker_without_the_model_disables_it_with_its_reason(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, normals: Path
) -> None:
    worker.abilities["occlusion"] = "this Platelight came without the model occlusion"
    maya.press("Check Worker")
    finish()
    item = next(i for i in maya.menus["platelightMenu"] if str(i.get("label", "")).startswith("Occlusion From"))
    assert item["enable"] is False
    assert "came without the model occlusion" in item["annotation"]
    function = loaded.session.commands["platelightOcclusion"]
    assert loaded.session.why_not(function) == "this Platelight came without the model occlusion"
