"""One renderer for all tests: Mitsuba with the fastest variant that works here."""

from __future__ import annotations

import pytest

from scene_generator.renderers.mitsuba import MitsubaRenderer

TEXTURE_SIZE = 64


@pytest.fixture(scope="session")
def renderer() -> MitsubaRenderer:
    """A loaded renderer with small textures."""
    pytest.importorskip("mitsuba")
    from scene_generator.renderers.variant import choose_variant

    variant, _ = choose_variant("auto")
    return MitsubaRenderer(variant, TEXTURE_SIZE)
