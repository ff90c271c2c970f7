"""Which files are written from which data. A further gizmo or example is one line here."""

from __future__ import annotations

from nuke_plugin.gizmo_files.examples import batch, normals_from_plate, occlusion, probe, relight
from nuke_plugin.gizmo_files.plate_normals import plate_normals_gizmo
from nuke_plugin.gizmo_files.plate_occlusion import plate_occlusion_gizmo
from nuke_plugin.gizmo_files.plate_probe import plate_probe_gizmo
from nuke_plugin.gizmo_files.plate_relight import plate_relight_gizmo

__all__ = ["all_files"]


def all_files() -> dict[str, str]:
    """Path below `nuke_plugin` -> text."""
    return {
        "gizmos/PlateNormals.gizmo": plate_normals_gizmo(),
        "gizmos/PlateOcclusion.gizmo": plate_occlusion_gizmo(),
        "gizmos/PlateProbe.gizmo": plate_probe_gizmo(),
        "gizmos/PlateRelight.gizmo": plate_relight_gizmo(),
        "examples/normals_from_plate.nk": normals_from_plate(),
        "examples/relight.nk": relight(),
        "examples/occlusion.nk": occlusion(),
        "examples/probe.nk": probe(),
        "examples/batch.nk": batch(),
    }
