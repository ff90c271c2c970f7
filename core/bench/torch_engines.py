"""A shipped model in ONNX Runtime, beside the same network in torch, eager and compiled."""

from __future__ import annotations

import functools
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from core.bench.clock import in_turn
from core.bench.inference import one_view
from core.bench.picture import made_plate
from core.bench.row import LeftOut, Row, Settings, compared
from core.card import ModelCard
from core.errors import BadConfig, MissingPart
from core.inference.plate_normals import ViewSettings
from core.inference.session import open_model
from core.tasks import build_task
from core.training.config import TrainConfig

__all__ = ["compiled", "exported_network", "measure_torch"]


def measure_torch(settings: Settings) -> Iterator[Row | LeftOut]:
    """Yield a row for torch eager and one for torch compiled, on the CPU, float32.

    Torch's network has the layers that the card tells and random weights: speed does not depend on values. Its inputs
    are tensors that are there already; what is timed ends with its outputs as numpy arrays.

    Raises:
        FileMissing, ModelMismatch, MissingPart, BadConfig: the model cannot be opened or rebuilt.
    """
    model = open_model(None, "cpu", settings.threads)
    network = exported_network(model.card)
    chosen = ViewSettings(size=32) if settings.quick else ViewSettings()
    height, width = (54, 96) if settings.quick else (1080, 1920)
    seen = one_view(model, made_plate(height, width, 1), chosen)
    tensors = [torch.from_numpy(seen.feed[name].astype("float32")) for name in ("plate", "rays")]
    torch.set_num_threads(settings.threads)
    engines: dict[str, Callable[..., Any]] = {"torch eager": network}
    if settings.quick:
        yield LeftOut("torch", "torch compiled", "compiling takes a minute or more; leave --quick out")
    else:
        try:
            engines["torch compiled"] = compiled(network, "cpu", frozen=False)
        except MissingPart as error:
            yield LeftOut("torch", "torch compiled", str(error))
    what = f"network at {seen.view.shape[1]}x{seen.view.shape[0]}, float32"
    for name, engine in engines.items():
        calls: dict[str, Callable[[], object]] = {
            "ours": lambda: model.run(seen.view, seen.rays),
            "torch": functools.partial(_answer, engine, tensors),
        }
        try:
            times = in_turn(calls, settings.rounds, settings.seconds)
        except RuntimeError as error:  # what inductor raises where the compiler fails
            lines = str(error).strip().splitlines()
            yield LeftOut("torch", name, f"failed: {lines[0] if lines else type(error).__name__}")
            continue
        yield compared("torch", what, times["ours"], name, times["torch"], 1.0, "views/s")


def exported_network(card: ModelCard) -> nn.Module:
    """The network whose graph a card describes, in evaluation mode, with random weights.

    Raises:
        BadConfig: the card has no training configuration, which says how the network is built.
        MissingPart: a package that it needs is not installed.
    """
    config = card.training.get("config")
    if not isinstance(config, Mapping):
        raise BadConfig(f"model {card.name}: its card has no training configuration, so torch cannot rebuild it")
    task = build_task(TrainConfig.from_json(config, f"card of {card.name}"))
    return task.deployed({}).eval()


def compiled(network: nn.Module, device: str, frozen: bool) -> Callable[..., Any]:
    """The network for torch's inductor; it is compiled at its first call, for the one shape that it then sees.

    Args:
        network: in evaluation mode.
        device: "cpu" or "gpu", for the message.
        frozen: weights are constants to the compiler, which may then fold and rearrange them.

    Raises:
        MissingPart: there is no C++ compiler.
    """
    from torch._inductor import config

    wanted = os.environ.get("CXX", "")
    # On a GPU inductor's Triton brings its own compiler, but its launcher is built with the host's.
    if platform.system() != "Windows" and not any(map(shutil.which, filter(None, (wanted, "g++", "clang++", "c++")))):
        raise MissingPart(f"torch.compile needs a C++ compiler for the {device}; install g++ or clang++")
    config.freezing = frozen
    made: Callable[..., Any] = torch.compile(network, dynamic=False)
    return made


def _answer(engine: Callable[..., Any], tensors: list[torch.Tensor]) -> list[Any]:
    with torch.no_grad():
        found = engine(*tensors)
    return [item.numpy() for item in (found if isinstance(found, tuple) else (found,))]
