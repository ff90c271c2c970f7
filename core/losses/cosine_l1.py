"""One minus the cosine, plus half the mean absolute difference of the components."""

from __future__ import annotations

from torch import Tensor

from core.losses.precision import at_least_float32

__all__ = ["cosine_l1_loss"]


def cosine_l1_loss(prediction: Tensor, reference: Tensor, mask: Tensor, l1_weight: float = 0.5) -> Tensor:
    """Mean of `1 - p . r + l1_weight * mean(|p - r|)` over the pixels of `mask`.

    The cosine term is quadratic near the answer and bounded far from it; the L1 term keeps pulling once the answer is
    close. The cosine loss for normals is that of Eigen and Fergus, "Predicting Depth, Surface Normals and Semantic
    Labels with a Common Multi-scale Convolutional Architecture", 2015; L1 is the reconstruction term of Isola et al.,
    "Image-to-Image Translation with Conditional Adversarial Networks", 2017.

    Args:
        prediction, reference: (B, 3, H, W), unit vectors.
        mask: (B, 1, H, W) of 0 and 1, or bool.
        l1_weight: weight of the second term, which is 0..2/3 * sqrt(3).

    Returns:
        A scalar of float32 or better, at least 0; 0 if the mask is empty.
    """
    prediction, reference = at_least_float32(prediction), at_least_float32(reference)
    weight = mask[:, 0].to(prediction.dtype)
    cosine = (prediction * reference).sum(1)
    l1 = (prediction - reference).abs().mean(1)
    return ((1.0 - cosine + l1_weight * l1) * weight).sum() / weight.sum().clamp_min(1.0)
