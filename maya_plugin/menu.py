"""The menu Platelight in Maya's main window, made from the list of commands."""

from __future__ import annotations

from typing import Any, Callable

from maya_plugin.commands.command import Command, call
from maya_plugin.commands.registry import GROUPS
from maya_plugin.errors import NotAvailable, guarded, notice
from maya_plugin.session import Session

__all__ = ["MENU", "Menu"]

MENU = "platelightMenu"
_MAIN_WINDOW = "MayaWindow"
"""Maya's own name of its main window; the MEL variable $gMainWindow holds it."""


class Menu:
    """The menu while it is there.

    Args:
        session: whose commands it shows.
        open_panel: opens the panel of a command.
    """

    def __init__(self, session: Session, open_panel: Callable[[Command], Any]) -> None:
        self._session = session
        self._open_panel = open_panel
        self._items: list[tuple[str, str, Command]] = []

    def add(self) -> None:
        """Add it; one that is there already, of a copy that did not go cleanly, is taken away first."""
        host = self._session.host
        self.remove()
        host.call("menu", MENU, label="Platelight", parent=_MAIN_WINDOW, tearOff=True)
        for number, group in enumerate(GROUPS):
            if number:
                host.call("menuItem", divider=True, parent=MENU)
            for command in group:
                self._add(command)
        host.call("menuItem", divider=True, parent=MENU)
        self._item("Cancel Running Work", "Ends what Platelight is at work on", lambda: self._cancel())
        self._session.listeners.append(self.refresh)
        self.refresh()

    def remove(self) -> None:
        """Take it away, where it is there."""
        host = self._session.host
        self._items = []
        if self.refresh in self._session.listeners:
            self._session.listeners.remove(self.refresh)
        if host.call("menu", MENU, exists=True):
            host.call("deleteUI", MENU, menu=True)

    def refresh(self) -> None:
        """Enable what can be used, and say why of what cannot."""
        host = self._session.host
        for item, label, command in self._items:
            reason = self._session.why_not(command)
            host.call(
                "menuItem",
                item,
                edit=True,
                enable=not reason,
                label=f"{label} (not available)" if reason else label,
                annotation=f"{command.label} cannot be used: {reason}" if reason else command.summary,
            )

    def _add(self, command: Command) -> None:
        host = self._session.host
        action = self._asked(command) if command.asks else self._done(command)
        label = f"{command.label}..." if command.asks else command.label
        item = self._item(label, command.summary, action, command.icon)
        self._items.append((item, label, command))
        if command.panel and not command.asks:
            host.call(
                "menuItem",
                parent=MENU,
                optionBox=True,
                command=self._quietly(self._asked(command)),
                annotation=f"Options of {command.label}",
            )

    def _item(self, label: str, annotation: str, action: Callable[[], Any], icon: str = "") -> str:
        flags: dict[str, Any] = {"image": icon} if icon else {}
        return str(
            self._session.host.call(
                "menuItem", parent=MENU, label=label, annotation=annotation, command=self._quietly(action), **flags
            )
        )

    def _quietly(self, action: Callable[[], Any]) -> Callable[..., None]:
        """What Maya calls, with an argument or none: expected errors are told, and not raised."""

        def pressed(*_: Any) -> None:
            guarded(self._session.host, action)

        return pressed

    def _done(self, command: Command) -> Callable[[], Any]:
        def run() -> Any:
            reason = self._session.why_not(command)
            if reason:
                raise NotAvailable(f"{command.label}: {reason}")
            return call(self._session, command, (), {**self._session.chosen(command), **dict(command.menu)})

        return run

    def _asked(self, command: Command) -> Callable[[], Any]:
        return lambda: self._open_panel(command)

    def _cancel(self) -> None:
        tasks = list(self._session.tasks)
        for task in tasks:
            task.cancel()
        notice(self._session.host, f"cancelling {len(tasks)}" if tasks else "nothing is at work")
