"""Scene families: each file is one readable recipe, a pure function from a random generator to a `Layout`."""

from __future__ import annotations

from typing import Callable, Dict  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.families.cluster import cluster
from scene_generator.families.facade import facade
from scene_generator.families.layout import Layout
from scene_generator.families.room import room
from scene_generator.families.table_top import table_top

FAMILIES: Dict[str, Callable[[np.random.Generator], Layout]] = {  # noqa: UP006
    "cluster": cluster,
    "table_top": table_top,
    "room": room,
    "facade": facade,
}
