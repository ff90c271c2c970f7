"""Whichever Qt this Maya brings: PySide6 (2025 and later), else PySide2. Untyped: their stubs differ."""

from __future__ import annotations

import importlib
from typing import Any

from maya_plugin.errors import NotAvailable

__all__ = ["Qt", "qt"]


class Qt:
    """The modules of one Qt.

    Attributes:
        name: `PySide6` or `PySide2`.
        core, gui, widgets, shiboken: its modules.
    """

    def __init__(self, name: str, shiboken: str) -> None:
        self.name = name
        self.core: Any = importlib.import_module(f"{name}.QtCore")
        self.gui: Any = importlib.import_module(f"{name}.QtGui")
        self.widgets: Any = importlib.import_module(f"{name}.QtWidgets")
        self.shiboken: Any = importlib.import_module(shiboken)


_found: Qt | None = None


def qt() -> Qt:
    """The Qt of this Maya. Raises NotAvailable where there is none."""
    global _found
    if _found is None:
        for name, shiboken in (("PySide6", "shiboken6"), ("PySide2", "shiboken2")):
            try:
                _found = Qt(name, shiboken)
                break
            except ImportError:
                continue
        else:
            raise NotAvailable("neither PySide6 nor PySide2 is in this Maya: the panels need one, the commands do not")
    return _found
