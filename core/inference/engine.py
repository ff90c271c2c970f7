"""ONNX Runtime, started for one model on one device: what every kind of model shares."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.card import ModelCard, check_against_graph
from core.errors import BadConfig, MissingPart, ModelMismatch, WorkFailed
from core.inference.onnx_file import check_whole
from core.inference.runtime import runtime_problem

__all__ = ["DEVICES", "ask", "check_numbers", "check_shapes", "first_line", "margin_of", "start_session"]

DEVICES = ("auto", "cpu", "gpu")

FloatArray = npt.NDArray[np.float32]

_MOST_MARGIN = 4096

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
    check_whole(card)
    problem = runtime_problem()
    if problem:
        raise MissingPart(problem)
    import onnxruntime as ort

    providers = _providers(device, ort.get_available_providers())
    options = ort.SessionOptions()
    options.log_severity_level = 3  # warnings about nodes that stay on the CPU tell an artist nothing
    options.enable_mem_pattern = False  # patterns help where every picture has the same size; plates do not
    # Which buffers may serve twice is worked out over all pairs of them: seconds for a graph of thousands of nodes, as
    # that of `occlusion` is. Without it buffers are freed and taken as the graph runs, in as much memory.
    options.enable_mem_reuse = False
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


def ask(
    card: ModelCard,
    session: Any,
    pictures: Mapping[str, npt.NDArray[Any]],
    wanted: Sequence[str],
    remedy: str = "try --device cpu, or close other programs",
) -> list[FloatArray]:
    """What a graph says of some pictures.

    Args:
        card: of the model.
        session: as `start_session` gives it.
        pictures: by the name of the port, (B, C, H, W); brought to the precision that the graph takes.
        wanted: names of the outputs.
        remedy: what to do where the runtime fails, for the message.

    Returns:
        The outputs, as float32, in that order, of whatever shape the graph gives them.

    Raises:
        WorkFailed: the runtime failed (out of memory, for example), or the model gave numbers that are none.
    """
    kinds = {entry.name: np.float16 if "float16" in entry.type else np.float32 for entry in session.get_inputs()}
    feed = {name: np.ascontiguousarray(picture, kinds[name]) for name, picture in pictures.items()}
    try:
        answers = session.run(list(wanted), feed)
    except Exception as error:  # ONNX Runtime's exceptions share no public root
        height, width = next(iter(feed.values())).shape[-2:]
        raise WorkFailed(
            f"model {card.name} failed on {width}x{height} pixels ({first_line(error)}); {remedy}"
        ) from error
    found = [np.asarray(answer, np.float32) for answer in answers]
    check_numbers(card, *found)
    return found


def check_numbers(card: ModelCard, *answers: npt.NDArray[Any]) -> None:
    """Whether all that a model gave, or what follows from it, is finite.

    Raises:
        WorkFailed: it is not.
    """
    if not all(np.isfinite(answer).all() for answer in answers):
        raise WorkFailed(f"model {card.name} gave values that are not numbers; try --device cpu, or export it in fp32")


def margin_of(card: ModelCard, usual: int) -> int:
    """Pixels at each border of its input that a model's answer there cannot be trusted without: its own padding.

    Args:
        card: of the model.
        usual: the margin where the card states none.

    Raises:
        ModelMismatch: the card says something else than a number of pixels.
    """
    stated = card.data.get("margin", usual)
    if type(stated) is not int or not 0 <= stated <= _MOST_MARGIN:
        raise ModelMismatch(f"model {card.name}: its card's margin is {stated!r}; export the model again")
    return stated


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
