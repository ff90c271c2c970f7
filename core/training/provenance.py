"""Where a folder of shards came from, for the run's record and the model's card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["provenance"]


def provenance(folder: Path) -> dict[str, Any]:
    """What `platelight generate` left in `folder/build.json`: recipe, seed, size, samples a pixel, renderer variant.

    A folder without that file, made by other means, gives its name only.
    """
    facts: dict[str, Any] = {"folder": folder.name}
    try:
        build = json.loads((folder / "build.json").read_text("utf-8"))
        recipe, settings = build["recipe"], build["settings"]
        facts |= {
            "recipe": f"{recipe['name']} {recipe['version']}",
            "families": [share["name"] for share in recipe["families"]],
            "seed": build["seed"],
            "size": [settings["width"], settings["height"]],
            "samples": settings["samples"],
            "denoised": settings["denoise"],
            "renderer": f"mitsuba {build['variant']}",
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {"folder": folder.name}
    return facts
