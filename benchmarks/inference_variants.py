"""The ways of running one network that `inference.py` compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard, load_card
from core.errors import BadConfig, MissingPart
from core.inference.session import NormalsModel, open_model

if TYPE_CHECKING:
    from torch import nn

__all__ = ["VARIANTS", "TorchSession", "Variant", "build_network", "open_variant"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Variant:
    """One row of the table.

    Attributes:
        key: what `--variants` calls it.
        label: what the table calls it.
        engine: "onnxruntime" or "torch".
        gpu: whether it also exists on a GPU.
        graph: which graph ONNX Runtime runs: "model", "dynamic" or "static".
        channels_last: torch keeps the channels of a pixel side by side.
        compiled: by torch's inductor, for the one shape that is measured.
        frozen: weights are constants to the compiler, which may then fold and rearrange them.
        autocast: bfloat16 where torch's autocast takes it.
    """

    key: str
    label: str
    engine: str
    gpu: bool = True
    graph: str = "model"
    channels_last: bool = False
    compiled: bool = False
    frozen: bool = False
    autocast: bool = False

    def arithmetic(self, device: str) -> str:
        """Which measured matrix multiplication the row is held against: "fp32", "tf32" or "bf16".

        Convolutions on NVIDIA GPUs take TF32 by default in both engines. Rows with int8 are held against fp32.
        """
        if self.autocast:
            return "bf16"
        return "tf32" if device == "gpu" else "fp32"


VARIANTS: Mapping[str, Variant] = {
    variant.key: variant
    for variant in (
        Variant("ort", "onnxruntime fp32", "onnxruntime"),
        Variant("ort-dynamic", "onnxruntime int8 dynamic", "onnxruntime", gpu=False, graph="dynamic"),
        Variant("ort-static", "onnxruntime int8 static", "onnxruntime", gpu=False, graph="static"),
        Variant("torch", "torch eager", "torch"),
        Variant("torch-last", "torch eager channels_last", "torch", channels_last=True),
        Variant("torch-compiled", "torch compiled", "torch", compiled=True),
        Variant("torch-frozen", "torch compiled, frozen", "torch", compiled=True, frozen=True),
        Variant("torch-bf16", "torch bf16 autocast", "torch", autocast=True),
    )
}
"""By key; the first of each engine is what the answers of the others are compared with."""


class TorchSession:
    """A torch network behind the part of an ONNX Runtime session that `NormalsModel` uses.

    Inputs and outputs are numpy arrays in the host's memory, as there: the way to a GPU and back is in every time.

    Args:
        network: as a task deploys it: takes plate and rays; gives normals (B, 3, H, W), or a pair of those and the
            confidence (B, 1, H, W).
        device: "cpu" or "gpu".
        channels_last, autocast: see `Variant`.
    """

    def __init__(self, network: Any, device: str, channels_last: bool = False, autocast: bool = False) -> None:
        import torch

        self.network = network
        self.place = torch.device("cuda" if device == "gpu" else "cpu")
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.autocast = autocast

    def get_inputs(self) -> list[Any]:
        """Names and types of the inputs."""
        return [SimpleNamespace(name=name, type="tensor(float)") for name in ("plate", "rays")]

    def run(self, names: Sequence[str] | None, feed: Mapping[str, FloatArray]) -> list[FloatArray]:
        """The named outputs, "normals" or "confidence"; None: all that there are.

        The confidence is the network's own promise, without the temperature that an exported graph divides by.
        """
        import torch

        with torch.no_grad(), torch.autocast(self.place.type, torch.bfloat16, enabled=self.autocast):
            inputs = [torch.from_numpy(feed[name]).to(self.place) for name in ("plate", "rays")]
            found = self.network(*(item.contiguous(memory_format=self.layout) for item in inputs))
            every = found if isinstance(found, tuple | list) else (found,)
            outputs = dict(zip(("normals", "confidence"), every, strict=False))
            return [outputs[name].float().cpu().numpy() for name in (names or outputs)]


def build_network(card: ModelCard, run: Path | None) -> tuple[nn.Module, str]:
    """The torch network of a model, in evaluation mode, and where its weights come from.

    Args:
        card: its training configuration says how the network is built where there is no run.
        run: folder of a run whose averaged weights are taken; None: first, random weights.

    Raises:
        MissingPart: torch is not installed.
        BadConfig: the card has no training configuration.
        FileMissing, BadInput: `run` has no checkpoint, or a damaged one.
    """
    from core.tasks import build_task
    from core.training.config import TrainConfig

    if run is None:
        config = card.training.get("config")
        if not isinstance(config, Mapping):
            raise BadConfig(f"model {card.name}: its card has no training configuration; name a run with --run")
        task = build_task(TrainConfig.from_json(config, f"card of {card.name}"))
        return task.deployed({}).eval(), "random weights, rebuilt from the card's training configuration"
    from core.training.checkpoint import read_checkpoint
    from core.training.run_folder import RunFolder

    checkpoint = read_checkpoint(run)
    task = build_task(RunFolder(run).config())
    task.model.load_state_dict(checkpoint.average)
    return task.deployed({}).eval(), f"weights of run {run.name}, step {checkpoint.step}"


def open_variant(
    variant: Variant, device: str, threads: int, model: str, graphs: Mapping[str, str], run: Path | None
) -> NormalsModel:
    """A model that runs as the variant says.

    Args:
        variant: which.
        device: "cpu" or "gpu".
        threads: on the CPU.
        model: name or path of the model.
        graphs: paths of the graphs "dynamic" and "static".
        run: see `build_network`.

    Raises:
        MissingPart: what the variant needs is not here: torch, a compiler, a GPU.
        BadConfig, FileMissing, BadInput, ModelMismatch: the model or the run cannot be used.
    """
    if variant.engine == "onnxruntime":
        whole = open_model(model, device, threads)
        if variant.graph == "model":
            return whole
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.enable_mem_pattern = False  # as `open_model`
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(graphs[variant.graph], options, providers=["CPUExecutionProvider"])
        return NormalsModel(card=whole.card, device="cpu", session=session)
    import torch

    from core.bench.torch_engines import compiled

    torch.set_num_threads(threads)
    if device == "gpu" and not torch.cuda.is_available():
        raise MissingPart("torch sees no GPU")
    card = load_card(model)
    network, _ = build_network(card, run)
    network = network.to("cuda" if device == "gpu" else "cpu")
    if variant.channels_last:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if variant.compiled:
        runnable: Any = compiled(network, device, variant.frozen)
    else:
        runnable = network
    return NormalsModel(card, device, TorchSession(runnable, device, variant.channels_last, variant.autocast))
