"""ONNX Runtime, started for one model on one device: what every kind of model shares."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from core.card import CARD, ModelCard, check_against_graph
from core.errors import BadConfig, MissingPart, ModelMismatch
from core.inference.onnx_file import BadGraph, external_files
from core.inference.runtime import runtime_problem

__all__ = ["DEVICES", "check_shapes", "first_line", "start_session"]

DEVICES = ("auto", "cpu", "gpu")

_GPU_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider")


def start_session(card: ModelCard, device: str, threads: int | None) -> tuple[Any, str]:
    """Start the graph of a card.

    Args:
        card: of the model, read from a file.
        device: `cpu`, `gpu`, or `auto` for the GPU where ONNX Runtime can use one.
        threads: CPU threads for one picture; None: as many as the machine has cores.

    Returns:
        The session, and the device it runs on: `cpu` or `gpu`.

    Raises:
        BadConfig: an unknown device or number of threads.
        FileMissing, ModelMismatch: the weights are not there, damaged, or another graph than the card describes.
        MissingPart: ONNX Runtime is not installed, or twice; or `gpu` is asked for and there is none.
    """
    if device not in DEVICES:
        raise BadConfig(f"device {device!r} is not known; use {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise BadConfig(f"{threads} threads; use 1 or more, or leave the option out")
    card.check_weights()
    _check_whole(card)
    problem = runtime_problem()
    if problem:
        raise MissingPart(problem)
    import onnxruntime as ort

    providers = _providers(device, ort.get_available_providers())
    options = ort.SessionOptions()
    options.log_severity_level = 3  # warnings about nodes that stay on the CPU tell an artist nothing
    options.enable_mem_pattern = False  # patterns help where every picture has the same size; plates do not
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = ort.InferenceSession(str(card.weights_path), options, providers=providers)
    except Exception as error:
        raise ModelMismatch(
            f"{card.weights_path}: cannot be loaded as a model ({first_line(error)}); export or install it again"
        ) from error
    check_against_graph(card, session)
    on_gpu = session.get_providers()[0] in _GPU_PROVIDERS
    if device == "gpu" and not on_gpu:
        raise MissingPart("the GPU could not be started; see `platelight doctor`, or use --device cpu")
    return session, "gpu" if on_gpu else "cpu"


def check_shapes(card: ModelCard, answers: Mapping[str, Any], height: int, width: int) -> None:
    """Whether a graph's answers are what its card says: `(1, channels of the port, height, width)`.

    Raises:
        ModelMismatch: one of them is not.
    """
    for port in card.outputs:
        if port.name not in answers:
            continue
        shape = getattr(answers[port.name], "shape", None)
        if shape != (1, port.channels, height, width):
            raise ModelMismatch(
                f"model {card.name}: {port.name!r} came out in the shape {shape} for a picture of {width}x{height} "
                f"pixels and {port.channels} channels; export the model with `platelight export`"
            )


def _check_whole(card: ModelCard) -> None:
    """Raises ModelMismatch for a graph that would have other files read: no checksum covers them."""
    try:
        elsewhere = external_files(card.weights_path)
    except (OSError, BadGraph) as error:
        raise ModelMismatch(
            f"{card.weights_path}: cannot be loaded as a model ({error}); export or install it again"
        ) from error
    if elsewhere:
        raise ModelMismatch(
            f"{card.weights_path}: keeps numbers in other files ({', '.join(elsewhere[:3])[:200]}), which its {CARD} "
            "does not cover; export the model with `platelight export`, which writes one file"
        )


def first_line(error: Exception) -> str:
    """What an error says first, or its kind where it says nothing."""
    with contextlib.suppress(IndexError):
        return str(error).strip().splitlines()[0]
    return type(error).__name__


def _providers(device: str, available: list[str]) -> list[str]:
    gpu = [name for name in _GPU_PROVIDERS if name in available]
    if device == "gpu" and not gpu:
        raise MissingPart(
            "this ONNX Runtime can use no GPU; install platelight[gpu] in place of onnxruntime, or use --device cpu"
        )
    return [*(gpu if device != "cpu" else []), "CPUExecutionProvider"]
