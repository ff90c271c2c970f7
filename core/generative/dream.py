"""New tileable textures as files that a scene recipe takes as a source.

A set is NAME_diffuse, NAME_metalness and NAME_glossiness, the layout that the scene generator scans (`platelight
generate --textures DIR`). `ASSETS.json` beside them says where they come from, which the generator copies, with the
hash of each set, into the manifest of what it renders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.atomic import write_json
from core.errors import BadConfig, ModelMismatch
from core.generative.pictures import write_picture
from core.generative.runs import ImageRun, latents_of_seeds
from core.training.run_folder import CHECKPOINT
from worker_link.json_text import read_json

__all__ = ["PROVENANCE", "DreamSettings", "dream", "provenance_of"]

PROVENANCE = "dream.json"
"""File in the folder that says all about its textures."""

_LARGEST_SEED = 2**62


@dataclass(frozen=True, kw_only=True)
class DreamSettings:
    """What to draw.

    Attributes:
        count: textures, 1 or more.
        seed: of the first; the others follow it.
        truncation: see `StyleGenerator.styles`.
        kind: only this one of the run's kinds; None: all, as often as they occur.
        licence: of the textures; empty: a sentence that says what they were learnt from.
    """

    count: int = 16
    seed: int = 0
    truncation: float = 0.9
    kind: int | None = None
    licence: str = ""


def dream(
    run: ImageRun, out: Path, settings: DreamSettings, on_texture: Callable[[str], None] = lambda name: None
) -> list[Path]:
    """Write texture sets and their provenance; return the colour files.

    A model of colours alone gives NAME_diffuse only. Files of the same names are replaced, others of the same weights
    stay; the same run, seed, truncation and kind give the same textures.

    Raises:
        ModelMismatch: the run's pictures do not tile.
        BadConfig: a number out of range, or a kind that the run does not know.
        DiskFull, BadInput: the folder cannot be written.
    """
    if settings.count < 1 or not 0 <= settings.seed < _LARGEST_SEED or not 0.0 <= settings.truncation <= 1.5:
        raise BadConfig(
            f"count {settings.count}, seed {settings.seed}, truncation {settings.truncation}: 1 or more, 0 or more, "
            f"and 0 to 1.5 are needed"
        )
    if not run.generator.torus:
        raise ModelMismatch(f"{run.path}: its pictures do not tile; train with a recipe whose generator has torus true")
    seeds = list(range(settings.seed, settings.seed + settings.count))
    latents = latents_of_seeds(seeds, run.generator.latent)
    if settings.kind is not None:
        latents = run.of_kind(latents, settings.kind)
    pictures = run.draw(latents, settings.truncation)
    values = (0.5 + 0.5 * pictures.numpy()).clip(0.0, 1.0).transpose(0, 2, 3, 1)
    facts = provenance_of(run)
    before = _dreamt_before(out, facts["checkpoint_sha256"])
    colors: list[Path] = []
    out.mkdir(parents=True, exist_ok=True)
    for seed, picture in zip(seeds, np.round(255.0 * values).astype(np.uint8), strict=True):
        name = f"dream_{seed:06d}" if settings.kind is None else f"dream_kind{settings.kind}_{seed:06d}"
        colors.append(out / f"{name}_diffuse.png")
        (out / f"{name}_normal.png").unlink(missing_ok=True)  # the relief of what stood under this name
        write_picture(colors[-1], picture[..., :3])
        for place, part in enumerate(run.channels[3:], start=3):
            write_picture(out / f"{name}_{part}.png", picture[..., place])
        on_texture(name)
    licence = settings.licence or f"generated; {facts['sentence']}"
    write_json(out / "ASSETS.json", {"licence": licence, "author": facts["sentence"]})
    write_json(
        out / PROVENANCE,
        {
            **facts,
            "licence": licence,
            "seeds": [seeds[0], seeds[-1]],
            "truncation": settings.truncation,
            "kind": settings.kind,
            "size": run.generator.size,
            "textures": sorted({*before, *(path.name.removesuffix("_diffuse.png") for path in colors)}),
        },
    )
    return colors


def _dreamt_before(out: Path, checkpoint: str) -> list[str]:
    """Names of the textures that the same weights left in a folder.

    Raises:
        BadConfig: others did: one line on their origin would stand for all of them.
    """
    path = out / PROVENANCE
    if not path.is_file():
        return []
    try:
        told = read_json(path)
        names = [name for name in told["textures"] if (out / f"{name}_diffuse.png").is_file()]
        same = told["checkpoint_sha256"] == checkpoint
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadConfig(f"{path}: cannot be read ({error}); name another folder with --out") from error
    if not same:
        raise BadConfig(f"{out}: holds textures of other weights ({path.name}); name another folder with --out")
    return names


def provenance_of(run: ImageRun) -> dict[str, Any]:
    """Run, step, hash of the checkpoint, what it was learnt from, and all of it in one sentence."""
    digest = hashlib.sha256((run.path / CHECKPOINT).read_bytes()).hexdigest()
    sets = [entry for entry in run.environment.get("sets") or [] if isinstance(entry, Mapping)]
    licences = sorted({word for entry in sets for word in _licences(entry)})
    folders = [str(entry.get("folder", "")) for entry in sets]
    learnt = ", ".join(filter(None, folders)) or "unknown data"
    under = f" ({', '.join(licences)})" if licences else ""
    name = run.path.resolve().name
    return {
        "run": name,
        "step": run.step,
        "checkpoint_sha256": digest,
        "git_revision": run.environment.get("git_revision"),
        "data": sets,
        "data_digest": run.environment.get("frames_digest"),
        "licences_of_data": licences,
        "sentence": f"platelight textures dream, run {name}, step {run.step}, checkpoint {digest[:12]}, learnt from "
        f"{learnt}{under}",
    }


def _licences(entry: Mapping[str, Any]) -> list[str]:
    assets = entry.get("assets")
    kinds = assets.values() if isinstance(assets, Mapping) else []
    return [str(licence) for kind in kinds if isinstance(kind, Mapping) for licence in kind]
