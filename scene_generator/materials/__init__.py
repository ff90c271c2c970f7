"""Random materials by what they are for; parameters follow `standard_surface`.

Colour detail and relief are drawn independently for printed and painted surfaces, so that a network cannot take every
dark line for a groove; they are tied together where nature ties them (bricks, weave, planks, rust).
"""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.materials import anything, body, cloth, earth, grown, laid, manufactured, metals, painted, printed
from scene_generator.materials.colors import color
from scene_generator.materials.surface import FLAT, Recipe
from scene_generator.spec import Material, SpecError

__all__ = ["FLAT", "ROLES", "color", "material"]

ROLES: Dict[str, Recipe] = {  # noqa: UP006
    **painted.ROLES,
    **laid.ROLES,
    **earth.ROLES,
    **grown.ROLES,
    **cloth.ROLES,
    **body.ROLES,
    **manufactured.ROLES,
    **metals.ROLES,
    **printed.ROLES,
    **anything.ROLES,
}
"""What a material can be for, each with the function that draws one."""


def material(rng: np.random.Generator, role: str) -> Material:
    """Return a random material for `role`, one of `ROLES`. Raises SpecError for another."""
    if role not in ROLES:
        raise SpecError(f"material role {role!r} is unknown; known are {sorted(ROLES)}")
    return ROLES[role](rng)
