"""Tiny runs of the task images, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.generative.packing import drawn_records, write_records
from core.tasks import build_task
from core.tasks.images import Images
from core.training.config import TrainConfig
from core.training.frames import FrameSets, load_frames
from core.training.loop import fit
from core.training.provenance import provenance
from core.training.run_folder import RunFolder
from scene_generator.drawn_materials import draw_material

STYLE = {
    "channels": "material",
    "penalty_every": 2,
    "changes": ["brightness", "shift"],
    "generator": {"latent": 8, "style": 8, "widths": [8, 8, 8, 8]},
    "discriminator": {"widths": [8, 8, 8], "score": 8},
}
PROJECTED = {
    **STYLE,
    "network": "projected",
    "loss": "hinge",
    "penalty": 0.0,
    "discriminator": {"encoder": "lite0", "mixed": [8, 8, 8, 8, 8], "width": 8, "pixels": 8},
}
KINDS = {**PROJECTED, "kinds": 3}
DCGAN = {
    "network": "dcgan",
    "loss": "bce",
    "penalty": 0.0,
    "generator": {"latent": 8, "width": 8},
    "discriminator": {"width": 8},
}


def config(**changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "task": "images",
        "steps": 6,
        "batch": 4,
        "size": 32,
        "warmup_steps": 1,
        "weight_decay": 0.0,
        "ema_decay": 0.5,
        "validate_every": 0,
        "preview_every": 6,
        "log_every": 1,
        "validation_share": 0.4,
        "pretrained": False,
        "model": STYLE,
    }
    return TrainConfig(**{**settings, **changes})  # type: ignore[arg-type]


def drawn(folder: Path, count: int = 30) -> Path:
    """A folder of drawn tiles of 32 pixels."""
    recipe = {"seed": 0, "size": 32}
    write_records(drawn_records(count, lambda index: draw_material(0, index, 32), recipe), folder)
    return folder


def frames_of(task: Images, folder: Path, settings: TrainConfig, limit: int = 0) -> FrameSets:
    return load_frames(
        task,
        [folder],
        validation_share=settings.validation_share,
        validation_limit=settings.validation_limit,
        seed=settings.seed,
        limit=limit,
    )


def train(folder: Path, out: Path, settings: TrainConfig, **how: object) -> RunFolder:
    """A run in `out`, started as `platelight train` starts it."""
    task = build_task(settings)
    assert isinstance(task, Images)
    frames = frames_of(task, folder, settings)
    run = RunFolder(out)
    if not how.get("resume"):
        run.start(settings, {"frames_digest": frames.digest(), "sets": [provenance(folder)], "limit": 0})
    fit(task, frames, settings, run, **how)  # type: ignore[arg-type]
    return run


def same(a: dict[str, object], b: dict[str, object]) -> bool:
    """Whether two state dictionaries hold the same numbers."""
    return all(np.array_equal(np.asarray(a[name]), np.asarray(b[name])) for name in {*a, *b})
