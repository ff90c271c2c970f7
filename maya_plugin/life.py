"""Loading and unloading: what comes into Maya with the plug-in, and goes with it again.

Loaded: functions in `maya.cmds`, and where there is a window the menu. Panels and threads come when they are used.
Unloaded: all of that is gone. What stays is the person's: settings (`optionVar`s that begin with `platelight_`), nodes,
and files.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

from maya_plugin.commands.command import Command, bind
from maya_plugin.commands.registry import COMMANDS
from maya_plugin.errors import NotAvailable
from maya_plugin.host import Host, connect
from maya_plugin.menu import Menu
from maya_plugin.scene_watch import SceneWatch
from maya_plugin.session import Session
from maya_plugin.worker_jobs import make_client
from worker_link.running import Worker

__all__ = ["Life", "current", "load", "restore_panel", "unload"]


class Life:
    """One loaded plug-in."""

    def __init__(self, host: Host, client: Callable[[], Worker] = make_client) -> None:
        self.session = Session(host, client)
        self.menu: Menu | None = None
        self._watch: SceneWatch | None = None
        self._added: dict[str, Any] = {}

    def begin(self) -> None:
        """Add commands, and the menu where there is a window.

        Raises:
            NotAvailable: `maya.cmds` has a command of one of our names already, from another plug-in.
        """
        cmds = self.session.host.module("cmds")
        for command in COMMANDS:
            there = vars(cmds).get(command.name)
            if there is not None and getattr(there, "__module__", "") != "maya_plugin.commands.command":
                raise NotAvailable(f"maya.cmds has a {command.name} of somebody else; unload that plug-in first")
        for command in COMMANDS:
            self.session.commands[command.name] = command
            self._added[command.name] = bind(self.session, command)
            setattr(cmds, command.name, self._added[command.name])
        if not self.session.host.batch():
            self._watch = SceneWatch(self.session)
            self._watch.begin()
            self.menu = Menu(self.session, self.open_panel)
            self.menu.add()

    def end(self) -> None:
        """Take everything away again, in the opposite order."""
        host = self.session.host
        self.session.close()
        for panel in list(self.session.panels.values()):
            panel.close()
        self.session.panels.clear()
        if self._watch is not None:
            self._watch.end()
            self._watch = None
        if self.menu is not None:
            self.menu.remove()
            self.menu = None
        cmds = host.module("cmds")
        for name, function in self._added.items():
            if vars(cmds).get(name) is function:
                delattr(cmds, name)
        self._added.clear()
        self.session.commands.clear()

    def open_panel(self, command: Command) -> Any:
        """Open the panel of a command, docked where it was last. Raises NotAvailable without a window or a Qt."""
        if self.session.host.batch():
            raise NotAvailable(f"{command.label}: this Maya has no window; use cmds.{command.name} with flags")
        from maya_plugin.qt.dock import show

        return show(self.session, command)


_life: Life | None = None


def current() -> Life | None:
    """The plug-in that is loaded, or None."""
    return _life


def load(client: Callable[[], Worker] = make_client) -> Life:
    """What `initializePlugin` does. Loading again while loaded begins anew.

    Raises:
        HostError: this Maya is too old.
        NotAvailable: as `Life.begin`.
    """
    global _life
    unload()
    life = Life(connect(), client)
    try:
        life.begin()
    except BaseException:
        life.end()
        raise
    _life = life
    return life


def unload() -> None:
    """What `uninitializePlugin` does; nothing where nothing is loaded."""
    global _life
    if _life is not None:
        life, _life = _life, None
        life.end()


def restore_panel(name: str) -> None:
    """Fill a docked panel that Maya opens again with its workspace; `name` is the command's.

    Where the plug-in is not loaded the panel stays empty, with a line in the script editor: Maya may restore its
    workspace before plug-ins.
    """
    if _life is None or name not in _life.session.commands:
        sys.stderr.write(f"platelight: the panel of {name} stays empty until the plug-in platelight is loaded\n")
        return
    from maya_plugin.qt.dock import fill

    fill(_life.session, _life.session.commands[name])
