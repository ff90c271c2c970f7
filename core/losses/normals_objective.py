"""What a plate-normals network is asked for: a weighted sum of terms, each with its own page and paper."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from core.errors import BadConfig
from core.losses.angular import angle
from core.losses.angular_vmf import angular_vmf_nll
from core.losses.cosine_l1 import cosine_l1_loss
from core.losses.edge_aware import edge_weighted_angular_loss, gradient_matching_loss
from core.settings import from_settings

__all__ = ["NormalsObjective", "facing"]


@dataclass(frozen=True, kw_only=True)
class NormalsObjective:
    """Weights of the terms; 0 leaves a term out.

    Attributes:
        cosine_l1: `core.losses.cosine_l1`.
        angular: `core.losses.edge_aware.edge_weighted_angular_loss`, the plain angular loss if `edge_gain` is 0.
        edge_gain: by how much more a pixel counts beside a discontinuity.
        gradient: `core.losses.edge_aware.gradient_matching_loss`, at `gradient_scales` scales.
        gradient_scales: see there.
        confidence: negative log-likelihood of the angles (`core.losses.angular_vmf`). It teaches the concentration
            alone: the directions are taught by the terms above, so that a network never buys likelihood with a worse
            direction. A pixel without a surface has no normal, and any direction is as likely: the expected angle of
            90 degrees stands for its error, which asks for a concentration of 0.
        calm: angle to the camera's own direction where there is no surface, so that skies stay calm.

    Raises:
        BadConfig: a weight below 0.
    """

    cosine_l1: float = 1.0
    angular: float = 0.0
    edge_gain: float = 0.0
    gradient: float = 0.0
    gradient_scales: int = 3
    confidence: float = 0.0
    calm: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            if not 0.0 <= getattr(self, item.name) < math.inf:
                raise BadConfig(f"objective {item.name} {getattr(self, item.name)}: must be 0 or more")

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> NormalsObjective:
        """From the settings of a recipe. Raises BadConfig for a name that is unknown or a value that is no number."""
        return from_settings(cls, value, "objective")

    def losses(
        self, normals: Tensor, kappa: Tensor | None, reference: Tensor, mask: Tensor, empty: Tensor, rays: Tensor
    ) -> dict[str, Tensor]:
        """The weighted terms by name.

        Args:
            normals, reference: (B, 3, H, W) unit vectors.
            kappa: (B, 1, H, W), or None from a network without confidence.
            mask: (B, 1, H, W), 1 where `reference` is a normal.
            empty: (B, 1, H, W), 1 where there is no surface at all. Pixels may be neither.
            rays: (B, 2, H, W) slopes.
        """
        found: dict[str, Tensor] = {}
        if self.cosine_l1:
            found["cosine_l1"] = self.cosine_l1 * cosine_l1_loss(normals, reference, mask)
        if self.angular:
            found["angular"] = self.angular * edge_weighted_angular_loss(normals, reference, mask, self.edge_gain)
        if self.gradient:
            found["gradient"] = self.gradient * gradient_matching_loss(normals, reference, mask, self.gradient_scales)
        if self.confidence and kappa is not None:
            found["confidence"] = self.confidence * _confidence_loss(normals, kappa, reference, mask, empty)
        if self.calm:
            away = angle(normals, facing(rays))
            found["calm"] = self.calm * (away * empty[:, 0]).sum() / mask[:, 0].numel()
        return found


def facing(rays: Tensor) -> Tensor:
    """The direction from each pixel's surface to the camera: (B, 2, H, W) slopes -> (B, 3, H, W) unit vectors."""
    towards = torch.cat([-rays, torch.ones_like(rays[:, :1])], dim=1)
    return torch.nn.functional.normalize(towards.float(), dim=1)


def _confidence_loss(normals: Tensor, kappa: Tensor, reference: Tensor, mask: Tensor, empty: Tensor) -> Tensor:
    with torch.no_grad():
        error = angle(normals, reference)
        error = torch.where(empty[:, 0] > 0.5, torch.full_like(error, math.pi / 2.0), error)
        weight = torch.maximum(mask, empty)[:, 0]
    found = angular_vmf_nll(error, kappa[:, 0])
    return (found * weight).sum() / weight.sum().clamp_min(1.0)
