from __future__ import annotations

import numpy as np
import pytest

from core.inference.answer import Answer
from core.inference.flicker import FlickerSmoother, is_cut
from core.normals import angular_error_degrees, normalize, rotate
from tests.core.inference.moving import as_view, constant, texture, wavy

H, W = 72, 96


def jittered(field: np.ndarray, seed: int, degrees: float = 6.0) -> np.ndarray:
    """The field with a disturbance of its own, in blotches of 8 pixels, as a network's wandering has."""
    rng = np.random.default_rng(seed)
    blotches = rng.normal(0, np.radians(degrees), (-(-field.shape[0] // 8), -(-field.shape[1] // 8), 3))
    return normalize(field + np.kron(blotches, np.ones((8, 8, 1)))[: field.shape[0], : field.shape[1]])


def test_a_still_shot_calms_down_to_the_truth() -> None:
    smoother, true, view = FlickerSmoother(6), wavy(H, W), as_view(texture(H, W))
    raw = [jittered(true, seed) for seed in range(10)]
    found = [smoother.add(view, Answer(frame), 0.2).normals for frame in raw]
    np.testing.assert_array_equal(found[0], raw[0])

    def step(frames: list[np.ndarray]) -> float:
        return float(angular_error_degrees(frames[-1], frames[-2]).mean())

    assert step(found) < 0.3 * step(raw)
    assert angular_error_degrees(found[-1], true).mean() < 0.5 * angular_error_degrees(raw[-1], true).mean()
    np.testing.assert_allclose(np.linalg.norm(found[-1], axis=-1), 1.0, atol=1e-5)


def test_it_follows_what_moves() -> None:
    """The pattern and its normals pan by 3 pixels a frame."""
    smoother, wide = FlickerSmoother(4), wavy(H, W + 40)
    for index in range(8):
        shift = 3 * index
        true = wide[:, 30 - shift : 30 - shift + W] if shift <= 30 else wide[:, :W]
        raw = jittered(true, index)
        found = smoother.add(as_view(texture(H, W, (float(shift), 0.0))), Answer(raw), 0.0).normals
    inner = (slice(8, -8), slice(24, -8))
    assert angular_error_degrees(found, true)[inner].mean() < 0.65 * angular_error_degrees(raw, true)[inner].mean()


def test_a_cut_takes_nothing_over() -> None:
    smoother = FlickerSmoother()
    for _ in range(3):
        smoother.add(as_view(texture(H, W)), Answer(constant(H, W, (0, 0, 1))), 0.2)
    other = constant(H, W, (0.2, 0, 1))
    found = smoother.add(as_view(texture(H, W, seed=5)), Answer(other), 0.2).normals
    np.testing.assert_array_equal(found, other)
    again = smoother.add(as_view(texture(H, W, seed=5)), Answer(other), 0.2).normals
    assert angular_error_degrees(again, other).max() < 0.01


def test_cuts_and_shots_are_told_apart() -> None:
    here, believed = texture(H, W), np.ones((H, W), np.float32)
    assert not is_cut(here, texture(H, W, (4.0, 2.0)), believed)
    assert is_cut(here, here * 0.2, believed)
    assert is_cut(here, here, believed * 0.1)


def test_a_moving_edge_is_not_smeared() -> None:
    """A square with other normals moves over a background that stands still."""
    background, square = texture(H, W), texture(H, W, seed=3) * 0.4
    smoother = FlickerSmoother(6)
    for index in range(6):
        inside = np.zeros((H, W), bool)
        left = 15 + 4 * index
        inside[20:52, left : left + 32] = True
        moved = np.roll(square, 4 * index, axis=1)
        view = as_view(np.where(inside, moved, background).astype(np.float32))
        true = np.where(inside[..., None], constant(1, 1, (0.5, 0, 1)), constant(1, 1, (-0.2, 0, 1))).astype(np.float32)
        found = smoother.add(view, Answer(true), 0.2).normals
    error = angular_error_degrees(found, true)
    # Were the frames averaged in place, a strip of 24 columns behind the square would be off by about 20 degrees.
    behind = error[24:48, left - 24 : left - 2]
    assert behind.mean() < 1.0
    assert error.mean() < 0.5


def test_a_turning_camera_does_not_drag_its_normals_behind() -> None:
    """Normals turn by a degree a frame while the picture pans as that asks for."""
    still, dragged = FlickerSmoother(6), FlickerSmoother(6)
    wide = wavy(H, W + 20)
    for index in range(7):
        field = wide[:, 14 - 2 * index : 14 - 2 * index + W]
        c, s = np.cos(np.radians(index)), np.sin(np.radians(index))
        true = rotate(field, np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]))
        view = as_view(texture(H, W, (2.0 * index, 0.0)))
        turned = still.add(view, Answer(true), 0.6).normals
        plain = dragged.add(view, Answer(true), 0.0).normals  # a pixel without an angle allows no rotation
    inner = (slice(8, -8), slice(20, -8))
    assert angular_error_degrees(plain, true)[inner].mean() > 1.5
    assert angular_error_degrees(turned, true)[inner].mean() < 0.5


def test_a_frame_depends_on_so_many_before_it_and_no_more() -> None:
    frames = [(as_view(texture(H, W, (1.5 * i, 0.5 * i))), Answer(jittered(wavy(H, W), i))) for i in range(9)]
    whole, part = FlickerSmoother(3), FlickerSmoother(3)
    results = [whole.add(view, answer, 0.2).normals for view, answer in frames]
    resumed = [part.add(view, answer, 0.2).normals for view, answer in frames[3:]]
    np.testing.assert_array_equal(resumed[3], results[6])
    np.testing.assert_array_equal(resumed[5], results[8])
    assert np.abs(resumed[2] - results[5]).max() > 1e-6  # one frame too few is another result


def test_a_lost_frame_ages_the_others() -> None:
    frames = [(as_view(texture(H, W)), Answer(jittered(wavy(H, W), i))) for i in range(5)]
    whole, part = FlickerSmoother(2), FlickerSmoother(2)
    for view, answer in frames[:2]:
        whole.add(view, answer, 0.2)
    whole.skip()
    part.add(*frames[1], 0.2)
    part.skip()
    np.testing.assert_array_equal(whole.add(*frames[3], 0.2).normals, part.add(*frames[3], 0.2).normals)


def test_doubtful_answers_count_less() -> None:
    view, good, bad = as_view(texture(H, W)), constant(H, W, (0, 0, 1)), constant(H, W, (0.15, 0, 1))
    sure, unsure = np.ones((H, W), np.float32), np.full((H, W), 0.1, np.float32)
    smoother, even = FlickerSmoother(), FlickerSmoother()
    smoother.add(view, Answer(good, sure), 0.2)
    even.add(view, Answer(good), 0.2)
    weighed = smoother.add(view, Answer(bad, unsure), 0.2)
    alike = even.add(view, Answer(bad), 0.2)
    assert alike.confidence is None
    ratio = angular_error_degrees(weighed.normals, good).mean() / angular_error_degrees(alike.normals, good).mean()
    assert ratio < 0.4


@pytest.mark.parametrize(("size", "fine"), [((1, 1), (1, 1)), ((9, 33), (18, 66)), ((32, 32), (33, 31))])
def test_odd_sizes_and_finer_answers(size: tuple[int, int], fine: tuple[int, int]) -> None:
    smoother = FlickerSmoother(2)
    for seed in range(3):
        found = smoother.add(as_view(texture(*size)), Answer(jittered(wavy(*fine), seed)), 0.2).normals
    assert found.shape == (*fine, 3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-5)


def test_another_size_begins_anew() -> None:
    smoother, other, turned = FlickerSmoother(), Answer(wavy(50, 40)), Answer(-wavy(50, 40))
    smoother.add(as_view(texture(40, 40)), Answer(wavy(40, 40)), 0.2)
    np.testing.assert_array_equal(smoother.add(as_view(texture(50, 40)), other, 0.2).normals, other.normals)
    smoother.reset()
    np.testing.assert_array_equal(smoother.add(as_view(texture(50, 40)), turned, 0.2).normals, turned.normals)
    with pytest.raises(ValueError, match="1 or more"):
        FlickerSmoother(0)


def test_confidence_is_averaged_and_stays_between_what_was_stated() -> None:
    view, rng = as_view(texture(H, W)), np.random.default_rng(0)
    smoother = FlickerSmoother(6)
    stated = [rng.uniform(0.3, 0.9, (H, W)).astype(np.float32) for _ in range(7)]
    found = [np.asarray(smoother.add(view, Answer(constant(H, W, (0, 0, 1)), one), 0.0).confidence) for one in stated]
    np.testing.assert_array_equal(found[0], stated[0])
    last = found[-1]
    # A shot that stands still has no flow, so that every pixel is an average of itself at other times.
    assert (last >= np.min(stated, axis=0) - 1e-4).all()
    assert (last <= np.max(stated, axis=0) + 1e-4).all()
    assert last.std() < 0.6 * stated[-1].std()


def test_a_confident_pixel_stays_one_and_a_sure_past_is_believed() -> None:
    view, flat = as_view(texture(H, W)), constant(H, W, (0, 0, 1))
    smoother = FlickerSmoother(6)
    for _ in range(4):
        sure = smoother.add(view, Answer(flat, np.full((H, W), 0.9, np.float32)), 0.0)
    np.testing.assert_allclose(np.asarray(sure.confidence), 0.9, atol=1e-5)
    doubted = smoother.add(view, Answer(flat, np.full((H, W), 0.1, np.float32)), 0.0)
    assert np.asarray(doubted.confidence).mean() > 0.7, "its normals are those of the frames before, and so is this"
    smoother.reset()
    smoother.add(view, Answer(flat, np.full((H, W), 0.1, np.float32)), 0.0)
    regained = smoother.add(view, Answer(flat, np.full((H, W), 0.9, np.float32)), 0.0)
    assert np.asarray(regained.confidence).min() > 0.75, "one doubtful frame hardly counts"


def test_answers_that_contradict_each_other_do_not_lend_their_confidence() -> None:
    view = as_view(texture(H, W))
    smoother = FlickerSmoother(6)
    smoother.add(view, Answer(constant(H, W, (0, 0, 1)), np.full((H, W), 0.95, np.float32)), 0.0)
    other = Answer(constant(H, W, (1.0, 0, 0.2)), np.full((H, W), 0.4, np.float32))
    assert np.asarray(smoother.add(view, other, 0.0).confidence).max() < 0.45


def test_no_confidence_at_all_is_survived() -> None:
    view, flat = as_view(texture(H, W)), constant(H, W, (0.1, 0, 1))
    smoother = FlickerSmoother(2)
    for _ in range(3):
        found = smoother.add(view, Answer(flat, np.zeros((H, W), np.float32)), 0.0)
    np.testing.assert_array_equal(np.asarray(found.confidence), 0.0)
    assert angular_error_degrees(found.normals, flat).max() < 0.01
