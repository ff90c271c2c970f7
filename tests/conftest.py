"""What many tests share: small models made on the spot, so that no test needs the shipped weights."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tests import lambert

# A shell that starts the tests in the background makes them, and all that they start, ignore Ctrl-C, which some tests
# press.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MakeModel = Callable[..., Path]


# A machine that is busy with other work must not fail a test: nothing here is judged by how long it takes.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def make_tiny_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Returns `make(kind, **card_changes) -> folder` with `card.json` and `model.onnx`.

    Every kind is one formula of the plate p (0..1), the rays r and, for `context`, the mean of the plate, brought to
    length 1:

        constant    (0.36, 0.48, 0.80)
        rays        (-r.x, -r.y, 1)                     what a sphere around the camera would give
        plate       (2 p.r - 1, 2 p.g - 1, p.b)         an encoded normal map decoded
        context     rays + 4 (mean of p - 0.5)          depends on what else is in the picture or tile
        nan         the square root of -1
        wide_port   as rays, but the graph takes three ray channels
    """
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    def make(kind: str = "rays", **changes: object) -> Path:
        folder = tmp_path_factory.mktemp(f"model_{kind}")
        ray_channels = 3 if kind == "wide_port" else 2
        weight = np.zeros((3, 3 + ray_channels, 1, 1), dtype=np.float32)
        bias = np.array([0.0, 0.0, 1.0], dtype=np.float32)
        if kind == "constant":
            bias[:] = (0.36, 0.48, 0.8)
        elif kind == "plate":
            weight[0, 0], weight[1, 1], weight[2, 2] = 2.0, 2.0, 1.0
            bias[:] = (-1.0, -1.0, 0.0)
        else:
            weight[0, 3], weight[1, 4] = -1.0, -1.0
        nodes = [
            helper.make_node("Concat", ["plate", "rays"], ["both"], axis=1),
            helper.make_node("Conv", ["both", "weight", "bias"], ["linear"]),
        ]
        last = "linear"
        constants = {"weight": weight, "bias": bias}
        if kind == "context":
            constants |= {"half": np.float32([0.5]), "four": np.float32([4.0])}
            nodes += [
                helper.make_node("GlobalAveragePool", ["plate"], ["mean"]),
                helper.make_node("Sub", ["mean", "half"], ["centred"]),
                helper.make_node("Mul", ["centred", "four"], ["push"]),
                helper.make_node("Add", ["linear", "push"], ["pushed"]),
            ]
            last = "pushed"
        if kind == "nan":
            constants |= {"minus": np.float32([-1.0])}
            nodes += [
                helper.make_node("Sqrt", ["minus"], ["lost"]),
                helper.make_node("Add", ["linear", "lost"], ["broken"]),
            ]
            last = "broken"
        nodes += [
            helper.make_node("ReduceL2", [last], ["length"], axes=[1], keepdims=1),
            helper.make_node("Div", [last, "length"], ["normals"]),
        ]
        graph = helper.make_graph(
            nodes,
            kind,
            [
                helper.make_tensor_value_info("plate", TensorProto.FLOAT, ["N", 3, "H", "W"]),
                helper.make_tensor_value_info("rays", TensorProto.FLOAT, ["N", ray_channels, "H", "W"]),
            ],
            [helper.make_tensor_value_info("normals", TensorProto.FLOAT, ["N", 3, "H", "W"])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        weights = folder / "model.onnx"
        onnx.save(model, str(weights))
        card = {
            "format": 1,
            "name": f"tiny_{kind}",
            "task": "plate_normals",
            "version": "1",
            "description": "Made by a test.",
            "inputs": [
                {"name": "plate", "channels": 3, "encoding": "srgb_shoulder_v1", "range": [0.0, 1.0]},
                {"name": "rays", "channels": 2, "encoding": "ray_slopes"},
            ],
            "outputs": [{"name": "normals", "channels": 3, "encoding": "camera_space_normals", "range": [-1.0, 1.0]}],
            "multiple_of": 32,
            "work_size": 64,
            "default_fov_degrees": 60.0,
            "weights": weights.name,
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "precision": "fp32",
        }
        (folder / "card.json").write_text(json.dumps(card | changes))
        return folder

    return make


@pytest.fixture(scope="session")
def rays_model(make_tiny_model: MakeModel) -> Path:
    """Folder of a model whose normals point back along the rays."""
    return make_tiny_model("rays")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run of two steps, width 8, with a validation."""
    torch = pytest.importorskip("torch")
    from core.tasks import build_task
    from core.training.config import TrainConfig
    from core.training.frames import load_frames
    from core.training.loop import fit
    from core.training.run_folder import RunFolder

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("tiny")
    lambert.write_set(folder / "data", 4)
    config = TrainConfig(
        task="plate_normals",
        steps=2,
        batch=2,
        size=32,
        device="cpu",
        validation_share=0.3,
        preview_every=0,
        pretrained=False,
        model={"width": 8, "fine_width": 8, "detail_width": 4, "frozen_stages": 0},
        description="Two steps of nothing much.",
    )
    task = build_task(config)
    frames = load_frames(task, [folder / "data"], validation_share=0.3, validation_limit=8, seed=0)
    run = RunFolder(folder / "run")
    run.start(config, {"training_frames": len(frames.training), "frames_digest": frames.digest()})
    fit(task, frames, config, run)
    return run.path
