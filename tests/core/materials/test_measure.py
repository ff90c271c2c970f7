from __future__ import annotations

import numpy as np

from core.materials.measure import CHANCE, ambiguity_floor, calibration, measure, rerender_error, split_products
from core.materials.parameters import PARAMETERS, to_quantities

DRAWN = np.random.default_rng(0).uniform(size=(400, 10)).astype(np.float32)


def test_the_floor_is_that_of_three_channels_sharing_a_weight() -> None:
    floor = dict(zip(PARAMETERS, ambiguity_floor(100_000), strict=True))
    assert abs(floor["base"] - 0.086) < 0.002
    assert abs(floor["base_color.g"] - 0.094) < 0.002
    assert abs(floor["specular_color.b"] - 0.094) < 0.002
    assert floor["metalness"] < 1e-6


def test_no_constant_factor_splits_better() -> None:
    products = to_quantities(DRAWN)
    best = np.abs(split_products(products) - DRAWN)[:, :4].mean()
    for weight in (0.6, 0.75, 0.9, 1.0):
        other = np.clip(np.concatenate([np.full((len(DRAWN), 1), weight), products[:, :3] / weight], 1), 0, 1)
        assert np.abs(other - DRAWN[:, :4]).mean() > best


def test_the_truth_has_no_errors_and_one_half_has_those_of_chance() -> None:
    right = measure(DRAWN, to_quantities(DRAWN), DRAWN)
    assert right.identifiable == right.rerender == right.mean_of_ten == 0.0
    half = np.full_like(DRAWN, 0.5)
    guess = measure(DRAWN, to_quantities(half), half)
    assert abs(guess.mean_of_ten - CHANCE) < 0.01
    assert guess.rerender > 0.05
    assert set(guess.to_json()["seen"]) == {"base_color", "specular_color", "specular_roughness", "metalness"}


def test_errors_of_what_is_not_seen_do_not_count() -> None:
    chalk = np.array([[1, 0.8, 0.8, 0.8, 1, 1, 1, 1, 0.95, 0]], np.float32)
    wrong = to_quantities(chalk)
    wrong[:, 3:6] = 0.2
    errors = measure(chalk, wrong)
    assert errors.identifiable == 0.0
    assert np.isclose(errors.groups_all["specular_color"], 0.8)
    assert 0 < errors.rerender < 0.03


def test_rerendered_errors_grow_with_those_of_the_material() -> None:
    truth = to_quantities(DRAWN[:40])
    near, far = np.clip(truth + 0.05, 0, 1), np.clip(truth + 0.2, 0, 1)
    assert (rerender_error(truth, truth) == 0).all()
    assert rerender_error(far, truth).mean() > 2 * rerender_error(near, truth).mean()


def test_true_doubts_are_calibrated_and_others_are_not() -> None:
    rng = np.random.default_rng(1)
    truth = to_quantities(np.clip(0.3 + 0.4 * DRAWN, 0, 1))
    doubt = rng.uniform(0.01, 0.05, truth.shape)
    found = truth + rng.laplace(0, 1, truth.shape) * doubt
    ten = np.concatenate([np.ones((400, 1)), truth[:, :3], np.ones((400, 1)), truth[:, 3:]], 1)
    told = calibration(ten, found, doubt)
    assert abs(told["base_color"]["within"]["80 %"] - 0.8) < 0.04
    assert abs(told["base_color"]["expected"] - told["base_color"]["found"]) < 0.003
    assert told["by_doubt"][0][1] < told["by_doubt"][-1][1]
    assert calibration(ten, found, 0.2 * doubt)["base_color"]["within"]["80 %"] < 0.5
