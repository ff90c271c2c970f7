"""The pix2pix task: two phases that share nothing wrongly, the data and figures of plate_normals, runs that go on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.card import load_card
from core.errors import BadConfig
from core.export import export_run
from core.inference.plate_normals import predict
from core.inference.session import open_model
from core.networks.discriminators import ImageDiscriminator, PatchDiscriminator
from core.tasks import build_task
from core.tasks.pix2pix_normals import Pix2PixNormals
from core.tasks.plate_normals import PlateNormals
from core.training.batches import collate
from core.training.checkpoint import read_checkpoint
from core.training.config import RECIPES, TrainConfig, read_recipe
from core.training.frames import FrameSets, load_frames
from core.training.loop import fit
from core.training.run_folder import RunFolder
from tests import lambert

torch.set_num_threads(1)
SMALL = {"width": 4, "depth": 5, "discriminator": "patch16"}
RECIPE_NAMES = ("pix2pix_l1", "pix2pix_patch", "pix2pix_image", "pix2pix_image286", "pix2pix_published")


def config(**changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {
        "task": "pix2pix_normals",
        "steps": 6,
        "batch": 2,
        "size": 32,
        "device": "cpu",
        "warmup_steps": 0,
        "gradient_clip": 1e9,
        "ema_decay": 0.0,
        "validate_every": 3,
        "preview_every": 0,
        "log_every": 1,
        "checkpoint_seconds": 1e9,
        "pretrained": False,
    }
    return TrainConfig(**{**settings, **changes, "model": {**SMALL, **changes.get("model", {})}})


def task(**changes: Any) -> Pix2PixNormals:
    built = build_task(config(**changes))
    assert isinstance(built, Pix2PixNormals)
    return built


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> FrameSets:
    folder = tmp_path_factory.mktemp("set")
    lambert.write_set(folder, 6)
    return load_frames(task(), [folder], validation_share=0.3, validation_limit=2, seed=0)


def batch(built: Pix2PixNormals, frames: FrameSets) -> dict[str, Tensor]:
    return collate([built.validation_sample(frame) for frame in frames.training[:2]])


def weights(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(value, b[name]) for name, value in a.items())


def grads(module: nn.Module) -> list[bool]:
    return [parameter.grad is not None for parameter in module.parameters()]


def test_samples_and_figures_are_those_of_plate_normals(frames: FrameSets) -> None:
    built = task()
    other = PlateNormals(TrainConfig(task="plate_normals", size=32, pretrained=False))
    frame = frames.training[0]
    for one, same_one in (
        (built.validation_sample(frame), other.validation_sample(frame)),
        *[tuple(t.training_sample(frame, 32, np.random.default_rng(3)) for t in (built, other))],
    ):
        assert one.keys() == same_one.keys()
        for name, value in one.items():
            np.testing.assert_array_equal(value, same_one[name])
    seen = batch(built, frames)
    built.model.eval()
    with torch.no_grad():
        assert built.metrics(built.model, seen) == other.metrics(built.model, seen)
        assert built.preview(built.model, seen).shape == (64, 96, 3)


def test_the_generator_phase_asks_for_l1_and_for_being_taken_as_true(frames: FrameSets) -> None:
    built = task(model={"lambda_l1": 7.0, "dropout": 0.0})
    seen = batch(built, frames)
    discriminator = built.discriminator
    assert discriminator is not None
    losses = built.phases()[0].losses(seen).losses
    with torch.no_grad():
        drawn = built.model.picture(seen["plate"])
        taken = torch.sigmoid(discriminator(torch.cat([2.0 * seen["plate"] - 1.0, drawn * seen["mask"]], 1)))
    surface = seen["mask"].expand(-1, 3, -1, -1) > 0.5
    l1 = 7.0 * float((drawn - seen["normals"]).abs()[surface].mean())
    assert losses["l1"].item() == pytest.approx(l1, rel=1e-5)
    assert losses["adversarial"].item() == pytest.approx(float(-taken.log().mean()), rel=1e-4)


def test_what_is_no_surface_has_no_say(frames: FrameSets) -> None:
    built = task(model={"dropout": 0.0})
    seen = batch(built, frames)
    seen["mask"] = seen["mask"].clone()
    seen["mask"][:, :, :, :16] = 0.0
    changed = {**seen, "normals": torch.where(seen["mask"] > 0.5, seen["normals"], -seen["normals"])}
    for phase in built.phases():
        one, other = phase.losses(seen).losses, phase.losses(changed).losses
        assert {name: value.item() for name, value in one.items()} == {
            name: value.item() for name, value in other.items()
        }


def test_each_phase_teaches_its_own_network_only(frames: FrameSets) -> None:
    """Even without the loop's freezing: nothing of the discriminator's phase reaches the generator."""
    built = task()
    generator, discriminator = built.phases()
    assert generator.module is built.model
    assert discriminator.module is built.discriminator
    own = {id(parameter) for parameter in generator.module.parameters()}
    assert own.isdisjoint(id(parameter) for parameter in discriminator.module.parameters())
    seen = batch(built, frames)
    torch.stack(list(generator.losses(seen).losses.values())).sum().backward()
    assert all(grads(generator.module))
    generator.module.zero_grad()
    discriminator.module.zero_grad()
    torch.stack(list(discriminator.losses(seen).losses.values())).sum().backward()
    assert all(grads(discriminator.module))
    assert not any(grads(generator.module))


def test_both_phases_see_the_same_drawing_of_this_batch_only(frames: FrameSets) -> None:
    built = task()
    generator, discriminator = built.phases()
    drawings: list[Tensor] = []
    built.model.generator.register_forward_hook(lambda module, given, drawn: drawings.append(drawn))
    seen = batch(built, frames)
    generator.losses(seen)
    discriminator.losses(seen)
    assert len(drawings) == 1, "dropout would draw another one"
    generator.losses(seen)
    discriminator.losses(batch(built, frames))
    assert len(drawings) == 3, "the drawing of another batch is not used"


def test_the_loop_trains_both_at_once(tmp_path: Path, frames: FrameSets) -> None:
    built = task()
    assert built.discriminator is not None
    before = [weights(built.model), weights(built.discriminator)]
    run = RunFolder(tmp_path)
    run.start(built.config, {})
    fit(built, frames, built.config, run)
    after = [weights(built.model), weights(built.discriminator)]
    assert not same(before[0], after[0])
    assert not same(before[1], after[1])
    for state in read_checkpoint(tmp_path).optimisers:
        assert {tuple(group["betas"]) for group in state["param_groups"]} == {(0.5, 0.999)}
    row = run.rows()[0]
    assert {"generator/l1", "generator/adversarial", "generator/degrees"} <= row.keys()
    assert {"discriminator/true", "discriminator/drawn", "discriminator/right_percent"} <= row.keys()


def test_regression_has_one_phase_and_no_discriminator(frames: FrameSets) -> None:
    built = task(model={"discriminator": "none"})
    # The first weights of the generator are those of every other variant, so that only the loss differs.
    assert same(weights(built.model), weights(task().model))
    (phase,) = built.phases()
    assert phase.losses(batch(built, frames)).losses.keys() == {"l1"}


@pytest.mark.parametrize("model", [{"discriminator": "none"}, {}, {"discriminator": "image", "adversarial": "lsgan"}])
def test_a_run_in_two_parts_ends_at_the_same_weights(tmp_path: Path, frames: FrameSets, model: dict[str, Any]) -> None:
    def learn(name: str, **options: Any) -> None:
        built = task(model=model)
        run = RunFolder(tmp_path / name)
        if not options.get("resume"):
            run.start(built.config, {})
        fit(built, frames, built.config, run, **options)

    learn("whole")
    learn("parts", stop_after=2)
    learn("parts", resume=True)
    one, other = (read_checkpoint(tmp_path / name) for name in ("whole", "parts"))
    assert len(one.modules) == (1 if model.get("discriminator") == "none" else 2)
    for a, b in zip([*one.modules, one.average], [*other.modules, other.average], strict=True):
        assert same(a, b)


@pytest.mark.parametrize("discriminator", ["none", "patch16", "image"])
def test_strong_l1_learns_a_mapping(tmp_path: Path, frames: FrameSets, discriminator: str) -> None:
    """Four pictures by heart, from random weights, with and without an opponent."""
    chosen = {"discriminator": discriminator, "width": 8, "dropout": 0.0, "lambda_l1": 100.0}
    built = task(model=chosen, steps=60, batch=4, validate_every=0, learning_rates={"generator": 2e-3})
    still = [built.validation_sample(frame) for frame in frames.training[:4]]
    built.training_sample = lambda frame, size, rng: still[int(frame["number"])]  # type: ignore[method-assign, assignment]
    numbered = FrameSets([{"number": np.int64(i)} for i in range(4)], [], [], [])  # type: ignore[dict-item]
    seen = collate(still)
    run = RunFolder(tmp_path)
    run.start(built.config, {})
    result = fit(built, numbered, built.config, run)
    losses = [row["generator/l1" if discriminator != "none" else "l1"] for row in run.rows()]
    assert losses[-1] < 0.4 * losses[0]
    with torch.no_grad():
        assert built.metrics(result.model, seen)["degrees"] < 25.0


def test_discriminators_follow_the_settings() -> None:
    assert isinstance(task(size=96).discriminator, PatchDiscriminator)
    image = task(size=64, model={"discriminator": "image", "discriminator_width": 6}).discriminator
    assert isinstance(image, ImageDiscriminator)
    first = next(part for part in image.modules() if isinstance(part, nn.Conv2d))
    assert (first.in_channels, first.out_channels) == (6, 6)


@pytest.mark.parametrize("name", RECIPE_NAMES)
def test_the_recipes_differ_in_their_subject_only(name: str) -> None:
    recipe, patch = read_recipe(name), read_recipe("pix2pix_patch")
    assert recipe.task == "pix2pix_normals"
    assert recipe.model["lambda_l1"] == 100.0
    assert recipe.learning_rates == {"generator": 2e-4, "discriminator": 2e-4}
    kept = {"description": "", "model": {}}
    if name != "pix2pix_published":
        assert dataclasses.replace(recipe, **kept) == dataclasses.replace(patch, **kept)
        assert {**recipe.model, "discriminator": ""} == {**patch.model, "discriminator": ""}
    tiny = {**recipe.model, "width": 1}
    built = build_task(dataclasses.replace(recipe, model=tiny))
    assert (len(built.phases()) == 1) == (name == "pix2pix_l1")


def test_every_shipped_recipe_is_looked_at() -> None:
    assert {path.stem for path in RECIPES.glob("pix2pix_*.json")} == set(RECIPE_NAMES)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"model": {"depth": 6}}, "multiple of 64"),
        ({"model": {"discriminator": "patch71"}}, "patch70"),
        ({"model": {"adversarial": "hinge"}}, "lsgan"),
        ({"model": {"lambda_l1": -1.0}}, "lambda_l1"),
        ({"model": {"detail_width": 8}}, "detail_width"),
        ({"augmentation": {"sharpness": 1.0}}, "sharpness"),
    ],
)
def test_odd_settings_are_refused(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(BadConfig, match=word):
        task(**changes)


def trained(folder: Path, frames: FrameSets, **model: Any) -> Path:
    built = task(model=model)
    run = RunFolder(folder)
    run.start(built.config, {})
    fit(built, frames, built.config, run)
    return folder


def test_an_exported_run_is_run_like_any_normals_model(tmp_path: Path, frames: FrameSets) -> None:
    run = trained(tmp_path / "run", frames)
    export_run(run, tmp_path / "model", precision="fp32")
    card = load_card(tmp_path / "model")
    assert (card.task, card.weights, card.multiple_of) == ("pix2pix_normals", "pix2pix_normals.onnx", 32)
    assert "does not use the rays" in card.description
    plate = lambert.frame(lambert.Scene(), 70, 50).rgb()
    normals = predict(open_model(tmp_path / "model", device="cpu", threads=1), plate).normals
    assert normals.shape == (50, 70, 3)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1.0, atol=1e-4)


def test_a_model_that_drops_at_test_is_not_exported(tmp_path: Path, frames: FrameSets) -> None:
    run = trained(tmp_path / "run", frames, test_dropout=True)
    with pytest.raises(BadConfig, match="test_dropout"):
        export_run(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()
