"""Widgets for single values, one for each kind of flag: what is shown, read back, and told when it changes."""

from __future__ import annotations

from typing import Any, Callable

from maya_plugin.commands.command import Flag
from maya_plugin.qt.shim import qt

__all__ = ["Field"]

_MOST = 2**31 - 1
_WIDE = 1e6


class Field:
    """One value of a panel.

    Args:
        flag: its kind, default, limits and help.
        changed: called without arguments when the person changed it.

    Attributes:
        widget: to put into a layout.
    """

    def __init__(self, flag: Flag, changed: Callable[[], Any]) -> None:
        self.flag = flag
        self._changed = changed
        makers: dict[str, Callable[[], Any]] = {
            "text": self._text,
            "file": self._path,
            "folder": self._path,
            "int": self._int,
            "float": self._float,
            "bool": self._bool,
            "choice": self._choice,
        }
        self._edit: Any
        self.widget: Any = makers[flag.kind]()
        self.widget.setToolTip(flag.help)
        self._edit.setObjectName(flag.name)
        self.set(flag.default)

    def value(self) -> Any:
        """What stands there, as the flag takes it."""
        kind = self.flag.kind
        if kind in ("int", "float"):
            return self._edit.value()
        if kind == "bool":
            return bool(self._edit.isChecked())
        return str(self._edit.currentText() if kind == "choice" else self._edit.text()).strip()

    def set(self, value: Any) -> None:
        """Show a value, and tell nobody."""
        before = self._edit.blockSignals(True)
        kind = self.flag.kind
        if kind in ("int", "float"):
            self._edit.setValue(value)
        elif kind == "bool":
            self._edit.setChecked(bool(value))
        elif kind == "choice":
            self._edit.setCurrentText(str(value))
        else:
            self._edit.setText(str(value))
        self._edit.blockSignals(before)

    def _told(self, *_: Any) -> None:
        self._changed()

    def _text(self) -> Any:
        self._edit = qt().widgets.QLineEdit()
        self._edit.editingFinished.connect(self._told)
        return self._edit

    def _path(self) -> Any:
        widgets = qt().widgets
        row = widgets.QWidget()
        layout = widgets.QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        self._edit = widgets.QLineEdit()
        self._edit.editingFinished.connect(self._told)
        button = widgets.QToolButton()
        button.setText("...")
        button.setToolTip("Choose")
        button.clicked.connect(self._browse)
        layout.addWidget(self._edit, 1)
        layout.addWidget(button)
        return row

    def _browse(self, *_: Any) -> None:
        dialog = qt().widgets.QFileDialog
        if self.flag.kind == "folder":
            path = dialog.getExistingDirectory(self.widget, self.flag.label, self.value())
        elif self.flag.name in ("out", "job"):
            path = dialog.getSaveFileName(self.widget, self.flag.label, self.value())[0]
        else:
            path = dialog.getOpenFileName(self.widget, self.flag.label, self.value())[0]
        if path:
            self._edit.setText(path)
            self._told()

    def _int(self) -> Any:
        self._edit = qt().widgets.QSpinBox()
        low = 0 if self.flag.low is None else int(self.flag.low)
        self._edit.setRange(low, _MOST if self.flag.high is None else int(self.flag.high))
        self._edit.valueChanged.connect(self._told)
        return self._edit

    def _float(self) -> Any:
        self._edit = qt().widgets.QDoubleSpinBox()
        self._edit.setDecimals(3)
        self._edit.setSingleStep(0.1)
        low = -_WIDE if self.flag.low is None else self.flag.low
        self._edit.setRange(low, _WIDE if self.flag.high is None else self.flag.high)
        self._edit.valueChanged.connect(self._told)
        return self._edit

    def _bool(self) -> Any:
        self._edit = qt().widgets.QCheckBox(self.flag.label)
        self._edit.toggled.connect(self._told)
        return self._edit

    def _choice(self) -> Any:
        self._edit = qt().widgets.QComboBox()
        self._edit.addItems(list(self.flag.choices))
        self._edit.currentTextChanged.connect(self._told)
        return self._edit
