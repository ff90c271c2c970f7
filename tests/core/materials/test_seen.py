from __future__ import annotations

import numpy as np

from core.materials.parameters import GROUPS
from core.materials.seen import seen, sensitivity

ROUGH_WHITE = [0.8, 0.8, 0.8, 1.0, 1.0, 1.0, 0.95, 0.0]
GLOSSY_BLACK = [0.02, 0.02, 0.02, 1.0, 1.0, 1.0, 0.3, 0.0]
GOLD = [0.95, 0.7, 0.3, 1.0, 1.0, 1.0, 0.3, 1.0]
NO_GLOSS = [0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0]


def test_what_a_picture_shows_depends_on_the_material() -> None:
    shown = seen([ROUGH_WHITE, GLOSSY_BLACK, GOLD, NO_GLOSS])
    specular, roughness = GROUPS["specular_color"], GROUPS["specular_roughness"]
    assert shown[:, GROUPS["base_color"]].all()
    assert not shown[0, specular].any()
    assert shown[1, specular].all()
    assert shown[1, roughness].all()
    assert shown[2, roughness].all()
    assert not shown[3, roughness].any()


def test_the_brighter_what_lies_below_the_less_a_gloss_is_seen() -> None:
    bodies = [[level] * 3 + GLOSSY_BLACK[3:] for level in (0.02, 0.2, 0.8)]
    change = sensitivity(bodies)[:, 4]
    assert change[0] > change[1] > change[2] > 0
    edge = sensitivity([GOLD])[0, 3:6]
    assert edge[0] < edge[2]  # where gold reflects nearly all, its edge cannot be brighter


def test_channels_are_moved_one_by_one() -> None:
    values = np.array([[0.9, 0.1, 0.5, 0.5, 0.5, 0.5, 0.4, 0.0]])
    change = sensitivity(values)[0]
    mirrored = sensitivity(values[:, [1, 0, 2, 3, 4, 5, 6, 7]])[0]
    assert np.isclose(change[0], mirrored[1], rtol=0.1)
    assert change[1] > change[0]  # a dark channel's step is larger on a screen
