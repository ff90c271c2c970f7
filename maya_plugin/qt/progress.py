"""The foot of a panel: a bar, words, and a button that cancels."""

from __future__ import annotations

from typing import Any

from maya_plugin.background import Task
from maya_plugin.qt.shim import qt

__all__ = ["Progress"]


class Progress:
    """Shows one task. For the main thread.

    Attributes:
        widget: to put into a layout.
    """

    def __init__(self) -> None:
        widgets = qt().widgets
        self._task: Task | None = None
        self.widget: Any = widgets.QWidget()
        layout = widgets.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        row = widgets.QHBoxLayout()
        self._bar: Any = widgets.QProgressBar()
        self._bar.setRange(0, 100)
        self._bar.setValue(0)
        self._cancel: Any = widgets.QPushButton("Cancel")
        self._cancel.setObjectName("cancel")
        self._cancel.setEnabled(False)
        self._cancel.clicked.connect(self._pressed)
        self._words: Any = widgets.QLabel("")
        self._words.setObjectName("words")
        self._words.setWordWrap(True)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        layout.addLayout(row)
        layout.addWidget(self._words)

    def show(self, task: Task) -> None:
        """Follow a task; called again whenever it changed."""
        self._task = task
        self._cancel.setEnabled(not task.over and not task.cancelled)
        if task.over:
            self._bar.setValue(0 if task.error else 100)
            self._words.setText(task.error or "done")
        else:
            self._bar.setValue(task.percent)
            self._words.setText("cancelling" if task.cancelled else f"{task.title}: {task.words}")

    def say(self, words: str) -> None:
        """Show words without a task, such as why something cannot be begun."""
        self._words.setText(words)

    def _pressed(self, *_: Any) -> None:
        if self._task is not None:
            self._task.cancel()
            self._cancel.setEnabled(False)
            self._words.setText("cancelling")
