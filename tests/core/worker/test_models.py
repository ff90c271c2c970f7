from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import FileMissing, WorkFailed
from core.inference.session import NormalsModel, open_model
from core.worker.models import FrameCancelled, ModelChoice, ModelShelf, StopSign, stoppable

MakeModel = Callable[..., Path]


def look(model: NormalsModel) -> Any:
    return model.run(np.zeros((64, 64, 3), np.float32), np.zeros((2, 64, 64), np.float32)).normals


def test_a_model_is_loaded_once_and_the_oldest_goes(make_tiny_model: MakeModel) -> None:
    choices = [ModelChoice(str(make_tiny_model(kind)), "cpu", 1) for kind in ("rays", "plate", "constant")]
    shelf = ModelShelf(2)
    first, second = shelf.get(choices[0]), shelf.get(choices[1])
    assert shelf.get(choices[0]) is first
    shelf.get(choices[2])  # the second was not used for longest
    assert shelf.names() == ["tiny_rays on cpu", "tiny_constant on cpu"]
    assert shelf.get(choices[0]) is first
    assert shelf.get(choices[1]) is not second
    shelf.clear()
    assert shelf.names() == []
    assert shelf.get(choices[0]) is not first


def test_a_model_that_was_exported_again_is_loaded_again(make_tiny_model: MakeModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(make_tiny_model("constant"), folder)
    shelf = ModelShelf()
    choice = ModelChoice(str(folder), "cpu", 1)
    before = look(shelf.get(choice))
    shutil.copytree(make_tiny_model("plate"), folder, dirs_exist_ok=True)
    assert np.abs(look(shelf.get(choice)) - before).max() > 0.1
    (folder / "model.onnx").unlink()
    with pytest.raises(FileMissing, match="weights"):
        shelf.get(choice)


def test_no_run_begins_once_it_was_cancelled(rays_model: Path) -> None:
    sign = StopSign()
    model = stoppable(open_model(rays_model, "cpu", 1), sign)
    np.testing.assert_array_equal(look(model), look(open_model(rays_model, "cpu", 1)))
    sign.set()
    with pytest.raises(FrameCancelled):
        look(model)


def test_a_run_that_goes_on_is_ended(endless_model: Path) -> None:
    sign = StopSign()
    begun = threading.Event()

    class Noticing(StopSign):
        def begin(self, run: Any) -> None:
            super().begin(run)
            begun.set()

    sign = Noticing()
    model = stoppable(open_model(endless_model, "cpu", 1), sign)

    def stop() -> None:
        begun.wait()
        sign.set()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises((WorkFailed, FrameCancelled)):
        look(model)
    thread.join()
