"""What the panels about scenes share: a recipe, and families of it with the ranges that they draw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maya_plugin.commands.scene_choice import RECIPE, recipe_names
from maya_plugin.errors import PluginError
from maya_plugin.paths import recipe_in_project
from maya_plugin.qt.families import Families
from maya_plugin.qt.panel import Panel
from maya_plugin.qt.shim import qt

__all__ = ["RecipePanel"]


class RecipePanel(Panel):
    """A panel whose command takes `recipe`, `families` and the ranges that differ from the families' own.

    Attributes:
        ranges_flag: name of the flag for the ranges.
        counts_only: show only how many there are of things.
    """

    ranges_flag = "ranges"
    counts_only = False

    def add_recipe(self) -> None:
        """A line for the recipe; choosing another one fills the families anew."""
        widgets = qt().widgets
        self._recipe: Any = widgets.QComboBox()
        self._recipe.setEditable(True)
        self._recipe.setObjectName("recipe")
        self._recipe.setToolTip("A shipped recipe, or the path of a .json file")
        try:
            self._recipe.addItems(recipe_names())
        except PluginError:
            self._recipe.addItem(RECIPE)
        self._recipe.currentTextChanged.connect(self._other_recipe)
        top = widgets.QFormLayout()
        top.addRow("Recipe", self._recipe)
        self.column.addLayout(top)

    def add_families(self) -> None:
        """The families with check boxes, and the table of ranges."""
        self.families = Families(self.changed, counts_only=self.counts_only)
        self.column.addWidget(self.families.widget, 1)

    def values(self) -> dict[str, Any]:
        """As the command's flags."""
        chosen = {"families": self.families.families(), self.ranges_flag: self.families.counts()}
        return {**super().values(), "recipe": str(self._recipe.currentText()).strip(), **chosen}

    def show_values(self, kept: Mapping[str, Any]) -> None:
        """Also the recipe, and the families that were chosen of it."""
        super().show_values(kept)
        texts = [kept.get(name, "") for name in ("recipe", "families", self.ranges_flag)]
        recipe, families, counts = texts if all(isinstance(text, str) for text in texts) else ("", "", "")
        before = self._recipe.blockSignals(True)
        self._recipe.setCurrentText(recipe or RECIPE)
        self._recipe.blockSignals(before)
        self.families.load(recipe_in_project(self.session.host, recipe or RECIPE), families, counts)

    def _other_recipe(self, *_: Any) -> None:
        self.families.load(recipe_in_project(self.session.host, str(self._recipe.currentText()).strip()), "", "")
        self.refresh()
        self.changed()
