"""Does the TorchScript file say what ONNX Runtime says, from a plate's pixels to the normals at its size?"""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from core.card import LOOKS, ModelCard, Port
from core.errors import WorkFailed
from core.export.graph import example_inputs
from core.export.parity import LIMIT_DEGREES, LIMIT_DIFFERENCE
from core.inference.answer import Answer
from core.inference.detail import Detail
from core.inference.lens import Lens
from core.inference.plate_normals import ViewSettings, predict
from core.inference.session import NormalsModel, open_model
from core.normals import angular_error_degrees

__all__ = ["SIZES", "check_script", "loaded", "twin_difference"]

FloatArray = npt.NDArray[np.float32]

SIZES = ((37, 51), (101, 64), (64, 101), (270, 481))
"""Height and width of the plates that are compared; no multiple of anything."""

_HALF_DEGREES = 1.0


def check_script(data: bytes, card: ModelCard) -> dict[str, Any]:
    """Compare a TorchScript file with `core.inference` on ONNX Runtime.

    Plates of odd sizes with values from 0 to 4 go through both whole ways, with the attributes as they are, and with
    other ones, each number of looks among them. In half the arithmetic is float32 on a CPU; that the file runs there in
    half is checked too.

    Args:
        data: the file.
        card: of the model; its ONNX file is beside it.

    Returns:
        Figures for the card: angles between the answers in degrees (mean, 99.9th percentile; `half_mean_degrees` with
        weights and plate in half), `mean_confidence` (mean difference), and the sizes.

    Raises:
        WorkFailed: an answer is not finite, or differs by more than `core.export.parity` allows (1 degree in half).
    """
    script = loaded(data)
    half = loaded(data).half()
    session = open_model(card.folder, "cpu")
    angles, halves = [], []
    differences: list[float] = []
    for number, (height, width) in enumerate(SIZES):
        plate = _plate(height, width, number)
        answer = _run(script, plate)
        expected = predict(session, plate)
        angles.append(_compared(answer, expected, f"{width}x{height}", differences))
        halves.append(angular_error_degrees(_run(half, plate)[..., :3], expected.normals).ravel())
    angles += [_other_knobs(script, session, looks, differences) for looks in LOOKS]
    found, rounded = np.concatenate(angles), np.concatenate(halves)
    mean, half_mean, difference = float(found.mean()), float(rounded.mean()), float(np.mean(differences))
    if not mean <= LIMIT_DEGREES[card.precision] or not difference <= LIMIT_DIFFERENCE[card.precision]:
        raise WorkFailed(
            f"the TorchScript file differs from ONNX Runtime by {mean:.3f} degrees and {difference:.4f} of confidence "
            f"on average, more than {LIMIT_DEGREES[card.precision]} and {LIMIT_DIFFERENCE[card.precision]}; it was not "
            "written"
        )
    if not half_mean <= _HALF_DEGREES:
        raise WorkFailed(
            f"in half precision the TorchScript file differs by {half_mean:.2f} degrees, more than {_HALF_DEGREES}; it "
            "was not written"
        )
    return {
        "mean_degrees": round(mean, 5),
        "p99.9_degrees": round(float(np.percentile(found, 99.9)), 4),
        "half_mean_degrees": round(half_mean, 5),
        "mean_confidence": round(difference, 6),
        "sizes": [f"{width}x{height}" for height, width in SIZES],
        "against": f"platelight normals --looks {card.looks} on ONNX Runtime, weights in {card.precision}",
    }


def loaded(data: bytes) -> Any:
    """The module of a TorchScript file, in evaluation mode, on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(io.BytesIO(data), map_location="cpu").eval()  # type: ignore[no-untyped-call]


def _plate(height: int, width: int, seed: int) -> FloatArray:
    """(H, W, 3) scene-linear, smooth, 0..4, with a few values that must be made safe."""
    (picture,) = example_inputs([Port("plate", 3, "", (0.0, 1.0))], height, width, seed + 1)
    plate = np.array(4.0 * picture[0].numpy().transpose(1, 2, 0) ** 2, dtype=np.float32, order="C")
    plate[height // 2, width // 3] = (np.nan, np.inf, -1.0)
    return plate


def _run(script: Any, plate: FloatArray) -> FloatArray:
    kind = next(script.parameters()).dtype
    frame = torch.from_numpy(np.ascontiguousarray(plate.transpose(2, 0, 1)[None])).to(kind)
    with torch.no_grad():
        answer = script(frame)
    if answer.dtype != kind or not answer.is_contiguous():
        raise WorkFailed(f"the TorchScript file answers {kind} with {answer.dtype}; it was not written")
    return np.asarray(answer[0].float().numpy().transpose(1, 2, 0), dtype=np.float32)


def _compared(
    answer: FloatArray, expected: Answer, size: str, differences: list[float]
) -> npt.NDArray[np.floating[Any]]:
    if answer.shape[:2] != expected.normals.shape[:2] or not np.isfinite(answer).all():
        raise WorkFailed(f"at {size} the TorchScript file gives another size or values that are no numbers")
    sure = np.ones(answer.shape[:2], np.float32) if expected.confidence is None else expected.confidence
    differences.append(float(np.abs(answer[..., 3] - sure).mean()))
    return np.ravel(angular_error_degrees(answer[..., :3], expected.normals))


def _other_knobs(
    script: Any, session: NormalsModel, looks: int, differences: list[float]
) -> npt.NDArray[np.floating[Any]]:
    """The same comparison with attributes that are set to other values after loading, as Nuke does."""
    height, width = SIZES[0]
    plate = _plate(height, width, 9)
    script.fov, script.size, script.detail, script.pixel_aspect, script.exposure = 35.0, 64.0, 0.0, 2.0, 1.0
    script.flip_y, script.looks = 1.0, float(looks)
    answer = _run(script, plate) * np.array([1.0, -1.0, 1.0, 1.0], np.float32)
    settings = ViewSettings(size=64, detail=Detail.LOW, looks=looks)
    expected = predict(session, 2.0 * plate, lens=Lens(fov_degrees=35.0), settings=settings, pixel_aspect=2.0)
    return _compared(answer, expected, f"{width}x{height} and {looks} looks, with other attributes", differences)


def twin_difference(twin: nn.Module, model: nn.Module, card: ModelCard) -> float:
    """Largest difference of any value between a network (`Task.deployed`) and its twin, float32, random input."""
    pictures = example_inputs(card.inputs, 2 * card.multiple_of, 3 * card.multiple_of, 5)
    with torch.no_grad():
        made = model(*pictures)
        whole = torch.cat(made, 1) if isinstance(made, tuple) else made
        difference = (twin(*pictures)[:, : whole.shape[1]] - whole).abs().max()
    return round(float(difference), 7)
