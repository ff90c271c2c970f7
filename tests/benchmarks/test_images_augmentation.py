"""Both runs of the ablation are alike but for what changes pictures, at each network's size."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from core.tasks import build_task

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(name="ablation")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("images_augmentation")
    sys.modules.pop("images_augmentation", None)


@pytest.mark.parametrize(("network", "size"), [("style", 32), ("projected", 32), ("dcgan", 32), ("dcgan", 64)])
def test_the_runs_differ_in_augmentation_alone(ablation: ModuleType, network: str, size: int) -> None:
    on, off = (ablation.recipe(7, changed, network, size) for changed in (True, False))
    assert on.model["changes"]
    assert not off.model["changes"]
    assert off.augmentation == {"mirror": 0.0, "roll": False}
    assert replace(off, model={**off.model, "changes": on.model["changes"]}, augmentation=on.augmentation) == on
    assert (on.steps, on.size, on.sizes) == (7, size, ())
    if network != "projected":  # which asks for pretrained weights
        assert build_task(on).model.size == size


def test_other_sizes_are_for_dcgan(ablation: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["x", "--data", "nowhere", "--out", "nowhere", "--size", "64"])
    with pytest.raises(SystemExit):
        ablation.main()
