"""What this worker can do, and why it cannot do the rest: a question that costs no loading of models."""

from __future__ import annotations

from typing import Any

__all__ = ["capabilities"]


def capabilities() -> dict[str, dict[str, Any]]:
    """Each kind of job -> `{"ready": bool, "reason": str}`; the reason is empty where it is ready.

    It says whether the shipped model of a job is there. A job that names a model of its own works without.
    """
    return {
        "normals": _model("plate_normals"),
        "light": {"ready": True, "reason": ""},
        "normal_map": _model("texture_normals"),
        "occlusion": _model("occlusion"),
        "material": _model("material"),
    }


def _model(name: str) -> dict[str, Any]:
    from core.card import shipped_models

    if name in shipped_models():
        return {"ready": True, "reason": ""}
    reason = f"this Platelight came without the model {name}; install one that has it, or name a model of your own"
    return {"ready": False, "reason": reason}
