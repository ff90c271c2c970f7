"""The option box of Random Scene: recipe, seed and its lock, families, counts; make one, and another one."""

from __future__ import annotations

import random
from typing import Any

from maya_plugin.commands.command import Flag, call
from maya_plugin.qt.recipe_panel import RecipePanel
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


class RandomScenePanel(RecipePanel):
    """See the module."""

    ranges_flag = "counts"
    counts_only = True

    def build(self) -> None:
        """Recipe, seed, families with counts, the rest; two buttons."""
        self.add_recipe()
        self.add_form(_FLAGS)
        dice = qt().widgets.QPushButton("New seed")
        dice.setObjectName("dice")
        dice.clicked.connect(self._new_seed)
        self.column.addWidget(dice)
        self.add_families()
        self.add_form(_MORE)
        self.add_button("Make Scene", "run", lambda: self._make(False))
        self.add_button("Another One", "another", lambda: self._make(True))

    def why_not(self) -> str:
        """Also where there are no families to choose from."""
        return super().why_not() or self.families.problem

    def _new_seed(self, *_: Any) -> None:
        self.fields["seed"].set(random.SystemRandom().randrange(2**31))
        self.fields["index"].set(0)
        self.changed()

    def _make(self, another: bool) -> None:
        made = call(self.session, self.command, (), {**self.values(), "another": another})
        self.fields["seed"].set(made["seed"])
        self.fields["index"].set(made["index"])
        self.changed()
