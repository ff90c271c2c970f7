"""The part of a panel that chooses families of scenes, and the ranges that they draw from."""

from __future__ import annotations

from typing import Any, Callable

from maya_plugin.commands.scene_choice import FamilyRange, counts_text, family_names, parse_counts, ranges_of
from maya_plugin.errors import PluginError
from maya_plugin.qt.shim import qt

__all__ = ["Families"]

_MOST = 999
_DECIMALS = 3


class Families:
    """A list of families with check boxes, and a table of what the chosen ones draw from.

    Args:
        changed: called without arguments when the person changed something.
        counts_only: only how many there are of things, not lengths, angles and shares.

    Attributes:
        widget: to put into a layout.
        problem: why there is nothing to choose from (no numpy, an unreadable recipe), or empty.
    """

    def __init__(self, changed: Callable[[], Any], *, counts_only: bool = False) -> None:
        parts = qt()
        self._changed = changed
        self._counts_only = counts_only
        self._shown: dict[str, tuple[Any, Any, tuple[float, float]]] = {}
        self._kept: dict[str, tuple[float, float]] = {}
        self.problem = ""
        self.widget: Any = parts.widgets.QWidget()
        layout = parts.widgets.QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self._list: Any = parts.widgets.QListWidget()
        self._list.setObjectName("families")
        self._list.setMaximumWidth(130)
        self._list.setToolTip("Only scenes of the checked families; their shares stay those of the recipe.")
        self._list.itemChanged.connect(self._checked)
        self._table: Any = parts.widgets.QTableWidget(0, 3)
        self._table.setObjectName("counts")
        self._table.setHorizontalHeaderLabels(["How many" if counts_only else "Range", "least", "most"])
        self._table.verticalHeader().setVisible(False)
        self._table.verticalHeader().setSectionResizeMode(parts.widgets.QHeaderView.ResizeMode.ResizeToContents)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(0, parts.widgets.QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, parts.widgets.QHeaderView.ResizeMode.Fixed)
            self._table.setColumnWidth(column, 64 if counts_only else 84)
        layout.addWidget(self._list)
        layout.addWidget(self._table, 1)
        self.widget.setMinimumHeight(190)

    def load(self, recipe: str, families: str, counts: str) -> None:
        """Show the families of a recipe, those named in `families` checked (empty: all), with `counts`."""
        before = self._list.blockSignals(True)
        self._list.clear()
        self.problem = ""
        try:
            names = family_names(recipe)
            self._kept = parse_counts(counts)
        except PluginError as error:
            names, self.problem, self._kept = [], str(error), {}
        wanted = [name.strip() for name in families.split(",") if name.strip()]
        checked = qt().core.Qt.CheckState
        for name in names:
            item = qt().widgets.QListWidgetItem(name.replace("_", " "), self._list)
            item.setData(qt().core.Qt.ItemDataRole.UserRole, name)
            item.setCheckState(checked.Checked if not wanted or name in wanted else checked.Unchecked)
        self._list.blockSignals(before)
        self._fill()

    def families(self) -> str:
        """The checked families with commas; empty where all are checked, or none."""
        names = self._chosen()
        return "" if len(names) in (0, self._list.count()) else ", ".join(names)

    def counts(self) -> str:
        """The ranges that are not the families' own, as `counts_text` writes them."""
        found = dict(self._kept)
        for name, (low, high, own) in self._shown.items():
            ends = (float(low.value()), float(max(low.value(), high.value())))
            found.pop(name, None)
            if not _same(ends, own):
                found[name] = ends
        chosen = self._chosen()
        return counts_text({name: ends for name, ends in found.items() if name.partition(".")[0] in chosen})

    def _chosen(self) -> list[str]:
        items = [self._list.item(row) for row in range(self._list.count())]
        checked, role = qt().core.Qt.CheckState.Checked, qt().core.Qt.ItemDataRole.UserRole
        return [str(item.data(role)) for item in items if item.checkState() == checked]

    def _checked(self, *_: Any) -> None:
        for name, (low, high, own) in self._shown.items():  # a family that is checked again finds its numbers again
            ends = (float(low.value()), float(high.value()))
            if not _same(ends, own):
                self._kept[name] = ends
            else:
                self._kept.pop(name, None)
        self._fill()
        self._changed()

    def _fill(self) -> None:
        widgets = qt().widgets
        for low, high, _ in self._shown.values():
            low.hide()  # the table deletes them later, and would show them until then
            high.hide()
        self._shown = {}
        self._table.setRowCount(0)
        rows = [
            (family, name, own)
            for family in self._chosen()
            for name, own in ranges_of(family, counts_only=self._counts_only).items()
        ]
        self._table.setRowCount(len(rows))
        for row, (family, name, own) in enumerate(rows):
            unit = f", {own.unit}" if own.unit else ""
            label = widgets.QTableWidgetItem(f"{family.replace('_', ' ')}: {own.meaning}{unit}")
            label.setFlags(qt().core.Qt.ItemFlag.ItemIsEnabled)
            label.setToolTip(f"{family}.{name}, {own.meaning}: {own.low:g} to {own.high:g}{unit} unless changed")
            self._table.setItem(row, 0, label)
            low, high = self._kept.get(f"{family}.{name}", (own.low, own.high))
            least, most = self._box(own, low, f"{family}.{name}.least"), self._box(own, high, f"{family}.{name}.most")
            self._table.setCellWidget(row, 1, least)
            self._table.setCellWidget(row, 2, most)
            self._shown[f"{family}.{name}"] = (least, most, (own.low, own.high))

    def _box(self, own: FamilyRange, value: float, name: str) -> Any:
        widgets = qt().widgets
        box: Any = widgets.QSpinBox() if own.is_count else widgets.QDoubleSpinBox()
        if own.is_count:
            box.setRange(0, _MOST)
        else:
            box.setDecimals(_DECIMALS)
            box.setRange(-1e5, 1e5)
            box.setSingleStep(0.1)
        box.setValue(int(value) if own.is_count else value)
        box.setObjectName(name)
        box.valueChanged.connect(lambda *_: self._changed())
        return box


def _same(shown: tuple[float, float], own: tuple[float, float]) -> bool:
    """Whether nobody touched two boxes, which show a value to some digits only."""
    return all(abs(a - b) < 0.6 * 10.0**-_DECIMALS for a, b in zip(shown, own))
