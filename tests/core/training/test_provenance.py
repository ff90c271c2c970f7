from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.shards import write_shard
from core.training.provenance import provenance
from tests import lambert

BUILD = {
    "recipe": {"name": "plate_normals", "version": 2, "families": [{"name": "room"}, {"name": "cluster"}]},
    "settings": {"width": 256, "height": 192, "samples": 16, "denoise": True},
    "seed": 0,
    "variant": "llvm_ad_rgb",
}


def test_the_facts_of_a_build_are_told(tmp_path: Path) -> None:
    (tmp_path / "build.json").write_text(json.dumps(BUILD))
    assert provenance(tmp_path) == {
        "folder": tmp_path.name,
        "recipe": "plate_normals 2",
        "families": ["room", "cluster"],
        "seed": 0,
        "size": [256, 192],
        "samples": 16,
        "denoised": True,
        "renderer": "mitsuba llvm_ad_rgb",
    }


def test_a_users_own_files_are_counted_by_licence(tmp_path: Path) -> None:
    used = [
        {"kind": "hdri", "name": "park", "licence": "CC0"},
        {"kind": "texture", "name": "wall", "licence": "CC0"},
        {"kind": "texture", "name": "door", "licence": "mine"},
    ]
    made = [(key, data, {**meta, "assets": used[: meta["index"] + 1]}) for key, data, meta in lambert.samples(4)]
    write_shard(tmp_path / "a.tar", made)
    assert provenance(tmp_path) == {
        "folder": tmp_path.name,
        "assets": {"hdri": {"CC0": 1}, "texture": {"CC0": 1, "mine": 1}},
    }


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", json.dumps({**BUILD, "recipe": None})])
def test_data_made_by_other_means_tells_its_name_only(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "build.json").write_text(text)
    assert provenance(tmp_path) == {"folder": tmp_path.name}
