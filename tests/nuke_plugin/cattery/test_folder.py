"""The Cattery folder holds what cat.json says, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813
import pytest

from nuke_plugin.cattery.folder import assemble, main
from nuke_plugin.cattery.icon import normals_ball
from nuke_plugin.errors import ModelMissing


@pytest.fixture
def gizmo(tmp_path: Path) -> str:
    path = tmp_path / "PlateNormals.gizmo"
    path.write_text("Group {\n}\n")
    return str(path)


def test_everything_that_cat_json_names_is_there(model_folder: Path, tmp_path: Path, gizmo: str) -> None:
    (model_folder / "PlateNormals.cat").write_bytes(b"cat")
    names = assemble(str(tmp_path / "out"), str(model_folder), gizmo=gizmo)
    folder = tmp_path / "out" / "PlateNormals"
    assert names == sorted(path.name for path in folder.iterdir())
    said = json.loads((folder / "cat.json").read_text())
    assert said["minimum_nuke_version_required"] == 14.0
    assert said["version"] == 3.0
    (cat,) = said["cats"]
    assert cat["name"] == "PlateNormals"
    assert {cat["filepath"], cat["icon"], "PlateNormals@2x.png", "PlateNormals.cat", "init.py"} <= set(names)
    assert {"plate_normals.pt", "torchscript.json"} <= set(names)
    compile((folder / "init.py").read_text(), "init.py", "exec")


def test_it_is_replaced_and_nothing_else_is(model_folder: Path, tmp_path: Path, gizmo: str) -> None:
    out = tmp_path / "out"
    assert "PlateNormals.cat" not in assemble(str(out), str(model_folder), gizmo=gizmo)
    (out / "PlateNormals" / "left_over").touch()
    (tmp_path / "made.cat").write_bytes(b"cat")
    names = assemble(str(out), str(model_folder), str(tmp_path / "made.cat"), gizmo)
    assert "PlateNormals.cat" in names
    assert "left_over" not in names
    with pytest.raises(ModelMissing, match=r"none\.cat"):
        assemble(str(out), str(model_folder), str(tmp_path / "none.cat"), gizmo)
    assert sorted(path.name for path in (out / "PlateNormals").iterdir()) == names
    foreign = tmp_path / "foreign" / "PlateNormals"
    foreign.mkdir(parents=True)
    (foreign / "of_someone.txt").write_text("mine")
    with pytest.raises(ModelMissing, match="no Cattery folder"):
        assemble(str(tmp_path / "foreign"), str(model_folder), gizmo=gizmo)
    assert (foreign / "of_someone.txt").read_text() == "mine"
    with pytest.raises(ModelMissing, match="cannot be written"):
        assemble(gizmo, str(model_folder), gizmo=gizmo)


def test_the_command(model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", str(model_folder), "--out", str(tmp_path / "out")]) == 0
    assert "Make model file" in capsys.readouterr().out
    assert (tmp_path / "out" / "PlateNormals" / "PlateNormals.gizmo").stat().st_size > 1000
    assert main(["--model", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("platelight: ")


def test_the_icon_is_a_ball_of_normals(tmp_path: Path) -> None:
    for side in (26, 52):
        path = tmp_path / f"{side}.png"
        path.write_bytes(normals_ball(side))
        pixels = np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.UINT8))
        assert pixels.shape == (side, side, 4)
        assert pixels[0, 0, 3] == 0
        middle, right, top = pixels[side // 2, side // 2], pixels[side // 2, side - 3], pixels[3, side // 2]
        np.testing.assert_allclose(middle, (128, 128, 255, 255), atol=12)
        assert right[0] > 220
        assert top[1] > 200
