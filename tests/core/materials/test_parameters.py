from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadSize
from core.materials.parameters import COUNT, GROUPS, PARAMETERS, QUANTITIES, from_quantities, to_quantities


def test_products_are_taken_and_written_with_full_weights() -> None:
    ten = np.array([0.5, 0.2, 0.4, 0.6, 0.25, 1.0, 0.8, 0.4, 0.3, 0.7])
    eight = to_quantities(ten)
    assert np.allclose(eight, [0.1, 0.2, 0.3, 0.25, 0.2, 0.1, 0.3, 0.7])
    written = from_quantities(eight)
    assert np.allclose(written, [1.0, 0.1, 0.2, 0.3, 1.0, 0.25, 0.2, 0.1, 0.3, 0.7])
    assert np.allclose(to_quantities(written), eight)
    assert to_quantities(np.ones((3, 4, 10))).shape == (3, 4, 8)


def test_the_names_fit_the_numbers() -> None:
    assert len(PARAMETERS) == COUNT == 10
    assert len(QUANTITIES) == 8
    covered = [index for place in GROUPS.values() for index in range(place.start, place.stop)]
    assert covered == list(range(8))
    for name, place in GROUPS.items():
        assert all(entry.split(".")[0] == name for entry in QUANTITIES[place])


def test_other_lengths_are_refused() -> None:
    with pytest.raises(BadSize, match="must be 10"):
        to_quantities(np.zeros(8))
    with pytest.raises(BadSize, match="must be 8"):
        from_quantities(np.zeros((2, 10)))
