"""Where a folder of shards came from, for the run's record and the model's card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import FileMissing
from core.shards import ShardSet
from worker_link.json_text import read_json

__all__ = ["provenance"]


def provenance(folder: Path) -> dict[str, Any]:
    """What `platelight generate` left in `folder/build.json`: recipe, seed, size, samples a pixel, renderer variant.

    A folder without that file, made by other means, gives its name only. Where the samples use a user's own meshes,
    textures or environment maps, `assets` counts them by kind and by licence.
    """
    facts: dict[str, Any] = {"folder": folder.name}
    assets = _assets(folder)
    if assets:
        facts["assets"] = assets
    try:
        build = read_json(folder / "build.json")
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
        pass
    return facts


def _told(assets: Any) -> list[dict[str, Any]]:
    """The entries of a sample's list of assets that say what they are."""
    known = [asset for asset in assets if isinstance(asset, dict)] if isinstance(assets, list) else []
    return [asset for asset in known if {"kind", "licence", "name"} <= set(asset)]


def _assets(folder: Path) -> dict[str, dict[str, int]]:
    """Kind -> licence -> how many different files of it the samples use."""
    try:
        shards = ShardSet.open(folder)
    except FileMissing:
        return {}
    used = {
        (str(asset["kind"]), str(asset["licence"]), str(asset["name"]))
        for key in shards.keys
        for asset in _told(shards.metadata(key).get("assets"))
    }
    counts: dict[str, dict[str, int]] = {}
    for kind, licence, _ in sorted(used):
        of_kind = counts.setdefault(kind, {})
        of_kind[licence] = of_kind.get(licence, 0) + 1
    return counts
