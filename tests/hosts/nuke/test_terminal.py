"""`nuke -t`: a button's work is done when it returns, and a job that failed does not end well."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from nuke_plugin import batch
from nuke_plugin.errors import BatchFailed, WrongNode
from nuke_plugin.probe.values import light_of
from tests.fake_worker import FakeWorker
from tests.hosts.nuke.fake_nodes import FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke

BUTTONS = {"PlateNormals": "prerender", "PlateOcclusion": "render", "PlateProbe": "estimate"}


@pytest.fixture
def worker(nuke: FakeNuke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    nuke.close_window()
    nuke.name_script(str(tmp_path / "shot.nk"))
    made = FakeWorker()
    monkeypatch.setattr(batch, "_client", lambda: made)
    return made


def node_of(nuke: FakeNuke, kind: str) -> FakeNode:
    nuke.create("ColorBars")
    return nuke.create(kind)


@pytest.mark.parametrize("kind", BUTTONS)
def test_the_work_is_done_when_the_button_returns(
    nuke: FakeNuke, worker: FakeWorker, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    node = node_of(nuke, kind)
    threads = threading.active_count()
    node[BUTTONS[kind]].execute()
    assert threading.active_count() == threads
    assert worker.closed == 1
    if kind == "PlateProbe":
        assert light_of(node).toward == (0.6, 0.48, 0.64)
    else:
        assert "/shot." in str(node["prerendered"].value())
        assert "3 of 3 frames are done" in capsys.readouterr().err
    assert nuke.messages == []


@pytest.mark.parametrize("kind", BUTTONS)
@pytest.mark.parametrize("problem", ["a frame", "the worker", "the render", "the plate"])
def test_a_failure_is_raised(
    nuke: FakeNuke, worker: FakeWorker, capsys: pytest.CaptureFixture[str], kind: str, problem: str
) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("no space")

    node = node_of(nuke, kind)
    expected, words = BatchFailed, "cannot be read"
    if problem == "a frame":
        worker.fails = {0}
    elif problem == "the worker":
        worker.events = fail  # type: ignore[method-assign]
        words = "no space"
    elif problem == "the render":
        nuke.render_frame = fail
        expected, words = WrongNode, "no space"  # type: ignore[assignment]
    else:
        node.inputs = []
        expected, words = WrongNode, "no plate"  # type: ignore[assignment]
    with pytest.raises(expected, match=words):
        node[BUTTONS[kind]].execute()
    if problem == "a frame" and kind != "PlateProbe":
        assert "/shot." in str(node["prerendered"].value())  # what is done is read all the same
    assert nuke.for_main.empty()


@pytest.mark.usefixtures("worker")
def test_callbacks_raise_nothing_for_a_render_must_not_end_by_them(
    nuke: FakeNuke, capsys: pytest.CaptureFixture[str]
) -> None:
    node = node_of(nuke, "PlateNormals")
    del node._knobs["ocio_in"]  # a node of another version
    node["input_colours"].setValue("OpenColorIO")
    assert "has no knob 'ocio_in'" in capsys.readouterr().err
