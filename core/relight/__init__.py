"""The relighting reference in numpy: lights, BRDF, shading, and the ways light and plate are put together.

Everything is float32 and scene-linear, in camera space (right-handed, +X right, +Y up, the camera looks down -Z) and
in metres. `docs/relight.md` explains the lights file; `core.relight.shade` is where the picture is made.
"""
