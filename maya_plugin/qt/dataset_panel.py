"""The panel of Generate Dataset: what, how much, where; a look at a few scenes with time and disk; and off it goes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from maya_plugin.commands.command import Flag
from maya_plugin.commands.generate_dataset import COMMAND, generate, preview
from maya_plugin.dataset.process import Preview
from maya_plugin.dataset.settings import DatasetSettings, load_preset, save_preset
from maya_plugin.qt.recipe_panel import RecipePanel
from maya_plugin.qt.shim import qt

__all__ = ["DatasetPanel"]

_LABELS = {
    "count": "Scenes",
    "seed": "Seed of the set",
    "size": "Width and height",
    "samples": "Light paths a pixel",
    "passes": "Passes",
    "out": "Set goes to",
    "place": "Where",
    "renderer": "Renderer",
    "workers": "Processes (0: auto)",
    "tasks": "Tasks of the farm job",
    "job": "Job files go to",
}
_FLAGS = tuple(
    Flag(flag.name, flag.short, flag.kind, flag.default, flag.help, flag.choices, flag.low, flag.high, label)
    for label, flag in ((_LABELS[flag.name], flag) for flag in COMMAND.flags if flag.name in _LABELS)
)
_WIDTH = 420


class DatasetPanel(RecipePanel):
    """See the module."""

    def build(self) -> None:
        """Presets, recipe with families and ranges, the fields, the preview, two buttons."""
        widgets = qt().widgets
        presets = widgets.QHBoxLayout()
        for label, name, action in (
            ("Load Preset...", "load_preset", self._load),
            ("Save Preset...", "save_preset", self._save),
        ):
            button = widgets.QPushButton(label)
            button.setObjectName(name)
            button.clicked.connect(lambda *_, action=action: self.attempt(action))
            presets.addWidget(button)
        self.column.addLayout(presets)
        self.add_recipe()
        self.add_families()
        self.add_form(_FLAGS)
        self._estimate: Any = widgets.QLabel("Preview shows a few scenes, and estimates time and disk.")
        self._estimate.setObjectName("estimate")
        self._estimate.setWordWrap(True)
        self.column.addWidget(self._estimate)
        self._sheet: Any = widgets.QLabel()
        self._sheet.setObjectName("sheet")
        self.column.addWidget(self._sheet)
        self.add_button("Preview", "preview", self._preview)
        self._go: Any = self.add_button("Generate", "run", self._generate)
        self._follow()

    def settings(self) -> DatasetSettings:
        """What the panel says. A number that is not the place's (tasks, without a farm) is kept all the same."""
        return DatasetSettings(**self.values())

    def changed(self) -> None:
        """Remember, and enable what the chosen place needs."""
        super().changed()
        self._follow()

    def show_values(self, kept: Mapping[str, Any]) -> None:
        """Also enable what the chosen place needs."""
        super().show_values(kept)
        self._follow()

    def load_file(self, path: str) -> None:
        """Show a preset. Raises BadSetting."""
        self.show_values(asdict(load_preset(path)))
        self.changed()

    def save_file(self, path: str) -> None:
        """Keep what is shown as a preset. Raises BadSetting."""
        save_preset(path if path.endswith(".json") else f"{path}.json", self.settings())

    def _follow(self) -> None:
        place = self.fields["place"].value()
        for name, places in (("job", ("farm",)), ("tasks", ("farm",)), ("workers", ("here", "mayapy"))):
            self.fields[name].widget.setEnabled(place in places)
        self.fields["renderer"].widget.setEnabled(place != "here")
        self._go.setText("Write Farm Job" if place == "farm" else "Generate")

    def _load(self) -> None:
        path = qt().widgets.QFileDialog.getOpenFileName(self.widget, "Preset", "", "Presets (*.json)")[0]
        if path:
            self.load_file(path)

    def _save(self) -> None:
        path = qt().widgets.QFileDialog.getSaveFileName(self.widget, "Preset", "", "Presets (*.json)")[0]
        if path:
            self.save_file(path)

    def _preview(self) -> None:
        preview(self.session, self.settings(), self._shown)

    def _shown(self, found: Preview, folder: str) -> None:
        picture = qt().gui.QPixmap(found.picture)
        shutil.rmtree(folder, ignore_errors=True)
        if qt().shiboken.isValid(self._sheet):  # the panel may have been closed meanwhile
            smooth = qt().core.Qt.TransformationMode.SmoothTransformation
            self._sheet.setPixmap(picture.scaledToWidth(_WIDTH, smooth))
            self._estimate.setText("\n".join([f"The whole set: {found.words()}", *found.failed]))

    def _generate(self) -> None:
        generate(self.session, self.settings())
