"""Scene families: each file is one readable recipe with documented ranges, from dice to a `Layout`."""

from __future__ import annotations

from typing import Dict  # noqa: UP035 - Python 3.9

from scene_generator.families import (
    cluster,
    drapery,
    facade,
    figures,
    garden,
    landscape,
    organic,
    room,
    street,
    table_top,
)
from scene_generator.families.family import Family

FAMILIES: Dict[str, Family] = {  # noqa: UP006
    module.FAMILY.name: module.FAMILY
    for module in (room, table_top, cluster, facade, street, organic, figures, garden, drapery, landscape)
}
"""Every family by name."""
