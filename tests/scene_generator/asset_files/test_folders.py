"""Folders become a library that names its assets, travels to workers, and refuses what it cannot vouch for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadConfig, BadInput, FileMissing
from core.image import Image, write_image
from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary, scan
from scene_generator.spec import (
    Bump,
    Camera,
    ColorTexture,
    Material,
    Pattern,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
)

pytest.importorskip("trimesh")

SHARED = Path(os.environ.get("PLATELIGHT_SHARED", "../shared")) / "data"
TENT = "v -1 0 -1\nv 1 0 -1\nv 1 0 1\nv -1 0 1\nv 0 3 0\nf 1 2 3 4\nf 1 5 2\nf 2 5 3\nf 3 5 4\nf 4 5 1\n"


def grey(path: Path, value: float, size: tuple[int, int] = (8, 8)) -> None:
    write_image(path, Image(np.full((*size, 3), value, np.float32), ("R", "G", "B")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One folder for each kind: a mesh, a set of two maps and a lone picture, a map of the sky."""
    for name in ("meshes/camp", "textures", "hdris"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "meshes/camp/tent.obj").write_text(TENT)
    grey(tmp_path / "textures/brick_color.png", 0.5)
    grey(tmp_path / "textures/brick_rough.png", 0.25)
    grey(tmp_path / "textures/poster.png", 0.75)
    grey(tmp_path / "hdris/dusk.exr", 0.5, (16, 32))
    return tmp_path


def library(folder: Path, licence: str = "unstated") -> AssetLibrary:
    return scan([folder / "meshes"], [folder / "textures"], [folder / "hdris"], licence)


def dressed(mesh: str = "", texture: str = "", hdri: str = "") -> SceneSpec:
    """A scene two of whose objects, and whose sky, name assets."""
    flat = Pattern("flat", 0)
    plain = Material(
        base=1.0,
        base_color=ColorTexture((0.2, 0.2, 0.2), (0.2, 0.2, 0.2), flat),
        metalness=ScalarTexture(0.0, 0.0, flat),
        specular=1.0,
        specular_roughness=ScalarTexture(0.5, 0.5, flat),
        bump=Bump(0.0, flat),
    )
    rest = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0)
    things = (
        SceneObject("floor", Shape("quad", (1.0, 1.0)), rest, plain),
        SceneObject("tent", Shape("mesh", (), asset=mesh), rest, dataclasses.replace(plain, texture_set=texture)),
        SceneObject("other", Shape("mesh", (), asset=mesh), rest, plain),
    )
    sky = Sky((1, 1, 1), (1, 1, 1), (1, 1, 1), hdri=hdri)
    return SceneSpec("none", "none", 0, 0, 0, Camera(rest, 35.0), things, (), sky)


def test_assets_are_named_measured_and_readable_after_a_journey(folder: Path) -> None:
    (folder / "textures/brick_ao.png").write_bytes((folder / "textures/brick_rough.png").read_bytes())
    (folder / "textures/readme.txt").write_text("hello")
    found = library(folder)
    assert [a.name for a in found.index.meshes] == ["camp/tent"]
    assert [a.name for a in found.index.textures] == ["brick", "poster"]
    assert [a.name for a in found.index.hdris] == ["dusk"]
    assert found.index.meshes[0].extent == pytest.approx((2 / 3, 1.0, 2 / 3), abs=1e-5)
    assert [Path(path).name for path in found.ignored] == ["brick_ao.png", "readme.txt"]
    told = found.summary()
    assert told.startswith("1 mesh, 2 textures, 1 environment map; of no use here: ")
    assert told.endswith(", ".join(found.ignored))
    there = pickle.loads(pickle.dumps(found))
    assert there == found
    np.testing.assert_allclose(np.ptp(there.mesh("camp/tent").positions, axis=0), [2 / 3, 1, 2 / 3], atol=1e-5)
    maps = there.texture("brick", 16)
    assert maps.base_color.shape == (16, 16, 3)
    np.testing.assert_allclose(maps.roughness, 64 / 255, atol=1e-6)
    np.testing.assert_allclose(there.hdri("dusk"), 1.0, atol=1e-3)
    assert there.mesh("camp/tent") is there.mesh("camp/tent")
    with pytest.raises(ValueError, match="read-only"):
        maps.roughness[0, 0] = 1


def test_hashes_are_of_the_content(folder: Path) -> None:
    found = library(folder)
    poster = (folder / "textures/poster.png").read_bytes()
    assert found.index.textures[1].sha256 == hashlib.sha256(poster).hexdigest()
    before = found.index.textures[0].sha256
    grey(folder / "textures/brick_rough.png", 0.9)
    assert library(folder).index.textures[0].sha256 != before


def _other_place(folder: Path) -> None:
    pass


def _renamed(folder: Path) -> None:
    (folder / "textures/poster.png").rename(folder / "textures/print.png")


def _changed(folder: Path) -> None:
    grey(folder / "hdris/dusk.exr", 0.4, (16, 32))


def _licensed(folder: Path) -> None:
    (folder / "meshes/LICENSE.json").write_text(json.dumps({"licence": "CC0-1.0"}))


def _turned(folder: Path) -> None:
    (folder / "meshes/ASSETS.json").write_text(json.dumps({"up": "Z"}))


@pytest.mark.parametrize("change", [_other_place, _renamed, _changed, _licensed, _turned])
def test_the_fingerprint_is_of_what_matters(folder: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    before = library(folder).fingerprint()
    copy = tmp_path / "copy"
    for name in ("meshes", "textures", "hdris"):
        shutil.copytree(folder / name, copy / name)
    change(copy)
    assert len(before) == 64
    assert (library(copy).fingerprint() == before) == (change is _other_place)


def test_the_empty_library() -> None:
    assert NO_LIBRARY.fingerprint() == ""
    assert scan() == NO_LIBRARY
    assert NO_LIBRARY.used(dressed()) == []


def test_licences_go_to_the_manifest(folder: Path) -> None:
    notes = {
        "licence": "CC0-1.0",
        "files": {
            "brick": {"licence": "CC-BY-4.0", "author": "A Mason"},
            "poster.png": {"license": "in-house"},
        },
    }
    (folder / "textures/ASSETS.json").write_text(json.dumps(notes))
    found = library(folder, "studio stock")
    assert [a.licence for a in found.index.textures] == ["CC-BY-4.0", "in-house"]
    assert found.index.meshes[0].licence == "studio stock"
    assert "ASSETS.json" not in {Path(path).name for path in found.ignored}
    used = found.used(dressed("camp/tent", "brick", "dusk"))
    assert [(u["kind"], u["name"], u["licence"], u["author"]) for u in used] == [
        ("hdri", "dusk", "studio stock", ""),
        ("mesh", "camp/tent", "studio stock", ""),
        ("texture", "brick", "CC-BY-4.0", "A Mason"),
    ]
    assert used[1]["sha256"] == hashlib.sha256(TENT.encode()).hexdigest()
    with pytest.raises(BadConfig, match=r"no texture 'bricks'.*brick"):
        found.used(dressed(texture="bricks"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "JSON"),
        ("[]", "list"),
        ('{"licence": 3}', "licence"),
        ('{"colour": "red"}', "unknown keys"),
        ('{"up": "X"}', "up"),
        ('{"depth": 4}', "depth"),
        ('{"files": {"camp/tnet": {}}}', "camp/tnet"),
        ('{"files": {"camp/tent": {"lisense": "x"}}}', "lisense"),
    ],
)
def test_notes_that_cannot_be_used_are_refused(folder: Path, text: str, why: str) -> None:
    (folder / "meshes/ASSETS.json").write_text(text)
    with pytest.raises(BadConfig, match=rf"ASSETS\.json.*{why}"):
        library(folder)


def test_one_notes_file_is_enough(folder: Path) -> None:
    for name in ("ASSETS.json", "LICENSE.json"):
        (folder / "meshes" / name).write_text("{}")
    with pytest.raises(BadConfig, match="keep one"):
        library(folder)


def test_notes_turn_a_mesh_upright(folder: Path) -> None:
    (folder / "meshes/ASSETS.json").write_text(json.dumps({"files": {"camp/tent": {"up": "Z"}}}))
    assert library(folder).index.meshes[0].extent == pytest.approx((2 / 3, 2 / 3, 1.0), abs=1e-5)


def test_names_are_unique_over_folders(folder: Path) -> None:
    other = folder / "more"
    (other / "camp").mkdir(parents=True)
    (other / "camp/tent.obj").write_text(TENT)
    with pytest.raises(BadConfig, match=r"more/camp/tent\.obj and .*meshes/camp/tent\.obj.*rename"):
        scan([folder / "meshes", other])


@pytest.mark.parametrize("broken", ["meshes/aaa.glb", "textures/aaa.png", "hdris/aaa.exr", "textures/cut.png"])
def test_a_broken_file_among_good_ones_stops_the_scan(folder: Path, broken: str) -> None:
    whole = (folder / "textures/poster.png").read_bytes()
    (folder / broken).write_bytes(whole[: len(whole) // 2] if "cut" in broken else b"not at all")
    with pytest.raises(BadInput, match=Path(broken).name.replace(".", r"\.")):
        library(folder)


def test_folders_that_hold_nothing_or_are_not_there(folder: Path) -> None:
    with pytest.raises(FileMissing, match="nowhere"):
        scan([folder / "nowhere"])
    with pytest.raises(FileMissing, match=r"poster\.png.*file"):
        scan(textures=[folder / "textures/poster.png"])
    with pytest.raises(BadConfig, match="holds no mesh files"):
        scan([folder / "textures"])


def test_a_file_that_changes_during_a_run_is_noticed(folder: Path) -> None:
    found = library(folder)
    grey(folder / "textures/poster.png", 0.1)
    with pytest.raises(BadInput, match=r"poster\.png.*changed"):
        found.texture("poster", 8)


def test_gltf_counts_its_buffers(folder: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    files = trimesh.exchange.gltf.export_gltf(trimesh.Scene(trimesh.creation.box()))
    place = folder / "gltf"
    place.mkdir()
    for name, data in files.items():
        (place / name).write_bytes(data)
    found = scan([place])
    assert [a.name for a in found.index.meshes] == ["model"]
    assert found.ignored == ()
    buffer = next(path for path in place.iterdir() if path.suffix == ".bin")
    buffer.write_bytes(buffer.read_bytes()[:-4] + b"\0\0\0\0")
    assert scan([place]).index.meshes[0].sha256 != found.index.meshes[0].sha256
    buffer.unlink()
    with pytest.raises(BadInput, match=rf"model\.gltf.*{buffer.name}"):
        scan([place])


def test_shared_texture_pairs_by_their_names() -> None:
    place = SHARED / "texture_pairs"
    if not place.is_dir():
        pytest.skip("the shared texture pairs are not here")
    stems = sorted(path.name.removesuffix("_color.jpg") for path in place.glob("*_color.jpg"))[:3]
    from scene_generator.asset_files.textures import group, read_maps

    sets = group(path.name for path in place.iterdir() if path.suffix in (".jpg", ".webp"))
    assert len(sets) == len(list(place.glob("*_color.jpg")))
    for stem in stems:
        maps = read_maps({role: place / name for role, name in sets[stem].items()}, 64, 0.0)
        assert maps.base_color is not None
        assert maps.normal is not None
        assert maps.normal[..., 2].mean() > 0.5
        np.testing.assert_allclose(np.linalg.norm(maps.normal, axis=-1), 1.0, atol=1e-5)


def test_all_files_of_a_folder_that_cannot_be_used_are_named_at_once(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"t{number:02d}.png").write_text("no picture")
    with pytest.raises(BadInput) as found:
        scan(textures=[tmp_path])
    told = str(found.value)
    assert "t00.png: cannot be read as an image" in told
    assert all(f"t{number:02d}.png" in told for number in range(9))
    assert told.endswith("t08.png and 3 more cannot be used either")
    assert "\n" not in told


def test_links_to_folders_elsewhere_are_followed_and_others_not(tmp_path: Path) -> None:
    library, elsewhere = tmp_path / "library", tmp_path / "shared" / "rocks"
    for place in (library / "v003", elsewhere):
        place.mkdir(parents=True)
        (place / "tent.obj").write_text(TENT)
    (library / "rocks").symlink_to(elsewhere)
    (library / "latest").symlink_to("v003")  # the same meshes once more
    (elsewhere / "round").symlink_to(library)  # a ring
    assert [mesh.name for mesh in scan(meshes=[library]).index.meshes] == ["rocks/tent", "v003/tent"]
    assert [mesh.name for mesh in scan(meshes=[library / "latest"]).index.meshes] == ["tent"]


def test_a_folder_with_two_spellings_counts_once(folder: Path, tmp_path: Path) -> None:
    hdris = folder / "hdris"
    link = tmp_path / "link to it"
    link.symlink_to(hdris, target_is_directory=True)
    once = scan(hdris=[hdris])
    assert scan(hdris=[hdris, folder / "." / "x" / ".." / "hdris", link]).sources == once.sources


def test_a_gltf_in_a_linked_folder_takes_its_buffers_from_there(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    (tmp_path / "shared").mkdir()
    trimesh.creation.box().export(tmp_path / "shared" / "box.gltf")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "rocks").symlink_to(tmp_path / "shared")
    (source,) = scan(meshes=[tmp_path / "library"]).sources
    assert source.asset.name == "rocks/box"
    assert len(source.files) > 1


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "tent.obj").write_text(TENT)
    listed = os.listdir

    def refuse(path: Path) -> list[str]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(BadInput, match="locked: cannot be listed"):
        scan(meshes=[tmp_path])
