from __future__ import annotations

import numpy as np
import pytest
import torch

from core.losses.texture_slopes import mean_correlation, slope_correlation, slopes_of_normals
from core.textures.slopes import normals_from_slopes


def test_correlation_is_pearsons_over_both_components() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(3, 2, 8, 9), torch.randn(3, 2, 8, 9)
    found, weight = slope_correlation(a, b)
    wanted = [np.corrcoef(a[k].numpy().ravel(), b[k].numpy().ravel())[0, 1] for k in range(3)]
    assert np.allclose(found.numpy(), wanted, atol=1e-4)
    assert torch.equal(weight, torch.ones(3))


def test_strength_does_not_matter_and_sign_does() -> None:
    wanted = torch.randn(1, 2, 8, 8)
    assert mean_correlation(0.2 * wanted, wanted) == pytest.approx(1.0, abs=1e-3)
    assert mean_correlation(-wanted, wanted) == pytest.approx(-1.0, abs=1e-3)


def test_flat_images_say_nothing() -> None:
    torch.manual_seed(0)
    relief = torch.randn(1, 2, 8, 8)
    wanted = torch.cat([relief, torch.zeros_like(relief)])
    predicted = torch.cat([relief, torch.randn(1, 2, 8, 8)])
    assert mean_correlation(predicted, wanted) == pytest.approx(1.0, abs=1e-3)
    assert mean_correlation(predicted, torch.zeros_like(wanted)) == 1.0


def test_the_gradient_is_finite_where_nothing_is_predicted() -> None:
    flat = torch.zeros(2, 2, 8, 8, requires_grad=True)
    mean_correlation(flat, torch.randn(2, 2, 8, 8)).backward()  # type: ignore[no-untyped-call]
    assert flat.grad is not None
    assert torch.isfinite(flat.grad).all()
    assert flat.grad.abs().max() > 0


def test_slopes_of_normals() -> None:
    slopes = np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32)
    normals = torch.from_numpy(normals_from_slopes(slopes)).permute(2, 0, 1)[None]
    assert np.allclose(slopes_of_normals(normals)[0].permute(1, 2, 0).numpy(), slopes, atol=1e-4)
