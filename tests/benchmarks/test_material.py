"""The benchmarks of materials: figures of a model and a run, shuffled labels, and the picture of photographs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import material_figures, material_photos
from core.card import load_card
from core.errors import FileMissing
from core.image import SRGB, Image, read_image, write_image
from core.materials.model import open_material_model
from core.shards import ShardSet
from core.tasks import build_task
from core.training.config import TrainConfig
from core.training.frames import load_frames
from core.training.loop import fit
from core.training.run_folder import RunFolder
from tests.material_models import make_material_model, write_balls


def a_run(folder: Path, data: Path) -> Path:
    config = TrainConfig(
        task="material_experiment",
        steps=1,
        batch=4,
        size=32,
        warmup_steps=0,
        validation_share=0.3,
        pretrained=False,
        model={"network": "vgg16", "width": 0.05},
    )
    task = build_task(config)
    run = RunFolder(folder)
    run.start(config, {})
    fit(task, load_frames(task, [data], validation_share=0.3, validation_limit=4, seed=0), config, run)
    return folder


def test_figures_of_a_model_and_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_balls(tmp_path / "data", 8)
    run = a_run(tmp_path / "run", data)
    model = make_material_model(tmp_path / "model")
    given = ["--data", str(data), "--model", str(model), "--baseline", f"first={run}", "--doubled", "1"]
    given += ["--record", "test"]
    material_figures.main([*given, "--out", str(tmp_path / "f.json"), "--sheet", str(tmp_path / "s.png")])
    told = json.loads((tmp_path / "f.json").read_text())
    assert told["product"]["uniform"]["samples"] == 8
    assert told["product"]["uniform"]["median"]["samples"] == 8
    assert told["floor"]["base"] == pytest.approx(0.086, abs=1e-3)
    assert told["first"]["samples"] == 8
    assert 0.1 < told["first"]["mean_of_ten"] < 0.6
    # The test's model takes brightness for colour: half a picture's brightness is another answer.
    assert told["product"]["+1 stops"]["identifiable"] != told["product"]["-1 stops"]["identifiable"]
    assert load_card(model).scores["test"]["uniform"] == {
        name: value for name, value in told["product"]["uniform"].items() if name not in ("calibration", "median")
    }
    heard = capsys.readouterr().out
    assert "base 0.086" in heard
    assert "first, uniform (8), 1 steps of 4, 32 pixels" in heard
    assert read_image(tmp_path / "s.png").width == 4 * 3 * 96


def test_shuffling_deals_the_same_numbers_to_other_pictures(tmp_path: Path) -> None:
    data = write_balls(tmp_path / "data", 10)
    assert material_figures.shuffle(data, tmp_path / "out") == 10
    before, after = ShardSet.open(data), ShardSet.open(tmp_path / "out")
    first = [tuple(before.metadata(key)["parameters"]) for key in before.keys]
    second = [tuple(after.metadata(key)["parameters"]) for key in before.keys]
    assert sorted(first) == sorted(second)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 5
    assert before.read_bytes(before.keys[3])[0] == after.read_bytes(before.keys[3])[0]


def test_photographs_become_a_picture_of_crops_and_balls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = np.full((80, 120, 3), 0.3, np.float32)
    photo[20:60, 40:80] = (0.8, 0.2, 0.2)
    write_image(tmp_path / "01.png", Image(photo, ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    monkeypatch.setattr(material_photos, "REGIONS", {"red thing": ("01.png", (60, 40), (19, 19))})
    model = str(make_material_model(tmp_path / "model"))
    out = tmp_path / "p.png"
    material_photos.main(["--photos", str(tmp_path), "--model", model, "--picture", str(out)])
    assert "red thing" in capsys.readouterr().out
    made = read_image(out).rgb()
    assert made.shape[:2] == (2 * material_photos.SIZE, material_photos.SIZE)
    for middle in (made[80, 80], made[240, 80]):
        assert middle[0] > 1.5 * middle[1]
    with pytest.raises(FileMissing, match="no such photograph"):
        material_photos.look(tmp_path / "gone", open_material_model(model, "cpu", 1))
