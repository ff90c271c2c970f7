"""Setting up a path inside of a node: the order of presses, waiting, linking, going over to Inference where Blink is
refused, and what the person is told."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from nuke_plugin.blink.build import (
    INPUTS,
    KERNEL_FILE,
    KernelMissing,
    build,
    created,
    fingerprint,
    show_path,
    switch_to_inference,
)
from nuke_plugin.blink.controls import CAT_NAME, NO_MODEL, NO_PATH, PATH, PATH_INFERENCE, PATHS, WAITING
from nuke_plugin.blink.host import NukeBlinkHost
from nuke_plugin.blink.inference import TORCHSCRIPT, model_links
from nuke_plugin.blink.links import kernel_links
from nuke_plugin.errors import ModelMissing, NukeTooOld, WrongNode
from tests.nuke_plugin.blink.fake_host import Host, Node, plate_relight, which


@pytest.fixture(autouse=True)
def cat_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("PLATELIGHT_CAT_FOLDER", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return folder


def start(host: Any, group: Any) -> None:
    build(host, group)


def is_on(group: Node) -> bool:
    path, blink = group.node("Path"), group.node("Kernel")
    if which(group) != 1:
        return False
    assert path is not None
    assert path.inputs == {1: blink}
    assert blink is not None
    assert [blink.inputs[index].name() for index in range(5)] == list(INPUTS)  # type: ignore[union-attr]
    for name, expressions in kernel_links().items():
        assert blink.knobs[f"PlateRelight_{name}"].expressions == dict(enumerate(expressions))
    return True


@pytest.mark.parametrize(
    ("at", "presses"), [(1, ["reloadKernelSourceFile"]), (2, ["reloadKernelSourceFile", "recompile"])]
)
@pytest.mark.parametrize("gui", [True, False])
def test_a_kernel_that_is_there_at_once_is_used_at_once(at: int, presses: list[str], gui: bool) -> None:
    host, group = Host(at, gui), plate_relight()
    start(host, group)
    assert host.pressed == presses
    assert is_on(group)
    assert not host.waiting
    assert group.knobs["status"].value() == PATH
    assert Path(KERNEL_FILE).is_file()


def test_a_slow_one_is_waited_for_without_blocking() -> None:
    host, group = Host(5), plate_relight()
    start(host, group)
    assert not is_on(group)
    assert group.knobs["status"].value() == WAITING
    turns = 0
    while host.wait():
        turns += 1
    assert turns == 3
    assert is_on(group)
    assert group.knobs["status"].value() == PATH
    assert host.messages == []


def test_one_that_never_comes_is_told_once_and_the_plate_passes() -> None:
    host, group = Host(None), plate_relight()
    start(host, group)
    turns = 0
    while host.wait():
        turns += 1
    assert 60 <= turns <= 200
    assert not is_on(group)
    assert group.knobs["status"].value() == NO_PATH
    (words,) = host.messages
    for part in ("PlateRelight1", KERNEL_FILE, "NukeX", "Recompile", "no licence", "platelight relight"):
        assert part in words
    assert which(group) == 0


def test_without_a_window_it_is_an_error() -> None:
    host, group = Host(None, gui=False), plate_relight()
    with pytest.raises(KernelMissing, match=r"did not compile.*other path is not there either.*no licence"):
        start(host, group)
    assert which(group) == 0
    assert not host.waiting


def is_over_inference(group: Node) -> bool:
    if which(group) != 2:
        return False
    model: Any = group.node("Model")
    assert {name: model.knobs[name].expressions for name in model_links()} == {
        name: {0: expression} for name, expression in model_links().items()
    }
    return True


@pytest.mark.parametrize("gui", [True, False])
@pytest.mark.parametrize("blink", [True, False])
def test_where_blink_is_refused_the_node_goes_over_to_inference(gui: bool, blink: bool, cat_folder: Path) -> None:
    host, group = Host(None, gui, blink, cats=True), plate_relight()
    start(host, group)
    while host.wait():
        pass
    assert is_over_inference(group)
    assert group.knobs["status"].value() == PATH_INFERENCE
    assert host.made == []
    said = json.loads((cat_folder / CAT_NAME).read_text("utf-8"))
    card = json.loads(Path(TORCHSCRIPT, "torchscript.json").read_text("utf-8"))
    assert said["channels"] == ",".join(card["nuke_channels_in"])
    assert set(said["knobs"]) >= set(model_links())
    if gui:
        (words,) = host.messages
        assert "did not compile" in words
        assert "Inference instead" in words


def test_inference_can_be_chosen_and_blink_taken_back() -> None:
    host: Any = Host(1, cats=True)
    group: Any = plate_relight()
    start(host, group)
    switch_to_inference(host, group)
    assert is_over_inference(group)
    assert group.knobs["status"].value() == PATH_INFERENCE
    group.knobs["path"].setValue(PATHS[1])
    created(host, group)
    assert group.knobs["status"].value() == PATH
    assert is_on(group)
    assert host.messages == []


def test_a_model_file_that_is_there_is_not_made_again(cat_folder: Path) -> None:
    cat_folder.mkdir()
    (cat_folder / CAT_NAME).write_text(json.dumps({"knobs": list(model_links())}), "utf-8")
    host: Any = Host(None)
    group: Any = plate_relight()
    switch_to_inference(host, group)
    assert is_over_inference(group)
    model: Any = group.node("Model")
    assert model.knobs["modelFile"].value() == str(cat_folder / CAT_NAME).replace("\\", "/")


def test_a_model_file_of_another_version_is_refused(cat_folder: Path) -> None:
    cat_folder.mkdir()
    (cat_folder / CAT_NAME).write_text(json.dumps({"knobs": list(model_links())[5:]}), "utf-8")
    host: Any = Host(None, cats=True)
    group: Any = plate_relight()
    group.knobs["path"].setValue(PATHS[2])
    with pytest.raises(ModelMissing, match=r"no control .* \.\.\.: it is of another version"):
        switch_to_inference(host, group)
    assert which(group) == 0
    assert group.knobs["status"].value() == NO_MODEL


def test_a_nuke_that_is_too_old_is_told() -> None:
    host: Any = Host(None, cats=True)
    host.nuke_version = (13, 2, 5)
    group: Any = plate_relight()
    with pytest.raises(NukeTooOld, match=r"Inference.*14\.0 or later; this is 13\.2v5"):
        switch_to_inference(host, group)
    assert which(group) == 0


def test_it_can_be_built_again_in_the_same_node() -> None:
    host, group = Host(1), plate_relight()
    start(host, group)
    start(host, group)
    assert [node.name() for node in group.inside].count("Kernel") == 1
    assert is_on(group)


def test_a_kernel_of_another_version_is_told() -> None:
    host, group = Host(1), plate_relight()
    start(host, group)
    assert group.knobs["kernel_version"].value() == fingerprint()
    group.knobs["kernel_version"].setValue("0123")
    anyone: Any = host
    created(anyone, group)  # type: ignore[arg-type]
    assert "another version" in str(group.knobs["status"].value())


def test_an_opened_node_says_which_path_is_on() -> None:
    group: Any = plate_relight()
    assert show_path(group) == NO_PATH
    start(Host(1), group)
    assert show_path(group) == PATH
    group.knobs["path"].setValue(PATHS[0])
    assert show_path(group) == NO_PATH
    group.knobs["path"].setValue(PATHS[2])
    assert show_path(group) == NO_MODEL


def test_a_node_of_another_kind_is_refused() -> None:
    with pytest.raises(WrongNode):
        start(Host(1), Node("Blur1", {}))


def test_later_hands_the_call_to_the_main_thread_and_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    host = NukeBlinkHost()
    arrived = threading.Event()
    handed: list[object] = []

    def in_main_thread(call: object) -> None:
        handed.append(call)
        arrived.set()

    monkeypatch.setattr(host, "in_main_thread", in_main_thread)
    host.later(0.01, start)  # type: ignore[arg-type]
    assert arrived.wait(20.0)
    assert handed == [start]
