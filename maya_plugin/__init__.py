"""The Maya side of Platelight: menu, commands, panels, scenes, and the way to the worker process.

    plug-ins/, scripts/, icons/, platelight.mod   what Maya finds by the module file
    host.py         the one place that imports Maya, behind a typed protocol that everything else is given
    scene/          a scene specification becomes nodes, and is rendered without a window
    life.py         what happens when the plug-in is loaded and unloaded
    commands/       what the commands do: `cmds.platelightRandomScene` and its kin
    menu.py         the menu Platelight, made from the same list of commands
    background.py   work beside Maya: a thread, a bar, an end in the main thread
    dataset/        training sets: settings, presets, estimates, the process that makes them
    qt/             panels, under PySide6 and PySide2

It runs inside Maya's own Python (3.9 and later). It imports the standard library, Maya, `worker_link` and the host-safe
files of `scene_generator`: never `core`, torch or onnxruntime. Only scenes need numpy, and only panels a Qt; each is
imported where it is needed. docs/maya.md explains the commands and says what has not been tried in Maya.
"""

from __future__ import annotations

__all__ = ["PLUGIN_VERSION"]

PLUGIN_VERSION = "0.1.0"
"""The version of Platelight that these files belong to; every command tells it."""
