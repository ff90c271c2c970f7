"""Commands whose model is still to come: they stand in the menu, disabled, and say why when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import NotAvailable
from maya_plugin.session import Session

__all__ = ["MATERIAL", "OCCLUSION"]


def _material(session: Session, values: Mapping[str, Any]) -> None:
    raise NotAvailable(f"{MATERIAL.label}: {session.why_not(MATERIAL)}")


def _occlusion(session: Session, values: Mapping[str, Any]) -> None:
    raise NotAvailable(f"{OCCLUSION.label}: {session.why_not(OCCLUSION)}")


MATERIAL = Command(
    "platelightMatchMaterial",
    "Match Material From Picture",
    "make a standard surface of the material in a picture (not available yet)",
    (Flag("file", "f", "file", "", "the picture", label="Picture"),),
    _material,
    job="material",
    panel="",
    icon="platelight_material.png",
)

OCCLUSION = Command(
    "platelightOcclusion",
    "Occlusion From Normals and Depth",
    "make ambient occlusion of normals and depth (not available yet)",
    (
        Flag("normals", "n", "file", "", "EXR with camera-space normals", label="Normals"),
        Flag("depth", "d", "file", "", "EXR with depth along the camera's axis", label="Depth"),
    ),
    _occlusion,
    job="occlusion",
    panel="",
    icon="platelight_occlusion.png",
)
