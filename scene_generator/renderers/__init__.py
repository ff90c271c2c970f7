"""Renderers behind one contract: a SceneSpec in, a Frame out."""

from __future__ import annotations

from scene_generator.renderers.contract import PASSES, Frame, Renderer, RenderSettings

__all__ = ["PASSES", "Frame", "RenderSettings", "Renderer"]
