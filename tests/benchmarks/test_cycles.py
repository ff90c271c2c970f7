"""The comparison with Cycles: what is exported, how the two are compared, the tables, and what goes wrong."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import MissingPart, RenderFailed
from core.image import Image
from core.normals import normalize
from scene_generator.recipe import load_recipe
from scene_generator.spec import Camera, QuadLight, SceneSpec, Sky
from tests import lambert

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "cycles"
MODULES = ("agreement", "compare", "render_cycles", "render_ours", "scene_arrays")
CAMERA = (0.8, 0.0, 0.6, 1.0, 0.0, 1.0, 0.0, 2.0, -0.6, 0.0, 0.8, 3.0, 0.0, 0.0, 0.0, 1.0)
FACTS = {4: {"family": "room", "materials": 3, "triangles": 1200, "lights": 1}}


@pytest.fixture(name="cycles")
def _cycles(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES if name != "render_ours"})
    for name in MODULES:
        sys.modules.pop(name, None)


def frames() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What our side of a sphere on nothing is, and the colour that Cycles is to have."""
    image = lambert.frame(lambert.Scene(wall=False), 32, 32)
    normal = image.layer("N")
    return {"beauty": image.rgb() + 0.1, "normal": normal, "normal_unbumped": normal}, image.rgb() + 0.1


def multilayer(cycles: SimpleNamespace, beauty: np.ndarray, normal: np.ndarray) -> Image:
    """As Blender writes it: world-space normals with +Z up."""
    world = normal @ np.array(CAMERA).reshape(4, 4)[:3, :3].T
    pixels = np.concatenate([beauty, world @ cycles.render_cycles.UP.T, np.zeros_like(normal)], -1).astype(np.float32)
    layers = ("Combined.R", "Combined.G", "Combined.B", "Normal.X", "Normal.Y", "Normal.Z")
    rest = tuple(f"ViewLayer.Denoising Normal.{axis}" for axis in "XYZ")
    return Image(pixels, (*(f"ViewLayer.{name}" for name in layers), *rest))


def test_what_blender_writes_comes_back_in_camera_space(cycles: SimpleNamespace) -> None:
    ours, beauty = frames()
    light, normal = cycles.agreement.cycles_passes(multilayer(cycles, beauty, ours["normal"] * 0.7), CAMERA)
    np.testing.assert_allclose(light, beauty)
    np.testing.assert_allclose(normal, ours["normal"] * 0.7, atol=1e-6)
    with pytest.raises(ValueError, match="Normal"):
        cycles.agreement.cycles_passes(Image(beauty, ("Combined.R", "Combined.G", "Combined.B")), CAMERA)


def test_agreement_measures_the_angle_that_was_put_in(cycles: SimpleNamespace) -> None:
    ours, beauty = frames()
    there = np.linalg.norm(ours["normal"], axis=-1) > 0.5
    turn = math.radians(3.0)
    axis = normalize(np.cross(ours["normal"], [0.3, 0.5, 0.1]))
    other = ours["normal"] * math.cos(turn) + np.cross(axis, ours["normal"]) * math.sin(turn)
    y, x = np.argwhere(there)[0]
    other[y, x] *= 0.5  # a mixture of two surfaces: counted as short, not compared
    found, degrees = cycles.agreement.agreement(
        {**ours, "normal_unbumped": other / np.linalg.norm(other + 1e-12, axis=-1, keepdims=True)}, beauty * 1.25, other
    )
    assert found.median == pytest.approx(3.0, abs=1e-3)
    assert found.mean == pytest.approx(3.0, abs=1e-3)
    assert found.unbumped_mean == pytest.approx(0.0, abs=1e-3)
    assert found.radiance == pytest.approx(1.25)
    assert found.compared == pytest.approx((there.sum() - 1) / there.size)
    assert found.short == pytest.approx(1 / there.sum())
    assert np.isnan(degrees[~there]).all()
    assert np.isnan(degrees[y, x])
    with pytest.raises(ValueError, match="no pixel"):
        cycles.agreement.agreement(ours, beauty, np.zeros_like(other))


def test_picture_shows_the_difference_where_it_is(cycles: SimpleNamespace) -> None:
    ours, beauty = frames()
    there = np.linalg.norm(ours["normal"], axis=-1) > 0.5
    other = beauty.copy()
    other[2, 3] += 0.2
    degrees = np.where(there, 0.0, np.nan).astype(np.float32)
    degrees[16, 18] = 90.0
    picture = cycles.agreement.rows_of(ours, other, ours["normal"], degrees)
    assert picture.shape == (64, 96, 3)
    difference, angle = picture[:32, 64:], picture[32:, 64:]
    assert np.argwhere(difference.any(-1)).tolist() == [[2, 3]]
    assert (angle[~there] == 96).all()
    assert angle[16, 18].min() > 200  # white
    assert angle[16, 14].max() < 50  # dark
    np.testing.assert_array_equal(picture[32:, :32], picture[32:, 32:64])


def test_exported_arrays_are_what_our_renderer_gets(cycles: SimpleNamespace, tmp_path: Path) -> None:
    light = QuadLight(CAMERA, (4.0, 2.0, 1.0))
    spec = SceneSpec("r", "f", 0, 0, 0, Camera(CAMERA, 50.0), (), (light,), Sky((1, 1, 1), (1, 1, 1), (0, 0, 0)))
    whole = cycles.scene_arrays.pinhole_scene(load_recipe("plate_normals"), 3, 1)
    assert whole.camera.f_number == 0
    objects = whole.objects[:3]
    arrays = cycles.scene_arrays.scene_arrays(SceneSpec(**{**vars(spec), "objects": objects}), 16)
    facts = cycles.scene_arrays.write_scene(arrays, tmp_path / "scene.npz")
    with np.load(tmp_path / "scene.npz") as stored:
        assert int(stored["count"]) == facts["materials"] == len({thing.material for thing in objects})
        assert stored["0.base_color"].shape == (16, 16, 3)
        assert stored["0.faces"].max() < len(stored["0.positions"]) == len(stored["0.uvs"])
        np.testing.assert_array_equal(stored["camera"], np.array(CAMERA).reshape(4, 4))
        np.testing.assert_array_equal(stored["radiance"], [[4, 2, 1]])
        assert stored["lens"].tolist() == [50.0, 36.0]
        assert facts["triangles"] == sum(len(stored[f"{k}.faces"]) for k in range(facts["materials"]))


def test_lights_shine_the_same_way_with_the_same_radiance(
    cycles: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycles.render_cycles, "_matrix", lambda ours: ours)
    data = SimpleNamespace(
        lights=SimpleNamespace(new=lambda name, kind: SimpleNamespace(kind=kind)),
        objects=SimpleNamespace(new=lambda name, data: SimpleNamespace(data=data)),
    )
    matrix = np.array(CAMERA).reshape(4, 4) @ np.diag([1.5, 0.5, 1, 1])
    light = cycles.render_cycles._light(SimpleNamespace(data=data), "light", matrix, np.array([4.0, 2.0, 1.0]))
    assert (light.data.size, light.data.size_y) == pytest.approx((3.0, 1.0))
    radiance = light.data.energy * np.asarray(light.data.color) / (math.pi * 3.0)
    np.testing.assert_allclose(radiance, [4, 2, 1])
    np.testing.assert_allclose(-light.matrix_world[:3, 2], matrix[:3, 2])
    np.testing.assert_allclose(light.matrix_world[:3, 3], [1, 2, 3])
    assert np.linalg.det(light.matrix_world[:3, :3]) == pytest.approx(1)


def test_a_lamp_is_a_body_just_behind_what_shines(cycles: SimpleNamespace) -> None:
    matrix = np.array(CAMERA).reshape(4, 4) @ np.diag([1.5, 0.5, 2, 1])
    local = (np.array([*cycles.render_cycles.lamp_corners(matrix).T, [1.0] * 4]).T @ np.linalg.inv(matrix).T)[:, :3]
    np.testing.assert_allclose(local, [[-1, -1, -5e-4], [1, -1, -5e-4], [1, 1, -5e-4], [-1, 1, -5e-4]], atol=1e-9)


def test_times_of_both_are_joined_by_scene(cycles: SimpleNamespace) -> None:
    theirs = {"rows": [{"index": 4, "data blocks": 0.5, "render": 3.5}]}
    ours = {"rows": [{"index": 4, "making": 9.0, "render": 2.0}]}
    joined = cycles.compare.seconds_of(theirs, ours)
    assert cycles.compare.ratio(joined[4]) == pytest.approx(2.0)
    table = cycles.compare.cost_table(FACTS, [joined, joined])
    assert "| Cycles: render | 3.50, 3.50 |" in table
    assert "| Cycles over here, without the making | 2.0, 2.0 |" in table
    with pytest.raises(ValueError, match="expected the same"):
        cycles.compare.seconds_of(theirs, {"rows": []})


def test_agreement_table_has_a_column_a_scene(cycles: SimpleNamespace) -> None:
    names = ("radiance", "compared", "median", "mean", "ninety", "unbumped_mean", "short")
    table = cycles.compare.agreement_table(FACTS, {4: dict.fromkeys(names, 0.25)})
    assert "| | room (4) |" in table
    assert "| triangles | 1,200 |" in table
    assert "| angle between the normals, median | 0.25° |" in table
    assert len({line.count("|") for line in table.strip().splitlines()}) == 1


def test_a_python_without_blender_is_told_with_the_remedy(
    cycles: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingPart, match="no such program"):
        cycles.compare.find_blender(str(tmp_path / "python"))
    if importlib.util.find_spec("bpy") is not None:
        pytest.skip("this Python has bpy")
    assert cycles.compare.main(["--out", str(tmp_path / "out")]) == MissingPart.exit_code
    told = capsys.readouterr().err
    assert "cannot import bpy" in told
    assert "pip install bpy" in told
    assert not (tmp_path / "out").exists()


def test_scripts_get_their_job_and_failures_name_the_log(
    cycles: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycles.compare, "HERE", tmp_path)
    read = "import json, pathlib, sys\njob = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
    write = "pathlib.Path(job['result']).write_text(json.dumps({'rows': job['scenes']}))\n"
    (tmp_path / "good.py").write_text(read + write, "utf-8")
    (tmp_path / "bad.py").write_text(read + "raise SystemExit('the lamp is broken')\n", "utf-8")
    job: dict[str, Any] = {"scenes": [1, 2]}
    assert cycles.compare.run(sys.executable, "good.py", job, tmp_path / "out", {}) == {"rows": [1, 2]}
    with pytest.raises(RenderFailed, match=r"the lamp is broken.*bad\.log"):
        cycles.compare.run(sys.executable, "bad.py", job, tmp_path / "out", {})


def test_our_side_takes_the_making_of_shapes_off(cycles: SimpleNamespace, tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    ours: ModuleType = importlib.import_module("render_ours")
    from scene_generator.renderers import Frame, RenderSettings

    passes = {"beauty": np.ones((8, 8, 4), np.float32), "normal": np.ones((8, 8, 3), np.float32)}
    renderer: Any = SimpleNamespace(render=lambda spec, settings: Frame(passes, 0, 0, 0, 1))
    spec = SceneSpec("r", "f", 0, 0, 0, Camera(CAMERA, 50.0), (), (), Sky((1, 1, 1), (1, 1, 1), (0, 0, 0)))
    frame, times = ours.timed(renderer, spec, RenderSettings(8, 8), 16, tmp_path / "frame.exr")
    assert frame.passes is passes
    assert times["making"] > 0  # at least the sky
    assert times["render"] < times["making"]  # this renderer makes nothing, and the making is taken off once
    assert (tmp_path / "frame.exr").stat().st_size > 0
