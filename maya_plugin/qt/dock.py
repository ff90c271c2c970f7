"""Puts a panel into a control of Maya's workspace, where it can be docked, and finds it again after a restart."""

from __future__ import annotations

from typing import Any

from maya_plugin.commands.command import Command
from maya_plugin.errors import NotAvailable
from maya_plugin.qt.panel import FormPanel, Panel
from maya_plugin.qt.shim import qt
from maya_plugin.session import Session

__all__ = ["Docked", "control_name", "fill", "show"]

_SIZE = (440, 620)


class Docked:
    """A panel in its control."""

    def __init__(self, session: Session, panel: Panel, control: str) -> None:
        self._session, self._control = session, control
        self.panel = panel

    def alive(self) -> bool:
        """Whether the widget is still there: Maya destroys it with its control."""
        return bool(qt().shiboken.isValid(self.panel.widget))

    def close(self) -> None:
        """Take the control away, and the panel with it."""
        self.panel.detach()
        host = self._session.host
        if host.call("workspaceControl", self._control, exists=True):
            host.call("deleteUI", self._control, control=True)


def control_name(command: Command) -> str:
    """Maya's name of the control that holds the command's panel."""
    return f"{command.name}WorkspaceControl"


def show(session: Session, command: Command) -> Docked:
    """Open the panel of a command, or bring it to the front. Raises NotAvailable without a Qt."""
    qt()
    host, control = session.host, control_name(command)
    there = session.panels.get(command.name)
    if there is not None and there.alive() and host.call("workspaceControl", control, exists=True):
        host.call("workspaceControl", control, edit=True, restore=True)
        return there  # type: ignore[no-any-return]
    if host.call("workspaceControl", control, exists=True):
        host.call("deleteUI", control, control=True)
    host.call(
        "workspaceControl",
        control,
        label=f"Platelight: {command.label}",
        retain=False,
        floating=True,
        loadImmediately=True,
        initialWidth=_SIZE[0],
        initialHeight=_SIZE[1],
        requiredPlugin="platelight",
        checksPlugins=True,
        uiScript=f"from maya_plugin.life import restore_panel; restore_panel({command.name!r})",
    )
    return fill(session, command)


def fill(session: Session, command: Command) -> Docked:
    """Put the panel into its control, which is there; once, however often it is asked for.

    Raises:
        NotAvailable: Maya does not know the control, or there is no Qt.
    """
    there = session.panels.get(command.name)
    if there is not None:
        if there.alive():
            return there  # type: ignore[no-any-return]
        there.panel.detach()
    control = control_name(command)
    pointer = session.host.module("OpenMayaUI").MQtUtil.findControl(control)
    if not pointer:
        raise NotAvailable(f"Maya does not find its own control {control}; open the panel again from the menu")
    holder: Any = qt().shiboken.wrapInstance(int(pointer), qt().widgets.QWidget)
    panel = _made(session, command)
    layout = holder.layout()
    if layout is None:
        layout = qt().widgets.QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(panel.widget)
    docked = session.panels[command.name] = Docked(session, panel, control)
    return docked


def _made(session: Session, command: Command) -> Panel:
    if command.panel == "random_scene":
        from maya_plugin.qt.random_scene_panel import RandomScenePanel

        return RandomScenePanel(session, command)
    if command.panel == "dataset":
        from maya_plugin.qt.dataset_panel import DatasetPanel

        return DatasetPanel(session, command)
    return FormPanel(session, command)
