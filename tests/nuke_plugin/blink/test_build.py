"""Building the kernel inside of a node: the order of presses, waiting, linking, and what the person is told."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from nuke_plugin.blink.build import INPUTS, KERNEL_FILE, KernelMissing, build, created, fingerprint, show_path
from nuke_plugin.blink.controls import NO_PATH, PATH, WAITING
from nuke_plugin.blink.host import NukeBlinkHost
from nuke_plugin.blink.links import kernel_links
from nuke_plugin.errors import WrongNode
from tests.nuke_plugin.blink.fake_host import Host, Node, plate_relight


def start(host: Any, group: Any) -> None:
    build(host, group)


def is_on(group: Node) -> bool:
    path, blink = group.node("Path"), group.node("Kernel")
    assert path is not None
    if not path.knobs["which"].value():
        return False
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
    for part in ("PlateRelight1", KERNEL_FILE, "NukeX", "Recompile", "platelight relight"):
        assert part in words


def test_without_a_window_it_is_an_error() -> None:
    host, group = Host(None, gui=False), plate_relight()
    with pytest.raises(KernelMissing, match="did not compile"):
        start(host, group)
    assert not is_on(group)
    assert not host.waiting


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
    group.node("Path").knobs["which"].setValue(0)
    assert show_path(group) == NO_PATH


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
