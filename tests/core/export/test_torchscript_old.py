"""The TorchScript file in an old libtorch, against the answer of ONNX Runtime.

Debian 12's package python3-torch is 1.13.1, for the system's Python. `PLATELIGHT_OLD_TORCH` names another Python, one
with 1.12.1 for example, which Nuke 14 has; the test is skipped where there is none whose torch is older than 2.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.card import LOOKS, load_card, shipped_models
from core.export import export_run
from core.export.torchscript import convert_to_torchscript, export_torchscript
from core.inference.detail import Detail
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import open_model
from core.normals import angular_error_degrees
from tests.core.export.scripted_runs import KINDS, write_run

FloatArray = npt.NDArray[np.float32]

CHILD = Path(__file__).with_name("old_torch.py")
OLD_PYTHON = os.environ.get("PLATELIGHT_OLD_TORCH", "/usr/bin/python3")
SIZES = ((37, 51), (101, 64), (64, 101))
PLATE_MODELS = [name for name in shipped_models() if load_card(name).task == "plate_normals"]


@pytest.fixture(scope="module")
def old_python() -> str:
    """A Python whose torch is older than 2."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [OLD_PYTHON, "-c", "import torch; print(torch.__version__)"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    except OSError as error:
        pytest.skip(f"{OLD_PYTHON} cannot be started ({error})")
    version = found.stdout.strip()
    if found.returncode or not version:
        pytest.skip(f"{OLD_PYTHON} has no torch (Debian 12: apt-get install python3-torch)")
    if int(version.split(".")[0]) >= 2 and "PLATELIGHT_OLD_TORCH" not in os.environ:
        pytest.skip(f"{OLD_PYTHON} has torch {version}; an older one than 2 is wanted")
    return OLD_PYTHON


def run_old(python: str, script: Path, plates: dict[str, FloatArray], folder: Path) -> dict[str, FloatArray]:
    np.savez(folder / "in.npz", **plates)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [python, str(CHILD), str(script), str(folder / "in.npz"), str(folder / "out.npz")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(folder / "out.npz") as answers:
        return {name: answers[name] for name in answers.files}


def plate(height: int, width: int) -> FloatArray:
    rng = np.random.default_rng(height)
    columns, rows = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 2, height))
    smooth = np.stack([np.sin(columns + c) * np.cos(rows * (c + 1)) + 1.0 for c in range(3)], axis=-1)
    return (smooth + 0.2 * rng.random((height, width, 3))).astype(np.float32)


@pytest.mark.parametrize("kind", ["sure", "drawn", *PLATE_MODELS])
def test_an_old_libtorch_says_what_onnxruntime_says(old_python: str, tmp_path: Path, kind: str) -> None:
    if kind in KINDS:
        run = write_run(KINDS[kind], tmp_path / "run")
        export_run(run, tmp_path / "model", precision="fp32")
        script = export_torchscript(run, tmp_path / "model")
    else:
        script = convert_to_torchscript(kind, tmp_path / "model")
    knobs = ";fov=30;size=96;detail=0;exposure=1;looks="
    plates = {"64x101": plate(64, 101)}
    plates |= {f"{size[0]}x{size[1]}{knobs}{looks}": plate(*size) for size, looks in zip(SIZES, LOOKS, strict=True)}
    plates["37x51;half"] = plate(37, 51)
    answers = run_old(old_python, tmp_path / "model" / script.weights, plates, tmp_path)
    print(f"libtorch {answers.pop('version')}", file=sys.stderr)
    model = open_model(tmp_path / "model" if kind in KINDS else kind, "cpu")
    for name, pixels in plates.items():
        if knobs in name:
            settings = ViewSettings(size=96, detail=Detail.LOW, looks=int(name[-1]))
            expected = predict(model, 2.0 * pixels, lens=Lens(fov_degrees=30.0), settings=settings)
        else:
            expected = predict(model, pixels)
        answer = answers[name]
        assert answer.shape == (*pixels.shape[:2], 4), name
        limit = 1.0 if "half" in name else 0.02
        assert angular_error_degrees(answer[..., :3], expected.normals).mean() < limit, name
        sure = np.ones(pixels.shape[:2]) if expected.confidence is None else expected.confidence
        np.testing.assert_allclose(answer[..., 3], sure, atol=0.03 if "half" in name else 2e-3, err_msg=name)
