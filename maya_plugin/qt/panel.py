"""What every panel is: a column of fields, buttons, a foot with progress; it remembers, and is told about its work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from maya_plugin.commands.command import Command, Flag, call
from maya_plugin.errors import BadSetting, PluginError
from maya_plugin.host import HostError
from maya_plugin.qt.fields import Field
from maya_plugin.qt.progress import Progress
from maya_plugin.qt.shim import qt
from maya_plugin.session import Session
from maya_plugin.state import recall, remember

__all__ = ["FormPanel", "Panel"]


class Panel:
    """A panel of one command; `widget` is what is docked.

    Args:
        session: the loaded plug-in.
        command: whose panel it is.
    """

    def __init__(self, session: Session, command: Command) -> None:
        widgets = qt().widgets
        self.session, self.command = session, command
        self.fields: dict[str, Field] = {}
        self.widget: Any = widgets.QWidget()
        self.widget.setObjectName(f"{command.name}Panel")
        outer = widgets.QVBoxLayout(self.widget)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = widgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(widgets.QFrame.Shape.NoFrame)
        inside = widgets.QWidget()
        self.column: Any = widgets.QVBoxLayout(inside)
        self.column.setContentsMargins(10, 10, 10, 10)
        scroll.setWidget(inside)
        outer.addWidget(scroll, 1)
        foot = widgets.QWidget()
        self.foot: Any = widgets.QVBoxLayout(foot)
        self.foot.setContentsMargins(10, 6, 10, 10)
        outer.addWidget(foot)
        self._reason: Any = widgets.QLabel("")
        self._reason.setObjectName("reason")
        self._reason.setWordWrap(True)
        self._reason.setStyleSheet("color: #e0a030;")
        self.progress = Progress()
        self.buttons: Any = widgets.QHBoxLayout()
        self._starters: list[Any] = []
        self.build()
        self.foot.addWidget(self._reason)
        self.foot.addLayout(self.buttons)
        self.foot.addWidget(self.progress.widget)
        self.show_values(recall(session.host, command.name))
        self.refresh()
        session.listeners.append(self.refresh)
        session.watch(command.name, self._told)
        for task in session.tasks:
            if task.title.startswith(command.label.rstrip(".")):
                self._told(task)

    def build(self) -> None:
        """Put the panel's own parts into `column` and `buttons`."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """What is remembered, and what the command is called with."""
        return {name: field.value() for name, field in self.fields.items()}

    def show_values(self, kept: Mapping[str, Any]) -> None:
        """Show what was remembered; what fits no field any more is left out."""
        for name, field in self.fields.items():
            if name in kept:
                try:
                    field.set(field.flag.checked(kept[name]))
                except (TypeError, BadSetting):
                    continue

    def changed(self) -> None:
        """Remember: called whenever the person changed something."""
        remember(self.session.host, self.command.name, self.values())

    def refresh(self) -> None:
        """Say why the command cannot be used, where it cannot."""
        reason = self.why_not()
        self._reason.setText(f"Cannot be used: {reason}" if reason else "")
        self._reason.setVisible(bool(reason))
        for button in self._starters:
            button.setEnabled(not reason)

    def why_not(self) -> str:
        """The reason, or empty."""
        return self.session.why_not(self.command)

    def add_button(self, label: str, name: str, action: Callable[[], Any]) -> Any:
        """A button that begins something: disabled while the command cannot be used."""
        button = qt().widgets.QPushButton(label)
        button.setObjectName(name)
        button.clicked.connect(lambda *_: self.attempt(action))
        self.buttons.addWidget(button)
        self._starters.append(button)
        return button

    def add_form(self, flags: tuple[Flag, ...], into: Any = None) -> None:
        """A form with a line for each flag that has a label."""
        form = qt().widgets.QFormLayout()
        for flag in flags:
            if not flag.label:
                continue
            field = self.fields[flag.name] = Field(flag, self.changed)
            if flag.kind == "bool":
                form.addRow("", field.widget)
            else:
                form.addRow(flag.label, field.widget)
        (into or self.column).addLayout(form)

    def attempt(self, action: Callable[[], Any]) -> None:
        """Run what a button does; expected errors are shown in the panel's foot."""
        self.changed()
        self.progress.say("")
        try:
            action()
        except (PluginError, HostError) as error:
            self.progress.say(str(error))

    def detach(self) -> None:
        """Let go of the session; the widget may be gone already."""
        if self.refresh in self.session.listeners:
            self.session.listeners.remove(self.refresh)
        self.session.watch(self.command.name, None)

    def _told(self, task: Any) -> None:
        self.progress.show(task)


class FormPanel(Panel):
    """The option panel of a command, made from its flags."""

    def build(self) -> None:
        """Summary, a line for each flag, and the button."""
        summary = qt().widgets.QLabel(self.command.summary[0].upper() + self.command.summary[1:] + ".")
        summary.setWordWrap(True)
        self.column.addWidget(summary)
        self.add_form(self.command.flags)
        self.column.addStretch(1)
        self.add_button(self.command.label, "run", self._run)

    def _run(self) -> None:
        call(self.session, self.command, (), self.values())
