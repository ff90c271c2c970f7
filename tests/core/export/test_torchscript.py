"""TorchScript for Nuke: the file says what `platelight normals` says, at any size, and follows its attributes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.card import LOOKS, load_card
from core.cli.main import entry
from core.color import linear_to_srgb
from core.errors import BadConfig, ModelMismatch, WorkFailed
from core.export import export_run, operators, script_parity
from core.export import torchscript as exporter
from core.export.looks import counted_looks, look_sizes, mean_answer, weighted_answer
from core.export.plate_module import KNOBS, PlateModule
from core.export.torchscript import export_torchscript
from core.export.twins import make_twin
from core.inference.lens import Lens, plate_window
from core.inference.looks import whole_sizes
from core.inference.plate_normals import ViewSettings, make_views, predict
from core.inference.session import open_model
from core.normals import angular_error_degrees
from nuke_plugin.cattery.script_card import read_script_card
from tests.core.export.scripted_runs import BATCH_NORMED, KINDS, write_run

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind -> folder with the model as ONNX and as TorchScript."""
    root = tmp_path_factory.mktemp("scripted")
    for kind in KINDS:
        run = write_run(KINDS[kind], root / "runs" / kind)
        command = ["export", str(run), "--out", str(root / kind), "--precision", "fp32", "--torchscript"]
        assert entry(command) == 0
    return {kind: root / kind for kind in KINDS}


def load(folder: Path) -> Any:
    card = json.loads((folder / "torchscript.json").read_text())
    return script_parity.loaded((folder / card["weights"]).read_bytes())


def plate(height: int, width: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    columns, rows = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 2, height))
    smooth = np.stack([np.sin(columns + c) * np.cos(rows * (c + 1)) + 1.0 for c in range(3)], axis=-1)
    return (smooth + 0.1 * rng.random((height, width, 3))).astype(np.float32)


def run(module: Any, pixels: Any, kind: torch.dtype = torch.float32) -> np.ndarray[Any, np.dtype[np.float32]]:
    frame = torch.from_numpy(np.ascontiguousarray(np.asarray(pixels, np.float32).transpose(2, 0, 1)[None]))
    with torch.no_grad():
        answer = module(frame.to(kind))
    assert answer.dtype == kind
    assert answer.is_contiguous()
    found: np.ndarray[Any, np.dtype[np.float32]] = answer[0].float().numpy().transpose(1, 2, 0)
    return found


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(("size", "looks"), [((37, 51), 1), ((200, 131), 2), ((131, 200), 4)])
def test_it_says_what_the_command_line_says(
    models: dict[str, Path], kind: str, size: tuple[int, int], looks: int
) -> None:
    pixels = plate(*size)
    module = load(models[kind])
    module.looks = float(looks)
    answer = run(module, pixels)
    expected = predict(open_model(models[kind], "cpu"), pixels, settings=ViewSettings(looks=looks))
    assert angular_error_degrees(answer[..., :3], expected.normals).mean() < 0.02
    sure = np.ones(size) if expected.confidence is None else expected.confidence
    np.testing.assert_allclose(answer[..., 3], sure, atol=2e-3)
    assert (kind == "sure") == bool(answer[..., 3].std() > 1e-4)


def test_the_card_describes_the_file(models: dict[str, Path]) -> None:
    folder = models["sure"]
    card = json.loads((folder / "torchscript.json").read_text())
    data = (folder / card["weights"]).read_bytes()
    assert card["weights"] == "plate_normals.pt"
    assert card["sha256"] == hashlib.sha256(data).hexdigest()
    assert card["bytes"] == len(data)
    assert card["model_sha256"] == load_card(folder).sha256
    assert card["parity"]["mean_degrees"] < 0.02
    module = load(folder)
    assert [knob["name"] for knob in card["knobs"]] == [knob.name for knob in KNOBS]
    for knob in card["knobs"]:
        assert type(getattr(module, knob["name"])) is float
        assert getattr(module, knob["name"]) == knob["default"]
    assert not list(module.buffers())


def test_what_comes_out_has_the_plates_size_and_type(models: dict[str, Path]) -> None:
    module = load(models["sure"])
    for height, width in ((1, 1), (5, 300), (64, 101)):
        answer = run(module, plate(height, width))
        assert answer.shape == (height, width, 4)
        np.testing.assert_allclose(np.linalg.norm(answer[..., :3], axis=2), 1.0, atol=1e-5)
        assert ((answer[..., 3] >= 0) & (answer[..., 3] <= 1)).all()
    whole = run(module, plate(64, 101))
    half = run(module.half(), plate(64, 101), torch.float16)
    assert 0 < angular_error_degrees(half[..., :3], whole[..., :3]).mean() < 1.0


def test_values_that_are_no_light_are_made_safe(models: dict[str, Path]) -> None:
    module = load(models["plain"])
    broken, mended = plate(40, 70), plate(40, 70)
    broken[3, 4], mended[3, 4] = (np.nan, -5.0, -np.inf), 0.0
    broken[9, 9], mended[9, 9] = np.inf, 65504.0
    np.testing.assert_array_equal(run(module, broken), run(module, mended))


def test_each_attribute_does_what_it_says(models: dict[str, Path]) -> None:
    module, pixels = load(models["sure"]), plate(90, 150)
    first = run(module, pixels)
    np.testing.assert_array_equal(run(module, pixels), first)
    for axis, name in enumerate(("flip_x", "flip_y", "flip_z")):
        setattr(module, name, 1.0)
        flipped = run(module, pixels)
        setattr(module, name, 0.0)
        sign = np.ones(4)
        sign[axis] = -1.0
        np.testing.assert_allclose(flipped, first * sign, atol=1e-6)
    module.exposure = 1.0
    np.testing.assert_allclose(run(module, 0.5 * pixels), first, atol=1e-4)
    module.exposure, module.encoded = 0.0, 1.0
    shown = run(module, linear_to_srgb(pixels.clip(0, 1)))
    module.encoded = 0.0
    np.testing.assert_allclose(shown, run(module, pixels.clip(0, 1)), atol=1e-3)
    module.keep_alpha = 1.0
    alpha = np.linspace(0, 1, 90 * 150, dtype=np.float32).reshape(90, 150, 1)
    kept = run(module, np.dstack([pixels, alpha]))
    np.testing.assert_array_equal(kept[..., :3], first[..., :3])
    np.testing.assert_array_equal(kept[..., 3:], alpha)
    np.testing.assert_array_equal(run(module, pixels), first)  # no alpha came in: the confidence stays
    module.keep_alpha = 0.0
    others = (("fov", 20.0), ("size", 96.0), ("looks", 2.0), ("detail", 0.0), ("pixel_aspect", 2.0), ("center_x", 0.5))
    for name, value in others:
        before = getattr(module, name)
        setattr(module, name, value)
        assert angular_error_degrees(run(module, pixels)[..., :3], first[..., :3]).mean() > 0.01, name
        setattr(module, name, before)


def test_rays_and_view_are_those_of_the_command_line() -> None:
    module = PlateModule(torch.nn.Identity(), 64, 50.0)
    pixels = plate(101, 333)
    frame = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())
    for rows, columns in ((64, 192), (128, 352)):  # smaller than the plate, and larger
        (view,) = make_views([pixels], 101, 333, [(rows, columns)])
        (made,) = (seen[0].numpy().transpose(1, 2, 0) for seen in module.views(frame, [rows, columns]))
        np.testing.assert_allclose(made, view, atol=2e-6)
    window = plate_window(333, 101, Lens(), 50.0, pixel_aspect=1.5)
    module.pixel_aspect = 1.5
    np.testing.assert_allclose(module.rays(101, 333, 64, 192)[0].numpy(), window.rays(64, 192), atol=1e-6)


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("step", [14, 32])
def test_the_sizes_of_the_views_are_those_of_the_command_line(looks: int, step: int) -> None:
    for size in ((step, step), (3 * step, 5 * step), (13 * step, 2 * step), (6 * step, 11 * step)):
        made = look_sizes(*size, step, looks)
        assert tuple(zip(made[::2], made[1::2], strict=True)) == whole_sizes(size, step, looks)


def test_a_knob_between_two_numbers_of_looks_takes_the_nearer() -> None:
    assert [counted_looks(value) for value in (-1.0, 1.0, 1.4, 2.0, 2.9, 3.1, 4.0, 9.0)] == [1, 1, 1, 2, 2, 4, 4, 4]


def test_where_looks_cancel_the_last_one_is_taken() -> None:
    last = torch.tensor([0.6, 0.0, 0.8, 0.5]).reshape(1, 4, 1, 1)
    opposite = last * torch.tensor([-1.0, 1.0, -1.0, 1.0]).reshape(1, 4, 1, 1)
    made = mean_answer(weighted_answer(last) + weighted_answer(opposite), 2, last)
    torch.testing.assert_close(made[0, :, 0, 0], torch.tensor([0.6, 0.0, 0.8, 0.5]))


def test_an_answer_counts_by_the_square_of_its_confidence() -> None:
    sure = torch.tensor([0.0, 0.0, 1.0, 0.8]).reshape(1, 4, 1, 1)
    unsure = torch.tensor([1.0, 0.0, 0.0, 0.4]).reshape(1, 4, 1, 1)
    made = mean_answer(weighted_answer(sure) + weighted_answer(unsure), 2, unsure)
    torch.testing.assert_close(made[0, :, 0, 0], torch.tensor([1.0 / 17**0.5, 0.0, 4.0 / 17**0.5, 0.6]))


def test_the_axis_of_an_off_centre_crop_is_where_it_is_said_to_be() -> None:
    """The right half of a frame: its left edge is the axis, and its field of view that of a frame of its own size."""
    module = PlateModule(torch.nn.Identity(), 64, 90.0)
    whole = module.rays(100, 400, 64, 256)
    module.center_x = -1.0
    module.fov = 2.0 * float(np.degrees(np.arctan(0.5)))
    np.testing.assert_allclose(module.rays(100, 200, 64, 128).numpy(), whole[..., 128:].numpy(), atol=1e-6)


def test_an_answer_that_is_another_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: dict[str, Path]
) -> None:
    training = write_run(KINDS["plain"], tmp_path / "run")
    export_run(training, tmp_path / "out", precision="fp32")
    before = {path.name for path in (tmp_path / "out").iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(script_parity, "LIMIT_DEGREES", {"fp32": -1.0})
        with pytest.raises(WorkFailed, match="differs from ONNX Runtime"):
            export_torchscript(training, tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(exporter, "KNOWN_OPERATORS", operators.KNOWN_OPERATORS - {"aten::conv2d"})
        with pytest.raises(WorkFailed, match="aten::conv2d"):
            export_torchscript(training, tmp_path / "out")
    with pytest.raises(ModelMismatch, match="export the run again"):
        export_torchscript(write_run(KINDS["drawn"], tmp_path / "other"), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("kind", ["sure", "drawn", "batch"])
def test_a_models_graph_is_enough(tmp_path: Path, models: dict[str, Path], kind: str) -> None:
    """Weights from the ONNX file make the same TorchScript as the run does."""
    if kind == "batch":
        training = write_run(BATCH_NORMED, tmp_path / "run")
        export_run(training, tmp_path / "model", precision="fp16")
        made = export_torchscript(training, tmp_path / "model")
        folder, limit = tmp_path / "model", 0.3
        assert made.parity["twin_largest"] < 1e-3
    else:
        folder, limit = models[kind], 0.01
    assert entry(["export", str(folder), "--out", str(tmp_path / "out"), "--torchscript"]) == 0
    card = json.loads((tmp_path / "out" / "torchscript.json").read_text())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {card["weights"], "torchscript.json"}
    assert card["parity"]["mean_degrees"] < 0.01
    first, second = run(load(folder), plate(50, 90)), run(load(tmp_path / "out"), plate(50, 90))
    assert angular_error_degrees(first[..., :3], second[..., :3]).mean() < limit


def test_the_plug_in_reads_the_card(models: dict[str, Path]) -> None:
    model = read_script_card(str(models["sure"]))
    assert model.oldest_libtorch == (1, 12)
    assert {attribute.name: attribute.default for attribute in model.attributes} == {
        knob.name: getattr(load(models["sure"]), knob.name) for knob in KNOBS
    }


def test_other_networks_are_refused_by_name() -> None:
    with pytest.raises(BadConfig, match="Linear"):
        make_twin(torch.nn.Linear(2, 2))
