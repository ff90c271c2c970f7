"""The Nuke side of Platelight: nodes, menu, batch panel, and the way to the worker process.

    init.py, menu.py     what Nuke runs at start: plug-in paths everywhere, the menu where there is a window
    host.py              the one place that imports Nuke, behind a typed protocol that everything else is given
    plate_normals.py     what the buttons of the PlateNormals node do
    blink/               what the PlateRelight node does, and its kernel
    occlusion/           what the PlateOcclusion node does
    probe/               what the PlateProbe node does
    round_trip.py        render to EXR, hand over to the worker, read back: for the nodes that do so
    file_paths.py        paths in knobs, as the worker can open them
    kept_node.py         the node of a round trip, found again at its end
    panel.py             normals for a range of frames, rendered beside Nuke
    gizmo_files/         the nodes and example scripts as data, and the writer that makes files of them
    gizmos/, examples/   those files
    cattery/             the TorchScript model as a .cat file

The client of the process in which models run is the package `worker_link` beside it.

It runs inside Nuke's own Python (3.9 and later) and imports the standard library, Nuke, and nothing else: never `core`,
torch, numpy or a Qt. docs/nuke.md explains the nodes, docs/host-evidence.md says what is known of Nuke and how surely.
"""

from __future__ import annotations

__all__ = ["PLUGIN_VERSION"]

PLUGIN_VERSION = "0.1.0"
"""The version of Platelight that these files belong to; the nodes show it."""
