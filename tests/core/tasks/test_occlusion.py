from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.camera import PinholeCamera
from core.errors import BadChannels, BadConfig
from core.export.run import export_run
from core.image import Image, encode_exr
from core.networks.occlusion_unet import OcclusionUNet
from core.occlusion.geometry import Radius, surfaces_of
from core.occlusion.gtao import gtao
from core.occlusion.model import open_occlusion_model
from core.occlusion.predict import predict_occlusion
from core.shards import write_shard
from core.tasks import build_task
from core.tasks.occlusion import Occlusion
from core.training.batches import collate
from core.training.config import TrainConfig
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.run_folder import RunFolder
from tests.core.occlusion.corner import corner

SMALL = {"widths": [4, 4, 4, 8, 8, 8], "context": 1}
CALM = {"without_depth": 0, "smooth": 0, "rough_normals": 0}
SIZE = 64


def config(**changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "task": "occlusion",
        "steps": 24,
        "batch": 2,
        "size": SIZE,
        "warmup_steps": 1,
        "ema_decay": 0.5,
        "validate_every": 12,
        "preview_every": 24,
        "log_every": 1,
        "validation_share": 0.3,
        "pretrained": False,
        "model": SMALL,
    }
    return TrainConfig(**{**settings, **changes})  # type: ignore[arg-type]


def scene(radii: tuple[float, ...] = (0.3, 1.0)) -> tuple[Image, dict[str, object]]:
    """A corner; the reference is the formula's, which is enough to learn from."""
    normals, depth, camera = corner(SIZE, SIZE)
    made = [gtao(surfaces_of(normals, camera.ray_slopes(), Radius(r), depth)) for r in radii]
    pixels = np.concatenate([normals, depth[..., None], *made], -1)
    names = ("N.red", "N.green", "N.blue", "depth.Z", *(f"occlusion.r{k}" for k in range(len(radii))))
    meta: dict[str, object] = {
        "occlusion_radii": list(radii),
        "camera": {"focal_length_mm": camera.focal_length_mm, "horizontal_aperture_mm": 36.0},
    }
    return Image(pixels, names), meta


def task_of(**changes: object) -> Occlusion:
    built = build_task(config(**changes))
    assert isinstance(built, Occlusion)
    return built


def test_a_sample_is_what_the_command_would_tell_the_network() -> None:
    task = task_of(augmentation=CALM)
    image, meta = scene((0.3,))
    sample = task.validation_sample(task.pack(image, meta))
    normals, depth, camera = corner(SIZE, SIZE)
    told = surfaces_of(normals, camera.ray_slopes(), Radius(0.3), depth)
    np.testing.assert_allclose(sample["depth"][0], told.depth, rtol=1e-4)
    np.testing.assert_allclose(sample["slopes"].transpose(1, 2, 0), told.slopes, atol=1e-5)
    np.testing.assert_allclose(sample["normals"].transpose(1, 2, 0), told.normals, atol=1e-3)
    assert (sample["known"] == 1.0).all()


def test_turning_a_sample_turns_its_normals_and_rays() -> None:
    task = task_of(augmentation=CALM)
    image, meta = scene((0.3,))
    frame = task.pack(image, meta)
    seen = set()
    for seed in range(12):
        sample = task.training_sample(frame, SIZE, np.random.default_rng(seed))
        points = np.concatenate([sample["slopes"], -np.ones((1, SIZE, SIZE))]) * sample["depth"]
        for axis, step in (
            (1, points[:, 2:, 1:-1] - points[:, :-2, 1:-1]),
            (2, points[:, 1:-1, 2:] - points[:, 1:-1, :-2]),
        ):
            along = np.abs((step * sample["normals"][:, 1:-1, 1:-1]).sum(0)) / np.linalg.norm(step, axis=0)
            assert float(np.median(along)) < 1e-3, axis  # normals stand upright on the surface that the depth tells
        seen.add(tuple(np.round(sample["normals"].mean((1, 2)), 2)))
        again = task.training_sample(frame, SIZE, np.random.default_rng(seed))
        assert all(np.array_equal(sample[name], again[name]) for name in sample)
    assert len(seen) >= 4


def test_a_plate_without_depth_gets_a_plane() -> None:
    task = task_of(augmentation={**CALM, "without_depth": 1.0})
    image, meta = scene((0.5,))
    sample = task.training_sample(task.pack(image, meta), SIZE, np.random.default_rng(0))
    assert (sample["known"] == 0.0).all()
    assert len(np.unique(sample["depth"])) == 1
    depth = corner(SIZE, SIZE)[1]
    assert float(sample["depth"].max()) == pytest.approx(float(np.median(depth)) / 0.5, rel=1e-4)


def test_rough_normals_stay_unit() -> None:
    task = task_of(augmentation={**CALM, "rough_normals": 1.0})
    image, meta = scene((0.5,))
    sample = task.training_sample(task.pack(image, meta), SIZE, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(sample["normals"], axis=0), 1.0, atol=1e-4)


def test_what_is_missing_is_named() -> None:
    task = task_of()
    image, meta = scene((0.3,))
    with pytest.raises(BadChannels, match="radii"):
        task.pack(image, {**meta, "occlusion_radii": [1.0, 2.0]})
    with pytest.raises(BadChannels, match="occlusion"):
        task.pack(Image(image.pixels[..., :4], image.channels[:4]), meta)
    for change, word in (
        ({"model": {"widths": [4, 4]}}, "widths"),
        ({"model": {"deep": 1}}, "deep"),
        ({"augmentation": {"fog": 1}}, "fog"),
        ({"augmentation": {"smooth": 2}}, "0..1"),
    ):
        with pytest.raises(BadConfig, match=word):
            build_task(config(**change))


def test_it_trains_exports_and_runs_as_one_model(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    image, meta = scene()
    exr = encode_exr(image, dtype="float")
    write_shard(tmp_path / "data" / "a.tar", [(f"s{k}", exr, {**meta, "scene": f"s{k}"}) for k in range(5)])
    settings = config(augmentation=CALM, learning_rates={"network": 0.01})
    task = build_task(settings)
    frames = load_frames(task, [tmp_path / "data"], validation_share=0.3, validation_limit=4, seed=0)
    run = RunFolder(tmp_path / "run")
    run.start(settings, {})
    result = fit(task, frames, settings, run)
    rows = [row for row in run.rows() if "loss" in row]
    first, last = (np.mean([row["mae"] for row in part]) for part in (rows[:4], rows[-4:]))
    assert last < 0.9 * first
    assert set(result.validation) == {"mae", "mae_without_depth", "mae_of_open"}
    card = export_run(tmp_path / "run", tmp_path / "model")
    assert card.parity["mean_occlusion"] < 0.01
    model = open_occlusion_model(tmp_path / "model", "cpu", 1)
    normals, depth, camera = corner(50, 70)
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(0.3), depth)
    found = predict_occlusion(model, surfaces)
    assert found.shape == (50, 70, 1)
    assert 0.0 <= float(found.min()) <= float(found.max()) <= 1.0


def test_the_network_sees_only_ratios_and_neither_sky_nor_its_depth() -> None:
    torch.manual_seed(0)
    network = OcclusionUNet(**SMALL).eval()  # type: ignore[arg-type]
    batch = collate([task_of().validation_sample(task_of().pack(*scene((0.3,))))])
    depth = batch["depth"].clone()
    depth[..., :9, :] = 0.0
    with torch.no_grad():
        found = network(batch["normals"], batch["slopes"], depth, batch["known"])
    assert float(found[..., :9, :].min()) == 1.0
    assert float(found[..., 9:, :].min()) < 0.99


def _formula_of(
    depth: np.ndarray, normals: np.ndarray, camera: PinholeCamera, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """What a network that has learnt nothing says, and the formula at full resolution; (H, W) each."""
    surfaces = surfaces_of(normals, camera.ray_slopes(), Radius(radius), depth)
    planes = (surfaces.normals.transpose(2, 0, 1), surfaces.slopes.transpose(2, 0, 1), surfaces.depth[None])
    inputs = [torch.from_numpy(np.ascontiguousarray(plane))[None] for plane in planes]
    with torch.no_grad():
        found = OcclusionUNet(**SMALL).eval()(*inputs, torch.ones_like(inputs[2]))  # type: ignore[arg-type]
    return found[0, 0].numpy(), gtao(surfaces)[..., 0]


def test_before_it_has_learnt_anything_the_network_is_the_formula() -> None:
    normals, depth, camera = corner(64, 96)
    found, formula = _formula_of(depth, normals, camera, 1.0)
    assert float(np.abs(found - formula).mean()) < 0.25 * float((1.0 - formula).mean())


def test_a_thin_pole_leaves_no_copies_beside_it() -> None:
    """A pole before a wall that faces the camera: what is closed on the wall fades evenly to both sides."""
    camera = PinholeCamera.from_fov_degrees(128, 64, 50.0)
    depth = np.full((64, 128), 4.0, np.float32)
    depth[:, 62:65] = 3.0
    normals = np.zeros((64, 128, 3), np.float32)
    normals[..., 2] = 1.0
    found, _ = _formula_of(depth, normals, camera, 2.0)
    beside = found[24:40, 68:120].mean(0)
    assert float(beside.min()) < 0.97
    # Even: no pixel is darker than the wider neighbourhood, as a copy of the pole would be.
    smooth = np.convolve(beside, np.full(9, 1 / 9), "valid")
    assert float(np.abs(beside[4:-4] - smooth).max()) < 0.02


def test_a_wider_network_begins_with_the_answers_of_a_narrower_one() -> None:
    """And all that it has more of learns."""
    torch.manual_seed(3)
    narrow, wide = (OcclusionUNet(widths=widths, context=2).eval() for widths in ([4] * 6, [6, 7, 8, 8, 9, 10]))
    for part in narrow.parameters():  # a network that has learnt something
        part.data += 0.05 * torch.randn_like(part)
    wide.load_state_dict(narrow.state_dict())
    batch = collate([task_of().validation_sample(task_of().pack(*scene((0.3,))))])
    given = [batch[name] for name in ("normals", "slopes", "depth", "known")]
    with torch.no_grad():
        assert torch.allclose(narrow(*given), wide(*given), atol=1e-5)
    wide.train()(*given).square().mean().backward()
    head = wide.head.weight.grad
    assert head is not None
    assert float(head[:, 4:].abs().min()) > 0.0
    with pytest.raises(RuntimeError, match="size mismatch"):
        narrow.load_state_dict(wide.state_dict())


def test_weights_from_before_the_formula_was_told_at_full_size_still_load() -> None:
    network = OcclusionUNet(**SMALL)  # type: ignore[arg-type]
    older = dict(network.state_dict())
    older["down.0.0.weight"] = older["down.0.0.weight"][:, :-1]
    again = OcclusionUNet(**SMALL)  # type: ignore[arg-type]
    again.load_state_dict(older)
    weight = again.state_dict()["down.0.0.weight"]
    assert torch.equal(weight[:, :-1], older["down.0.0.weight"])
    assert float(weight[:, -1].abs().max()) == 0.0
