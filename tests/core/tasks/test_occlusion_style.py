from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadConfig
from core.export.run import export_run
from core.networks.resconv import ResConvNet, StyleUNet
from core.occlusion.model import open_style_model
from core.occlusion.shape_set import make_shapes
from core.occlusion.style import shiny
from core.shards import ShardSet
from core.tasks import build_task
from core.training.config import TrainConfig, read_recipe
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.run_folder import RunFolder


def config(**changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "task": "occlusion_style",
        "steps": 20,
        "batch": 2,
        "size": 64,
        "warmup_steps": 1,
        "ema_decay": 0.5,
        "validate_every": 10,
        "preview_every": 20,
        "log_every": 1,
        "validation_share": 0.3,
        "pretrained": False,
        "model": {"widths": [4, 4, 4, 4, 4, 8]},
    }
    return TrainConfig(**{**settings, **changes})  # type: ignore[arg-type]


def test_the_network_of_the_experiment_has_its_411_thousand_parameters() -> None:
    network = ResConvNet()
    assert sum(p.numel() for p in network.parameters()) == 411_107
    with torch.no_grad():
        assert network(torch.zeros(1, 1, 38, 64)).shape == (1, 3, 38, 64)
    recipe = read_recipe("occlusion_style_resconv")
    assert (recipe.batch, recipe.size, recipe.learning_rates["network"]) == (64, 128, 3e-3)


def test_its_receptive_field_ends_where_the_other_one_s_does_not() -> None:
    torch.manual_seed(0)
    reached = {}
    for name, network in (("resconv", ResConvNet(8)), ("unet", StyleUNet().eval())):
        picture = torch.rand(1, 1, 512, 512).requires_grad_()
        network(picture)[0, :, 256, 256].sum().backward()
        assert picture.grad is not None
        there = picture.grad[0, 0].abs().sum(0) > 0
        reached[name] = int(there.nonzero().max()) - 256
    assert reached["resconv"] <= ResConvNet.margin
    assert reached["unet"] > 2 * reached["resconv"]


def test_it_trains_exports_and_makes_pictures_of_any_size(tmp_path: Path) -> None:
    assert make_shapes(tmp_path / "data", 5, 96, 3) == 5
    assert make_shapes(tmp_path / "data", 5, 96, 3) == 0
    settings = config(model={"widths": [4, 4, 4, 4, 4, 8], "border": 8}, learning_rates={"network": 0.01})
    task = build_task(settings)
    frames = load_frames(task, [tmp_path / "data"], validation_share=0.3, validation_limit=4, seed=0)
    run = RunFolder(tmp_path / "run")
    run.start(settings, {})
    result = fit(task, frames, settings, run)
    rows = [row for row in run.rows() if "loss" in row]
    assert np.mean([row["mae"] for row in rows[-4:]]) < 0.8 * np.mean([row["mae"] for row in rows[:4]])
    assert set(result.validation) == {"mae", "mae_of_mean"}
    export_run(tmp_path / "run", tmp_path / "model")
    model = open_style_model(tmp_path / "model", "cpu", 1)
    for height, width in ((33, 70), (8, 8)):
        mask = np.zeros((height, width, 1), np.float32)
        mask[4:, 4:] = 1.0
        image = shiny(model, mask)
        assert image.pixels.shape == (height, width, 3)


def test_shapes_go_on_after_a_kill_and_a_damaged_index(tmp_path: Path) -> None:
    make_shapes(tmp_path, 2, 32, 3)
    (tmp_path / ".shapes-32-3-00001.abcdefgh.partial.tar").write_bytes(b"half")
    assert make_shapes(tmp_path, 2, 32, 3) == 0
    (tmp_path / "shapes-32-3-00000.index.json").write_bytes(b"{")
    assert make_shapes(tmp_path, 2, 32, 3) == 2
    assert len(ShardSet.open(tmp_path)) == 2


def test_bad_settings_are_refused() -> None:
    for model, word in (({"network": "gan"}, "gan"), ({"border": 40}, "border"), ({"deep": 1}, "deep")):
        with pytest.raises(BadConfig, match=word):
            build_task(config(model=model))
