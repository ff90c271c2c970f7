"""The figures that the literature gives: FID, KID, Inception score, by torchmetrics, with the standard weights.

They are only what they are called with the standard Inception network, whose weights are part of no package and are
never fetched here: who has the file names it. Without it, `core.generative.evaluation` measures with other features and
calls its figures by other names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import BadInput, FileMissing, MissingPart

__all__ = ["WEIGHTS_FILE", "inception_figures", "inception_network"]

WEIGHTS_FILE = "pt_inception-2015-12-05-6726825d.pth"
"""Name of the standard weights, as torch-fidelity publishes them."""

_AT_ONCE = 32


def inception_network(weights: Path) -> nn.Module:
    """The network of torch-fidelity with weights from a file: (B, 3, H, W) uint8 -> features.

    Raises:
        FileMissing: there is no such file.
        MissingPart: torchmetrics or torch-fidelity are not installed.
        BadInput: the file holds other weights.
    """
    if not weights.is_file():
        raise FileMissing(f"{weights}: no such file; give the standard Inception weights ({WEIGHTS_FILE}), or leave "
                          f"--inception out for figures with other features")  # fmt: skip
    try:
        from torchmetrics.image.fid import NoTrainInceptionV3
    except ImportError as error:
        raise MissingPart(_INSTALL.format(error.name)) from error
    try:
        network: nn.Module = NoTrainInceptionV3(
            name="inception-v3-compat",
            features_list=["2048", "logits_unbiased"],
            feature_extractor_weights_path=str(weights),
        )
    except ModuleNotFoundError as error:
        raise MissingPart(_INSTALL.format(error.name or "torch-fidelity")) from error
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise BadInput(f"{weights}: are not the standard Inception weights ({WEIGHTS_FILE}): {error}") from error
    return network


def inception_figures(
    network: nn.Module, true: Tensor, drawn: Tensor, floor: Tensor, width: int = 2048
) -> dict[str, float]:
    """FID, KID and Inception score of drawn pictures, and the same of `floor`, true pictures that are in neither set.

    Args:
        network: gives (features, logits) for (B, 3, H, W) uint8, as `inception_network`.
        true, drawn, floor: (N, 3 or more, H, W), sRGB -1..1.
        width: features that the network gives.

    Returns:
        "fid", "kid", "inception_score" and each with "_floor".

    Raises:
        MissingPart: torchmetrics is not installed.
        BadInput: fewer than four pictures in a set.
    """
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.inception import InceptionScore
        from torchmetrics.image.kid import KernelInceptionDistance
    except ImportError as error:
        raise MissingPart(_INSTALL.format(error.name)) from error
    if min(len(part) for part in (true, drawn, floor)) < 4:
        raise BadInput("FID and KID need four pictures or more in each set; sample more")
    features, logits = _Output(network, 0, width), _Output(network, 1, width)
    figures: dict[str, float] = {}
    for name, pictures in (("", drawn), ("_floor", floor)):
        size = min(len(true), len(pictures), 100)
        fid: Any = FrechetInceptionDistance(feature=features)
        kid: Any = KernelInceptionDistance(feature=features, subset_size=size)
        score: Any = InceptionScore(feature=logits)
        for metric in (fid, kid):
            for part in _bytes(true):
                metric.update(part, real=True)
            for part in _bytes(pictures):
                metric.update(part, real=False)
        for part in _bytes(pictures):
            score.update(part)
        figures[f"fid{name}"] = float(fid.compute())
        figures[f"kid{name}"] = float(kid.compute()[0])
        figures[f"inception_score{name}"] = float(score.compute()[0])
    return figures


_INSTALL = (
    "FID and its kin need {}, which is not installed; python -m pip install 'platelight[metrics]' brings it; without "
    "--inception the figures are made with other features"
)


class _Output(nn.Module):
    """One of a network's outputs, as torchmetrics asks for it."""

    def __init__(self, network: nn.Module, place: int, width: int) -> None:
        super().__init__()
        self.network, self.place = network, place
        self.num_features = width

    def forward(self, pictures: Tensor) -> Tensor:
        found: Tensor = self.network(pictures)[self.place]
        return found


def _bytes(pictures: Tensor) -> list[Tensor]:
    shown = ((0.5 + 0.5 * pictures[:, :3]).clamp(0, 1) * 255.0).round().to(torch.uint8)
    return [shown[start : start + _AT_ONCE] for start in range(0, len(shown), _AT_ONCE)]
