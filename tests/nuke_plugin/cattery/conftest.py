"""A TorchScript file that is none, with a card that is one: Nuke is a stand-in here and reads neither."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

KNOBS = {"fov": (55.0, 1.0, 170.0), "size": (224.0, 32.0, 1024.0), "flip_x": (0.0, 0.0, 1.0)}


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model of mine"
    folder.mkdir()
    data = b"script" * 100
    (folder / "plate_normals.pt").write_bytes(data)
    card = {
        "format": 1,
        "name": "mine",
        "version": "3",
        "task": "plate_normals",
        "weights": "plate_normals.pt",
        "sha256": hashlib.sha256(data).hexdigest(),
        "oldest_libtorch": "1.12",
        "knobs": [
            {"name": name, "label": name, "default": value, "range": [low, high], "tooltip": "", "switch": False}
            for name, (value, low, high) in KNOBS.items()
        ],
    }
    (folder / "torchscript.json").write_text(json.dumps(card))
    return folder
