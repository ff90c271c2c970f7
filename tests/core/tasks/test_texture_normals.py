from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadChannels, BadConfig
from core.export.run import export_run
from core.image import Image
from core.losses.texture_slopes import slopes_of_normals
from core.shards import write_shard
from core.tasks import build_task
from core.tasks.texture_normals import TextureNormals
from core.textures.model import open_texture_model
from core.textures.packing import pair_bytes
from core.textures.predict import predict_texture
from core.textures.slopes import normals_from_slopes, slopes_from_height
from core.training.batches import collate
from core.training.config import TrainConfig
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.optimiser import optimiser_of
from core.training.run_folder import RunFolder
from tests import lambert
from tests.texture_models import bumps

SMALL = {"widths": [4, 4, 8, 8], "detail": 4, "depth": 1}
PLAIN = {"shaded": 0, "hollowed": 0, "printed": 0, "hue": 0, "contrast": 0, "brightness": 0, "grey": 0, "jpeg": 0}


def config(**changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "task": "texture_normals",
        "steps": 12,
        "batch": 2,
        "size": 64,
        "warmup_steps": 1,
        "ema_decay": 0.5,
        "validate_every": 6,
        "preview_every": 12,
        "log_every": 1,
        "validation_share": 0.3,
        "pretrained": False,
        "model": SMALL,
    }
    return TrainConfig(**{**settings, **changes})  # type: ignore[arg-type]


def picture(seed: int, height: int = 72, width: int = 80) -> tuple[np.ndarray, np.ndarray]:
    relief = bumps(height, width, seed)
    grey = np.clip(0.5 + 0.1 * relief, 0.02, 0.98)
    return np.repeat(grey[..., None], 3, -1), normals_from_slopes(slopes_from_height(relief, True))


def shard_of(folder: Path, count: int = 6) -> Path:
    samples = []
    for k in range(count):
        color, normals = picture(k)
        surface = np.full((72, 80, 2), 0.25) if k % 2 else None
        meta = {"scene": f"s{k}", "family": "test", "repeat": 3 if k == 0 else 1}
        samples.append((f"p{k}", pair_bytes(color, normals, surface), meta))
    write_shard(folder / "pairs-00000.tar", samples)
    return folder


def task_of(**changes: object) -> TextureNormals:
    built = build_task(config(**changes))
    assert isinstance(built, TextureNormals)
    return built


def packed(task: TextureNormals, seed: int) -> dict[str, np.ndarray]:
    color, normals = picture(seed)
    layers = {"": np.concatenate([color, np.ones_like(color[..., :1])], -1), "N": normals}
    return dict(task.pack(Image.from_layers(layers), {}))


def test_a_sample_shows_colour_and_slopes_of_the_same_place() -> None:
    # Linear in this range: slopes are a fixed factor times the derivative of the colour, however it is cut and turned.
    task = task_of(augmentation={**PLAIN, "noise": 0, "turned": 0.5})
    frame = packed(task, 1)
    frame["color"] = np.repeat(
        np.round(255 * np.clip(0.5 + 0.1 * bumps(72, 80, 1), 0, 1)).astype(np.uint8)[..., None], 3, -1
    )
    for seed in range(12):
        sample = task.training_sample(frame, 64, np.random.default_rng(seed))
        derived = slopes_from_height(10 * sample["color"][0], False)[4:-4, 4:-4]
        slopes = sample["slopes"].transpose(1, 2, 0)[4:-4, 4:-4]
        assert np.corrcoef(derived.ravel(), slopes.ravel())[0, 1] > 0.97
        assert sample["known"].max() == 0


def test_a_view_of_a_scene_is_no_texture(tmp_path: Path) -> None:
    # Its layers have the same names, and its normals would be learnt as relief.
    lambert.write_set(tmp_path)
    task = build_task(config())
    with pytest.raises(BadChannels, match=r"record \S+: shows a scene, whose normals are in camera space"):
        load_frames(task, [tmp_path], validation_share=0.5, validation_limit=4, seed=0)


def test_samples_are_pure_and_of_any_size() -> None:
    task = task_of()
    frame = packed(task, 2)
    first, second = (task.training_sample(frame, 96, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert first["color"].shape == (3, 96, 96)
    assert task.validation_sample(frame)["slopes"].shape == (2, 64, 64)


def test_it_trains_exports_and_runs_as_one_model(tmp_path: Path) -> None:
    settings = config(steps=30, learning_rates={"network": 0.005}, augmentation=PLAIN)
    task = build_task(settings)
    frames = load_frames(task, [shard_of(tmp_path / "data")], validation_share=0.3, validation_limit=8, seed=0)
    run = RunFolder(tmp_path / "run")
    run.start(settings, {})
    result = fit(task, frames, settings, run)
    rows = [row for row in run.rows() if "loss" in row]
    first, last = (np.mean([row["loss"] for row in part]) for part in (rows[:5], rows[-5:]))
    assert last < 0.9 * first
    assert set(result.validation) >= {"degrees", "scaled_degrees", "flat_degrees", "correlation"}
    card = export_run(tmp_path / "run", tmp_path / "model")
    assert card.outputs[0].encoding == "tangent_space_normals_opengl"
    model = open_texture_model(tmp_path / "model", "cpu", 1)
    color = picture(3)[0].astype(np.float32)
    found = predict_texture(model, color, True)
    moved = predict_texture(model, np.roll(color, (32, 32), (0, 1)), True)
    assert found.slopes.shape == (72, 80, 2)
    assert np.isfinite(moved.slopes).all()
    assert (tmp_path / "run" / "previews" / "step_000030.png").is_file()


def test_a_frame_with_repeat_is_seen_more_often(tmp_path: Path) -> None:
    task = build_task(config())
    frames = load_frames(task, [shard_of(tmp_path)], validation_share=0.0, validation_limit=0, seed=0)
    assert [key.split("/")[1] for key in frames.training_keys] == ["p0", "p0", "p0", "p1", "p2", "p3", "p4", "p5"]
    assert frames.training[0] is frames.training[2]
    assert "surface" in frames.training[3]
    assert "surface" not in frames.training[0]


def test_the_card_names_the_authors_of_the_textures() -> None:
    sets = [{"folder": "a", "assets": {"texture": {"CC0-1.0 Anna": 2, "CC-BY-3.0 Ben": 5}}}, {"folder": "b"}]
    named = {"name": "m", "version": "1", "weights": "", "sha256": "", "precision": "fp32", "description": ""}
    card = task_of().card({**named, "data": {"sets": sets}, "credits": ("by hand",)})
    assert card.credits == ("Textures: CC-BY-3.0 Ben (5)", "Textures: CC0-1.0 Anna (2)", "by hand")


def test_what_is_exported_is_as_strong_as_what_was_held_out() -> None:
    task = task_of()
    batch = collate([task.validation_sample(packed(task, seed)) for seed in (0, 1)])
    task.model.eval()
    with torch.no_grad():
        plain, _ = task.model(batch["color"])
        # A reference of twice the strength of the answer.
        twice = {**batch, "slopes": 2.0 * slopes_of_normals(plain)}
        figures = task.metrics(task.model, twice)
        normals, _ = task.deployed(figures)(batch["color"])
        found = slopes_of_normals(normals)
    assert torch.allclose(found, twice["slopes"], atol=1e-4)
    assert task.deployed({}) is task.model


def test_roughness_is_learnt_only_where_it_is_known() -> None:
    task = task_of()
    batch = collate([task.validation_sample(packed(task, 1))])
    assert float(task.phases()[0].losses(batch).losses["surface"].detach()) == 0.0
    known = {**batch, "known": torch.ones_like(batch["known"]), "surface": torch.zeros_like(batch["surface"])}
    assert float(task.phases()[0].losses(known).losses["surface"].detach()) > 0.01


def test_the_auto_encoder_is_trained_by_the_same_command_with_amsgrad() -> None:
    task = task_of(model={"network": "autoencoder"})
    outcome = task.phases()[0].losses(collate([task.validation_sample(packed(task, 1))]))
    assert list(outcome.losses) == ["square"]
    optimiser = optimiser_of(task, task.model, config(model={"network": "autoencoder"}))
    assert all(group["amsgrad"] for group in optimiser.param_groups)
    plain = task_of()
    assert not any(group["amsgrad"] for group in optimiser_of(plain, plain.model, config()).param_groups)


def test_bad_settings_are_refused() -> None:
    for model, word in (({"network": "gan"}, "gan"), ({"deep": 3}, "deep"), ({"objective": {"sheen": 1}}, "sheen")):
        with pytest.raises(BadConfig, match=word):
            build_task(config(model=model))
