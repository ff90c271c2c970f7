from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadChannels, BadConfig
from core.export.run import export_run
from core.image import Image
from core.materials.model import open_material_model
from core.materials.parameters import to_quantities
from core.materials.picture import Crop
from core.tasks import build_task
from core.tasks.material import Material, pack_material
from core.tasks.material_experiment import MaterialExperiment
from core.training.batches import collate
from core.training.config import TrainConfig, read_recipe
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.optimiser import optimiser_of
from core.training.run_folder import RunFolder
from tests.material_models import ball_image, write_balls


def config(task: str = "material", **changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "task": task,
        "steps": 4,
        "batch": 4,
        "size": 32,
        "warmup_steps": 1,
        "ema_decay": 0.5,
        "validate_every": 4,
        "preview_every": 4,
        "log_every": 1,
        "validation_share": 0.3,
        "pretrained": False,
        "model": {"width": 32} if task == "material" else {"network": "vgg16", "width": 0.05},
    }
    return TrainConfig(**{**settings, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_balls(tmp_path_factory.mktemp("balls"), 12)


def material(**changes: object) -> Material:
    task = build_task(config("material", **changes))
    assert isinstance(task, Material)
    return task


def frame(parameters: np.ndarray) -> dict[str, np.ndarray]:
    return dict(pack_material(ball_image(parameters), {"parameters": [float(p) for p in parameters]}))


def test_a_run_is_trained_exported_and_asked(balls: Path, tmp_path: Path) -> None:
    task = material()
    frames = load_frames(task, [balls], validation_share=0.3, validation_limit=8, seed=0)
    run = RunFolder(tmp_path / "run")
    run.start(task.config, {})
    result = fit(task, frames, task.config, run)
    assert result.finished
    assert {"mae", "base_color", "specular_color", "specular_roughness", "metalness", "rerender"} <= set(
        result.validation
    )
    assert list((tmp_path / "run" / "previews").glob("*.png"))
    card = export_run(tmp_path / "run", tmp_path / "model")
    assert card.parity["mean_quantities"] < 0.01
    assert "mean_degrees" not in card.parity
    model = open_material_model(tmp_path / "model", "cpu", 1)
    sample = task.validation_sample(frames.validation[0])
    picture, mask = sample["picture"].transpose(1, 2, 0), sample["mask"][0]
    answer = model.run(Crop(picture, mask, 32, 0.0))
    with torch.no_grad():
        both = torch.from_numpy(np.stack([sample["picture"], sample["picture"][..., ::-1]]).copy())
        inside = torch.from_numpy(np.stack([sample["mask"], sample["mask"][..., ::-1]]).copy())
        wanted = result.model.eval()(both, inside)[0].flatten(1).mean(0).numpy()
    assert np.abs(answer.quantities - wanted).max() < 0.01


def test_it_learns_four_colours_by_heart() -> None:
    torch.manual_seed(0)
    task = material(learning_rates={"encoder": 3e-3, "head": 3e-3}, augmentation={"exposure": 0.0, "zoom": 0.0})
    colors = [(0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8), (0.8, 0.8, 0.8)]
    made = [frame(np.array([1, *color, 1, 1, 1, 1, 0.4, 0], np.float32)) for color in colors]
    optimiser = optimiser_of(task, task.model, task.config)
    (phase,) = task.phases()
    rng = np.random.default_rng(0)
    first = last = 0.0
    for _ in range(50):
        batch = collate([task.training_sample(one, 32, rng) for one in made])
        outcome = phase.losses(batch)
        optimiser.zero_grad()
        sum(outcome.losses.values()).backward()  # type: ignore[union-attr]
        for group in optimiser.param_groups:
            group["lr"] = 3e-3
        optimiser.step()
        last = float(outcome.shown["mae"])
        first = first or last
    assert last < 0.5 * first
    with torch.no_grad():
        figures = task.metrics(task.model.eval(), collate([task.validation_sample(one) for one in made]))
    assert figures["base_color"] < 0.2


def test_what_is_outside_the_mask_is_not_taken_for_the_object() -> None:
    torch.manual_seed(0)
    task = material()
    network = task.model.eval()
    picture, mask = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1.0
    with torch.no_grad():
        plain = network.predict(picture, mask)[0]
        empty = network.predict(picture, torch.zeros_like(mask))[0]
        whole = network.predict(picture, torch.ones_like(mask))[0]
    assert torch.allclose(empty, whole)
    assert not torch.allclose(plain, whole, atol=1e-4)


def test_hidden_numbers_weigh_less() -> None:
    task = material(model={"width": 32, "objective": {"unseen": 0.0, "rerender": 0.0}})
    task.model.eval()
    chalk = frame(np.array([1, 0.8, 0.8, 0.8, 1, 1, 1, 1, 0.95, 0], np.float32))
    batch = collate([task.validation_sample(chalk)])
    (phase,) = task.phases()

    def loss() -> float:
        with torch.no_grad():
            return float(sum(phase.losses(batch).losses.values()))

    before = loss()
    assert not batch["seen"][0, 3:6].any()
    batch["quantities"][:, 3:6] = 0.0
    assert loss() == pytest.approx(before, abs=1e-6)
    batch["quantities"][:, 0:3] = 0.0
    assert loss() > before + 0.05


def test_samples_hold_what_was_rendered_whatever_their_size() -> None:
    task = material(size=64)
    parameters = np.array([0.9, 0.5, 0.4, 0.3, 0.8, 0.6, 0.7, 1, 0.35, 0.5], np.float32)
    for size in (32, 64):
        sample = task.training_sample(frame(parameters), size, np.random.default_rng(0))
        assert sample["picture"].shape == (3, size, size)
        assert sample["mask"].shape == (1, size, size)
        assert np.allclose(sample["quantities"].ravel(), to_quantities(parameters), atol=1e-6)
        assert sample["lights"].shape == (9, 3, 1)


def test_channels_are_dealt_out_for_picture_and_material_alike() -> None:
    still = {"exposure": 0, "white": 0, "zoom": 0, "shift": 0, "noise": 0, "softened": 0, "ragged": 0}
    task = material(size=64, augmentation={**still, "dealt": 1.0})
    parameters = np.array([0.5, 0.9, 0.5, 0.1, 1, 0.8, 0.4, 0.2, 0.35, 0.5], np.float32)
    given = frame(parameters)
    plain = task.validation_sample(given)
    orders = set()
    for seed in range(12):
        sample = task.training_sample(given, 64, np.random.default_rng(seed))
        order = tuple(np.argsort(-sample["quantities"].ravel()[:3]))  # where the red, green and blue went
        orders.add(order)
        assert np.allclose(sample["quantities"][3:6][list(order)], plain["quantities"][3:6])
        assert np.array_equal(sample["seen"][:6].reshape(2, 3)[:, order], plain["seen"][:6].reshape(2, 3))
        assert np.allclose(sample["picture"].mean((1, 2))[list(order)], plain["picture"].mean((1, 2)), atol=2e-3)
        assert np.allclose(sample["quantities"][6:], plain["quantities"][6:])
    assert len(orders) > 3


def test_what_is_deployed_doubts_as_much_as_held_out_samples_say() -> None:
    task = material()
    picture, mask = torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    task.model.eval()
    with torch.no_grad():
        found, expected = task.model(picture, mask)
        again, more = task.deployed({"mae": 0.15, "expected_mae": 0.1}).eval()(picture, mask)
        assert torch.equal(found, again)
        assert torch.allclose(more, (1.5 * expected).clamp(max=1.0))
        assert task.deployed({}) is task.model
        _, most = task.deployed({"mae": 0.9, "expected_mae": 0.01}).eval()(picture, mask)
        assert torch.allclose(most, (2.0 * expected).clamp(max=1.0))


def test_bad_samples_and_settings_are_refused() -> None:
    good = [0.5] * 10
    with pytest.raises(BadChannels, match="10 numbers"):
        pack_material(ball_image(np.full(10, 0.5)), {"parameters": good[:9]})
    with pytest.raises(BadChannels, match="10 numbers"):
        pack_material(ball_image(np.full(10, 0.5)), {"parameters": [*good[:9], 1.5]})
    with pytest.raises(BadChannels, match="no alpha"):
        pack_material(Image(np.zeros((32, 32, 3), np.float32), ("R", "G", "B")), {"parameters": good})
    with pytest.raises(BadConfig, match="'blur': unknown"):
        material(augmentation={"blur": 1})
    with pytest.raises(BadConfig, match="'gloss': unknown"):
        material(model={"objective": {"gloss": 1}})
    with pytest.raises(BadConfig, match="model settings"):
        material(model={"depth": 3})
    with pytest.raises(BadConfig, match="choose one of vgg16"):
        build_task(config("material_experiment", model={"network": "alexnet"}))
    with pytest.raises(BadConfig, match="this task has none"):
        build_task(config("material_experiment", augmentation={"zoom": 1}))


@pytest.mark.parametrize("model", [{"network": "vgg16", "bins": 0}, {"network": "resnet50", "bins": 11}])
def test_the_experiments_networks_train(balls: Path, tmp_path: Path, model: dict[str, object]) -> None:
    task = build_task(config("material_experiment", model={**model, "width": 0.05}, steps=2, validate_every=2))
    assert isinstance(task, MaterialExperiment)
    frames = load_frames(task, [balls], validation_share=0.3, validation_limit=4, seed=0)
    run = RunFolder(tmp_path / "run")
    run.start(task.config, {})
    result = fit(task, frames, task.config, run)
    assert 0 < result.validation["mae"] < 0.6
    assert ("mae_likeliest" in result.validation) == bool(model["bins"])
    card = export_run(tmp_path / "run", tmp_path / "model")
    assert [port.name for port in card.outputs] == ["parameters"]


@pytest.mark.parametrize(
    "name",
    ["material_first", "material_large"]
    + [f"material_{net}_{head}" for net in ("vgg16", "resnet50") for head in ("regression", "bins101", "bins1001")],
)
def test_the_recipes_that_come_along_are_whole(name: str) -> None:
    recipe = read_recipe(name)
    task = build_task(recipe)
    assert isinstance(task, Material | MaterialExperiment)
    if isinstance(task, MaterialExperiment):
        assert recipe.validation_share == 0.1875
        head = name.split("_")[-1]
        assert task.model.bins == (0 if head == "regression" else int(head.removeprefix("bins")))
