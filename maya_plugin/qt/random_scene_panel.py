"""The option box of Random Scene: recipe, seed and its lock, families, counts; make one, and another one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from maya_plugin.commands.command import Flag, call
from maya_plugin.commands.scene_choice import RECIPE, recipe_names
from maya_plugin.errors import PluginError
from maya_plugin.qt.families import Families
from maya_plugin.qt.panel import Panel
from maya_plugin.qt.shim import qt

__all__ = ["RandomScenePanel"]

_FLAGS = (
    Flag("seed", "s", "int", 0, "The same seed gives the same scene, everywhere", low=0, label="Seed"),
    Flag("index", "i", "int", 0, "Which scene of the seed", low=0, label="Scene of the seed"),
    Flag("lock", "l", "bool", False, "Another One takes the next scene of this seed instead of a new seed",
         label="Lock the seed"),
)  # fmt: skip
_MORE = (
    Flag("textureSize", "ts", "int", 512, "Texels along each side", low=16, high=4096, label="Texture size"),
    Flag("renderer", "re", "choice", "auto", "Whose materials and lights: auto is Arnold where it loads",
         ("auto", "arnold", "software"), label="For renderer"),
    Flag("folder", "fo", "folder", "", "Where textures go; empty: sourceimages/platelight of the project",
         label="Textures go to"),
    Flag("replace", "rp", "bool", True, "Take away the random scene that was made last", label="Replace the last one"),
)  # fmt: skip


class RandomScenePanel(Panel):
    """See the module."""

    def build(self) -> None:
        """Recipe, seed, families with counts, the rest; two buttons."""
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
        self.add_form(_FLAGS)
        dice = widgets.QPushButton("New seed")
        dice.setObjectName("dice")
        dice.clicked.connect(self._new_seed)
        self.column.addWidget(dice)
        self.families = Families(self.changed)
        self.column.addWidget(self.families.widget, 1)
        self.add_form(_MORE)
        self.add_button("Make Scene", "run", lambda: self._make(False))
        self.add_button("Another One", "another", lambda: self._make(True))

    def values(self) -> dict[str, Any]:
        """As the command's flags."""
        found = super().values()
        found["recipe"] = str(self._recipe.currentText()).strip()
        found["families"], found["counts"] = self.families.families(), self.families.counts()
        return found

    def show_values(self, kept: Mapping[str, Any]) -> None:
        """Also the recipe, and the families that were chosen of it."""
        super().show_values(kept)
        texts = {name: kept.get(name, "") for name in ("recipe", "families", "counts")}
        if not all(isinstance(text, str) for text in texts.values()):
            texts = dict.fromkeys(texts, "")
        before = self._recipe.blockSignals(True)
        self._recipe.setCurrentText(texts["recipe"] or RECIPE)
        self._recipe.blockSignals(before)
        self.families.load(texts["recipe"] or RECIPE, texts["families"], texts["counts"])

    def why_not(self) -> str:
        """Also where there are no families to choose from."""
        return super().why_not() or self.families.problem

    def _other_recipe(self, *_: Any) -> None:
        self.families.load(str(self._recipe.currentText()).strip(), "", "")
        self.refresh()
        self.changed()

    def _new_seed(self, *_: Any) -> None:
        self.fields["seed"].set(random.SystemRandom().randrange(2**31))
        self.fields["index"].set(0)
        self.changed()

    def _make(self, another: bool) -> None:
        made = call(self.session, self.command, (), {**self.values(), "another": another})
        self.fields["seed"].set(made["seed"])
        self.fields["index"].set(made["index"])
        self.changed()
