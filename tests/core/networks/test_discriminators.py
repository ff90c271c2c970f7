"""Discriminators: how much one score sees, measured by gradient, and that they can tell what is easy to tell."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.errors import BadConfig
from core.losses.adversarial import adversarial_loss
from core.networks.discriminators import LAYOUTS, PatchDiscriminator, build_discriminator

torch.set_num_threads(1)


def build(layout: str, size: int, width: int = 2) -> nn.Module:
    torch.manual_seed(1)
    return build_discriminator(layout, 2, size, width)


def seen(net: nn.Module, size: int, row: int, column: int) -> tuple[slice, slice]:
    """Rows and columns of the picture that the score at a place depends on."""
    net = net.double().eval()  # in training, batch statistics tie everything to everything
    pictures = torch.randn((1, 2, size, size), generator=torch.Generator().manual_seed(2)).double().requires_grad_()
    net(pictures)[0, 0, row, column].backward()
    assert pictures.grad is not None
    there = pictures.grad.abs().sum((0, 1)) > 0
    rows, columns = (torch.nonzero(there.any(axis)).flatten().tolist() for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@pytest.mark.parametrize(
    ("layout", "size", "scores", "side"),
    [("pixel", 32, 32, 1), ("patch16", 64, 30, 16), ("patch70", 128, 14, 70), ("patch286", 512, 14, 286)],
)
def test_a_score_sees_as_many_pixels_as_its_name_says(layout: str, size: int, scores: int, side: int) -> None:
    net = build(layout, size)
    middle = scores // 2
    rows, columns = seen(net, size, middle, middle)
    assert (rows.stop - rows.start, columns.stop - columns.start) == (side, side)
    if isinstance(net, PatchDiscriminator):
        assert net.receptive_field == side
    with torch.no_grad():
        assert net.float()(torch.zeros(1, 2, size, size)).shape == (1, 1, scores, scores)


@pytest.mark.parametrize("size", [64, 96, 128, 160, 224])
def test_the_whole_image_gets_one_score_that_sees_all_of_it(size: int) -> None:
    net = build("image", size)
    with torch.no_grad():
        assert net.eval()(torch.zeros(3, 2, size, size)).shape == (3, 1, 1, 1)
    assert seen(net, size, 0, 0) == (slice(0, size), slice(0, size))


def test_widths_are_the_published_ones() -> None:
    def widths(layout: str) -> list[int]:
        net = build_discriminator(layout, 6, 256)
        return [part.out_channels for part in net.modules() if isinstance(part, nn.Conv2d)]

    assert widths("pixel") == [64, 128, 1]
    assert widths("patch16") == [64, 128, 1]
    assert widths("patch70") == [64, 128, 256, 512, 1]
    assert widths("patch286") == [64, 128, 256, 512, 512, 512, 1]
    assert widths("image") == [64, 128, 256, 512, 512, 512, 1]
    patch = build_discriminator("patch70", 6, 256)
    # The authors' code has 2.769 million; biases of the first and last layers are in both.
    assert sum(parameter.numel() for parameter in patch.parameters()) / 1e6 == pytest.approx(2.769, abs=0.001)


def stripes(count: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pairs of a flat input and stripes of any phase: lying in true pairs, standing in drawn ones."""
    generator = torch.Generator().manual_seed(seed)
    phase = 6.3 * torch.rand((count, 1, 1, 1), generator=generator)
    waves = torch.sin(torch.arange(size).float()[:, None] * 0.8 + phase).expand(-1, -1, -1, size)
    flat = torch.rand((count, 1, 1, 1), generator=generator).expand(-1, -1, size, size)
    return torch.cat([flat, waves], 1), torch.cat([flat, waves.transpose(2, 3)], 1)


def final_losses(layout: str, steps: int, rate: float) -> list[float]:
    size = 96 if layout == "patch286" else 32
    net = build(layout, size, width=4)
    optimiser = torch.optim.Adam(net.parameters(), rate, betas=(0.5, 0.999))
    losses = []
    for step in range(steps):
        true, drawn = stripes(2, size, step)
        loss = 0.5 * (adversarial_loss(net(true), True) + adversarial_loss(net(drawn), False))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("layout", LAYOUTS[1:])
def test_the_loss_falls_where_pairs_can_be_told_apart(layout: str) -> None:
    losses = final_losses(layout, 30, 4e-3)
    assert losses[0] > 0.5
    assert max(losses[-3:]) < 0.35


def test_single_pixels_do_not_tell_how_stripes_run() -> None:
    assert min(final_losses("pixel", 30, 4e-3)[-3:]) > 0.6


def test_odd_settings_are_refused() -> None:
    with pytest.raises(BadConfig, match="choose one of none, pixel"):
        build("patch71", 64)
    with pytest.raises(BadConfig, match="take 96 pixels or more"):
        build("patch286", 64)
    with pytest.raises(BadConfig, match="8 pixels or more"):
        build("image", 4)
