"""MaterialX: materials as `standard_surface` documents, and how far the renderer's BSDF is from that definition.

`surface.py` names the parameters, `write.py` makes documents from them, `scene.py` exports whole scenes, `validate.py`
is MaterialX's own check. `standard_surface.py` is the reference BSDF in numpy, and `mapping.py` says how the parameters
go to Mitsuba. The package needs the extra `materialx` only where a document is written or read.
"""

from __future__ import annotations

from scene_generator.mtlx.bake import material_to_mtlx
from scene_generator.mtlx.scene import scene_to_mtlx
from scene_generator.mtlx.surface import StandardSurface, Texture
from scene_generator.mtlx.write import surface_to_mtlx

__all__ = ["StandardSurface", "Texture", "material_to_mtlx", "scene_to_mtlx", "surface_to_mtlx"]
