"""The tables of occlusion: the figures mean what they say, the reference is what rays give, errors are one line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.camera import PinholeCamera
from core.image import Image, encode_exr
from core.occlusion.geometry import Radius, surfaces_of
from core.occlusion.gtao import GtaoSettings, gtao
from core.occlusion.shape_set import make_shapes
from core.shards import write_shard
from tests.core.occlusion.corner import corner
from tests.occlusion_models import make_occlusion_model, make_style_model

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
NAMES = ("occlusion", "occlusion_style", "occlusion_scenes")


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in NAMES:
        sys.modules.pop(name, None)


def bench(name: str) -> ModuleType:
    return importlib.import_module(name)


def scene_set(folder: Path, settings: GtaoSettings | None) -> Path:
    """Two corners whose reference is the formula with these settings: its error is known to be nothing."""
    samples = []
    for number in range(2):
        normals, depth, camera = corner(40, 56)
        radii = [0.3, 0.9]
        made = [gtao(surfaces_of(normals, camera.ray_slopes(), Radius(r), depth), settings) for r in radii]
        names = [f"{layer}.{c}" for layer in ("N", "Ng") for c in ("red", "green", "blue")]
        image = Image(
            np.concatenate([normals, normals, depth[..., None], *made], -1),
            (*names, "depth.Z", "occlusion.r0", "occlusion.r1"),
        )
        lens = {"focal_length_mm": camera.focal_length_mm, "horizontal_aperture_mm": 36.0}
        meta = {"occlusion_radii": radii, "camera": lens, "family": "room", "scene": f"s{number}"}
        samples.append((f"s{number}", encode_exr(image, dtype="float"), meta))
    write_shard(folder / "a.tar", samples)
    return folder


def test_the_formula_has_no_error_against_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    data = scene_set(tmp_path / "data", None)
    model = make_occlusion_model(tmp_path / "model")
    sheet = tmp_path / "sheet.png"
    code = bench("occlusion").main(["--data", str(data), "--model", str(model), "--threads", "1", "--out", str(sheet)])
    told = capsys.readouterr().out
    row = next(line for line in told.splitlines() if line.startswith("| normals + depth"))
    network, formula, nothing = (float(cell) for cell in row.split("|")[2:5])
    assert formula == pytest.approx(0.0, abs=2e-4)
    assert network > nothing > 0.01
    assert code == 1, "a model worse than the formula misses the limit"
    assert sheet.is_file()


def test_tuning_finds_settings_that_are_no_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    wanted = GtaoSettings(strength=1.2)
    data = scene_set(tmp_path / "data", wanted)
    module = bench("occlusion")
    monkeypatch.setattr(module, "GRID", {"strength": (0.8, 1.0, 1.2)})
    monkeypatch.setattr(module, "TUNED_PIXELS", 60)
    assert module.tune(data, 0) == wanted


def test_the_radii_of_a_scene_follow_its_depth_and_its_number() -> None:
    module = bench("occlusion_scenes")

    class Spec:
        seed, index = 3, 5

    depth = np.full((4, 4), 2.0, np.float32)
    radii, again, twice = (module.radii_of(Spec, d) for d in (depth, depth, 2 * depth))
    assert radii == again
    np.testing.assert_allclose(twice, 2 * np.asarray(radii))
    assert 0.04 <= radii[0] < 0.072
    np.testing.assert_allclose(np.diff(np.log(radii)), np.log(1.8))


def test_style_is_measured_where_it_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = bench("occlusion_style")
    flat = np.full((64, 64, 3), 0.5, np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[28:36, 28:36] = 1.0
    assert module.figures(flat, flat, mask) == (0.0, 0.0, 0.0)
    edge, waves = flat.copy(), flat.copy()
    edge[:, 50:] += 0.1
    waves[:, ::2] += 0.1
    assert module.figures(edge, flat, mask)[1] > 0.05
    assert module.figures(edge, flat, mask)[2] < 0.2 * module.figures(waves, flat, mask)[2]
    make_shapes(tmp_path / "shapes", 2, 64, 1)
    model = str(make_style_model(tmp_path / "model"))
    sheet = tmp_path / "sheet.png"
    command = ["--data", str(tmp_path / "shapes"), "--model", model, "--out", str(sheet), "--crop", "48"]
    assert module.main([*command, "--threads", "1"]) == 0
    assert "| box | 0." in capsys.readouterr().out
    assert sheet.is_file()


@pytest.mark.parametrize("name", ["occlusion", "occlusion_style"])
def test_a_missing_set_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make = make_occlusion_model if name == "occlusion" else make_style_model
    model = str(make(tmp_path / "model"))
    assert bench(name).main(["--data", str(tmp_path / "gone"), "--model", model]) == 2
    assert "gone" in capsys.readouterr().err


def test_rays_give_a_corner_its_half() -> None:
    pytest.importorskip("mitsuba")
    from scene_generator.families.layout import at, camera, facing
    from scene_generator.renderers import RenderSettings
    from scene_generator.renderers.variant import choose_variant
    from tests.scene_generator.renderers import scenes

    variant = choose_variant("auto")[0]
    if not variant.startswith("llvm"):
        pytest.skip("rays are followed by the LLVM variant")
    module = bench("occlusion_scenes")
    renderer = module.OcclusionRenderer(variant, 16, threads=1)
    renderer.denoise_occlusion = False
    settings = RenderSettings(48, 48, samples=1, denoise=False, occlusion_samples=128, passes=module.PASSES)
    view = camera((0, 3, 0.4), (0, 0, -0.4), 40.0)
    floor, wall = (
        scenes.thing("quad", (40, 40), at(0, 0, 0)),
        scenes.thing("quad", (40, 40), facing((0, 0, -1), (0, 0, 1))),
    )
    frame = renderer.render(scenes.spec(floor, wall, view=view), settings)
    found, radii = frame.passes["occlusion"], np.asarray(renderer.radii)
    place = np.asarray(view.to_world).reshape(4, 4)
    lens = PinholeCamera(48, 48, view.focal_length_mm, view.horizontal_aperture_mm)
    z = (lens.position_from_depth(frame.passes["depth"]) @ place[:3, :3].T + place[:3, 3])[..., 2]
    on_floor = frame.passes["normal"] @ place[:3, :3].T @ np.array([0.0, 1.0, 0.0]) > 0.9
    for which, radius in enumerate(radii):
        near, far = on_floor & (z < -1 + 0.06 * radius), on_floor & (z > -1 + 1.01 * radius)
        if near.any():
            assert found[near][:, which].mean() == pytest.approx(0.5, abs=0.1)
        if far.any():
            assert found[far][:, which].min() > 0.999
    # A larger radius never opens anything: the same rays are compared with each.
    assert (np.diff(found, axis=-1) <= 1e-6).all()
    assert any((on_floor & (z > -1 + r)).any() for r in radii), "the picture shows what is beyond a radius"
    assert float(found[on_floor][:, -1].min()) < 0.62
