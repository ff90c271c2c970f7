"""Which of Mitsuba's variants to use on this machine."""

from __future__ import annotations

from core.errors import BadConfig, MissingPart
from scene_generator.renderers.llvm import probe_variant
from scene_generator.renderers.mitsuba import VARIANTS


def choose_variant(asked: str = "auto") -> tuple[str, str]:
    """Return a variant that rendered a picture in a child process, and a sentence for the user ("" if all is well).

    Args:
        asked: "auto" for the fastest that works, or one of `VARIANTS`.

    Raises:
        BadConfig: `asked` is unknown.
        MissingPart: the variant that was asked for, or every variant, fails.
    """
    if asked != "auto" and asked not in VARIANTS:
        raise BadConfig(f"renderer variant {asked!r} is unknown; known are auto, {', '.join(VARIANTS)}")
    why: dict[str, str] = {}
    for variant in VARIANTS if asked == "auto" else (asked,):
        problem = probe_variant(variant)
        if problem is None:
            if variant == VARIANTS[0] or asked != "auto":
                return variant, ""
            fault = f"{VARIANTS[0]} does not work here ({why[VARIANTS[0]]})"
            slow = f"rendering with {variant}, 10 to 20 times slower: {fault}"
            return variant, f"{slow}; `python -m scene_generator.renderers.llvm --install` mends it"
        why[variant] = problem
    raise MissingPart("no renderer works here: " + "; ".join(f"{name}: {text}" for name, text in why.items()))
