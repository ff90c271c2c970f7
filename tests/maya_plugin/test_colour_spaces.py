"""Colour configurations that studios use: what is found in them, and what is asked for only where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maya_plugin import nodes
from maya_plugin.host import HostError
from maya_plugin.life import Life
from maya_plugin.scene.facts import host_facts
from scene_generator.maya_scene import facts
from tests.hosts.maya.fake_window import FakeMaya, plate_scene

Finish = Callable[[], None]
ACES_CG = [
    "ACES2065-1",
    "ACEScc",
    "ACEScct",
    "ACEScg",
    "Linear P3-D65",
    "Linear Rec.709 (sRGB)",
    "Raw",
    "sRGB - Texture",
]
"""Some of the names of the official configuration `cg-config` for ACES 1.3."""

CALLS: dict[str, dict[str, Any]] = {
    "platelightNormalMap": {"file": "wall.png"},
    "platelightOcclusion": {"normals": "wall.png"},
    "platelightPlateNormals": {},
}
NODES = {"platelightNormalMap": "wire", "platelightOcclusion": "texture", "platelightPlateNormals": "plane"}


@pytest.fixture
def ready(maya: FakeMaya, tmp_path: Path) -> FakeMaya:
    (tmp_path / "wall.png").write_bytes(b"picture")
    plate_scene(maya, (tmp_path / "wall.png").as_posix())
    return maya


def test_the_official_aces_configuration_has_both(maya: FakeMaya, loaded: Life) -> None:
    maya.spaces = ACES_CG
    found = host_facts(loaded.session.host)
    assert (found.linear, found.raw) == ("Linear Rec.709 (sRGB)", "Raw")


def test_a_space_that_is_lacking_is_named_with_a_remedy(maya: FakeMaya, loaded: Life) -> None:
    maya.spaces = ["Raw", *(f"camera {k}" for k in range(500))]
    with pytest.raises(
        HostError, match=r"has no linear Rec\.709 .*choose .* in Preferences > Color Management"
    ) as told:
        host_facts(loaded.session.host)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("name", CALLS)
def test_data_has_a_space_of_many_names(ready: FakeMaya, loaded: Life, finish: Finish, name: str) -> None:
    ready.spaces = ["ACEScg", "Non-Color"]
    loaded.session.host.call(name, **CALLS[name])
    finish()
    assert ready.messages == []
    spaces = [node.values.get("colorSpace") for node in ready.graph.nodes.values()]
    assert "Non-Color" in spaces


@pytest.mark.parametrize("name", CALLS)
def test_without_one_the_files_are_made_all_the_same(ready: FakeMaya, loaded: Life, finish: Finish, name: str) -> None:
    ready.spaces = ["ACEScg"]
    call = loaded.session.host.call
    with pytest.raises(RuntimeError, match=rf"{NODES[name]}=False makes .* alone, or choose"):
        call(name, **CALLS[name])
    call(name, **CALLS[name], **{NODES[name]: False})
    finish()
    assert ready.messages == []
    assert "made" in ready.notices[-1] or "1 of 1 frames" in ready.notices[-1]


def test_the_plug_in_and_the_generator_know_the_same_names() -> None:
    assert nodes.RAW_NAMES == facts.RAW_NAMES
