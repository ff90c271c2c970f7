"""Which of Maya's renderers to use: Arnold where it loads."""

from __future__ import annotations

from core.errors import BadConfig, RenderFailed
from scene_generator.maya_scene.facts import ARNOLD, PLANS, SOFTWARE
from scene_generator.renderers.maya.child import ChildDied, MayaPy
from scene_generator.renderers.maya.find import find_mayapy
from scene_generator.renderers.maya.place import PrivateFolder


def choose_plan(asked: str = "auto") -> tuple[str, str]:
    """Return one of `PLANS`, and a sentence for the user ("" if all is well), by starting Maya once.

    Args:
        asked: `auto`, or one of `PLANS`, which is returned without a look at Maya.

    Raises:
        BadConfig: `asked` is unknown.
        MissingPart: there is no mayapy.
        RenderFailed: Maya does not start.
    """
    if asked in PLANS:
        return asked, ""
    if asked != "auto":
        raise BadConfig(f"renderer variant {asked!r} is unknown for Maya; known are auto, {', '.join(PLANS)}")
    mayapy, place = find_mayapy(), PrivateFolder()
    try:
        child = MayaPy(mayapy, place)
        child.stop()
    except ChildDied as error:
        raise RenderFailed(f"{mayapy}: {error}") from error
    finally:
        place.remove()
    if child.versions["arnold"]:
        return ARNOLD, ""
    note = "no Arnold here: rendering with Maya Software, which knows neither a sky nor indirect light"
    return SOFTWARE, f"{note} (docs/maya-renderer.md)"
