"""Generate Dataset: presets, the words of the command line, the process, its progress and its end."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.background import Cancelled, Task
from maya_plugin.commands.generate_dataset import RECIPE_FILE
from maya_plugin.dataset import process
from maya_plugin.dataset.settings import DatasetSettings, load_preset, save_preset
from maya_plugin.errors import BadSetting, WorkFailed
from maya_plugin.life import Life
from scene_generator import recipe as recipe_module
from scene_generator.recipe import load_recipe
from tests.hosts.maya.fake_window import FakeMaya

SET = DatasetSettings(count=12, seed=3, size=64, samples=4, passes="beauty,normal", out="/sets/a")


def a_task() -> Task:
    return Task("set", lambda task: None)


def test_a_preset_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "presets" / "mine.json"
    settings = replace(SET, families="room, street", ranges="room.things=2:5", place="farm", job="/jobs/a")
    save_preset(str(path), settings)
    assert load_preset(str(path)) == settings
    assert [file.name for file in path.parent.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(format="other"), "is no preset"),
        (lambda d: d.update(version=9), "of version 9"),
        (lambda d: d["settings"].update(count="many"), "count is 'many'; expected int"),
        (lambda d: d["settings"].update(colour=1), "is no setting"),
    ],
)
def test_a_preset_that_is_none_is_refused(tmp_path: Path, change: Callable[[Any], None], words: str) -> None:
    path = tmp_path / "p.json"
    save_preset(str(path), SET)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(BadSetting, match=words):
        load_preset(str(path))
    path.write_text("{")
    with pytest.raises(BadSetting, match="cannot be read"):
        load_preset(str(path))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out": " "}, "name a folder for the set"),
        ({"place": "farm"}, "job's files"),
        ({"place": "moon"}, "use here, mayapy, farm"),
        ({"renderer": "redshift"}, "use embedded, arnold, software"),
        ({"count": 0}, "expected 1 to"),
        ({"size": 8}, "expected 16 to 4096"),
        ({"recipe": ""}, "name a recipe"),
    ],
)
def test_what_cannot_be_worked_with_is_said(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        replace(SET, **changes).check()


def parsed(words: list[str]) -> dict[str, Any]:
    """What the real command line makes of words, without running them."""
    from typer.main import get_command

    from core.cli.main import app

    command: Any = get_command(app)
    with command.make_context("platelight", list(words)) as context:
        name, inner, rest = command.resolve_command(context, words)
        while hasattr(inner, "resolve_command"):
            with inner.make_context(name, rest, parent=context) as deeper:
                name, inner, rest = inner.resolve_command(deeper, rest)
        with inner.make_context(name, rest, parent=context) as last:
            return dict(last.params)


def test_the_command_line_takes_the_words() -> None:
    here = parsed(process.arguments(replace(SET, workers=2), "plate_normals"))
    assert (here["count"], here["seed"], here["size"], here["samples"], here["workers"]) == (12, 3, 64, 4, 2)
    assert (here["passes"], str(here["out"]), here["renderer"]) == ("beauty,normal", "/sets/a", "")
    maya = parsed(process.arguments(replace(SET, place="mayapy"), "plate_normals"))
    assert (maya["renderer"], maya["variant"]) == ("maya", "arnold")
    farm = replace(SET, place="farm", job="/jobs/a", renderer="software", tasks=9)
    written = parsed(process.arguments(farm, "/r.json"))
    assert (str(written["out"]), str(written["data"]), written["shards"]) == ("/jobs/a", "/sets/a", 9)
    assert written["generate_options"] == "--renderer maya --variant software"
    look = parsed(process.preview_arguments(farm, "/r.json", "/tmp/look"))
    assert (look["preview"], str(look["out"]), look["variant"]) == (True, "/tmp/look", "software")


def test_a_dry_run_returns_the_words_and_a_preset_is_changed_by_flags(loaded: Life, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    save_preset(str(path), SET)
    call = loaded.session.host.call
    words = call("platelightGenerateDataset", preset=str(path), seed=8, dryRun=True)
    assert words == process.arguments(replace(SET, seed=8), "plate_normals")
    words = call("platelightGenerateDataset", preset=str(path), families="room", dryRun=True)
    assert words[words.index("--recipe") + 1].endswith(f"/sets/a/{RECIPE_FILE}")
    assert not Path("/sets").exists()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A stand-in for the environment's command: runs the text that it is given."""

    def write(text: str) -> None:
        path = tmp_path / "program.py"
        path.write_text(f"import sys, os, json, time\nfrom pathlib import Path\n{text}\n")
        monkeypatch.setattr(process, "_COMMAND", (str(path),))
        monkeypatch.setattr(process, "_LOOK_SECONDS", 0.02)
        monkeypatch.setattr(process, "python_for_sets", lambda: sys.executable)

    return write


def test_a_changed_recipe_is_written_beside_the_set_and_can_be_read(
    maya: FakeMaya, loaded: Life, finish: Callable[[], None], program: Callable[[str], None], tmp_path: Path
) -> None:
    program("print('rendered', len(sys.argv))")
    out = tmp_path / "set"
    loaded.session.host.call("platelightGenerateDataset", out=str(out), families="room", ranges="room.things=1:2")
    finish()
    recipe = load_recipe(str(out / RECIPE_FILE))
    assert [(share.name, share.ranges) for share in recipe.families] == [("room", {"things": (1.0, 2.0)})]
    assert maya.messages == []
    assert "rendered" in maya.notices[-1]


@pytest.mark.parametrize(
    ("out", "place"), [("sets/first", "sets/first"), ("~/sets/a", "home/sets/a"), ("$SHOW/sets", "show/sets")]
)
@pytest.mark.parametrize("where", ["here", "farm"])
def test_a_folder_that_is_not_whole_lies_in_the_project(
    maya: FakeMaya,
    loaded: Life,
    finish: Callable[[], None],
    program: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    out: str,
    place: str,
    where: str,
) -> None:
    """The process runs in a temporary folder, which goes with all that is in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("SHOW", str(tmp_path / "show"))
    program(
        "out = Path(sys.argv[sys.argv.index('--out') + 1])\n"
        "out.mkdir(parents=True, exist_ok=True)\n"
        "(out / 'shard-00000.tar').write_text(' '.join(sys.argv))"
    )
    (tmp_path / "mine.json").write_text(
        (Path(recipe_module.__file__).parent / "recipes/plate_normals.json").read_text()
    )
    flags = {"job": out, "out": "data"} if where == "farm" else {"out": out}
    words = loaded.session.host.call(
        "platelightGenerateDataset", place=where, recipe="mine.json", families="room", **flags
    )
    finish()
    assert maya.messages == []
    made = tmp_path / place / "shard-00000.tar"
    assert made.is_file()
    assert (tmp_path / place / RECIPE_FILE).is_file()
    assert made.read_text().split()[1:] == words
    if where == "farm":
        assert words[words.index("--data") + 1] == f"{tmp_path.as_posix()}/data"


def test_progress_is_what_lies_in_the_folder(tmp_path: Path, program: Callable[[str], None]) -> None:
    out = tmp_path / "set"
    (out / "unpacked").mkdir(parents=True)
    (out / "unpacked" / "00000004.json").write_text("{}")
    (out / "unpacked-0-of-2").mkdir()
    (out / "unpacked-0-of-2" / "00000005_001.json").write_text("{}")
    index = {"format": 1, "records": [{"key": "00000000"}, {"key": "00000001_000"}, {"key": "00000001_001"}]}
    (out / "shard-00000.index.json").write_text(json.dumps(index))
    (out / "shard-00001.index.json").write_text("{")
    assert process.finished_scenes(str(out)) == 4
    seen: list[str] = []
    task = Task("set", lambda task: seen.append(task.words))
    program("time.sleep(0.2); print('all done')")
    said = process.run(task, ["generate"], replace(SET, out=str(out)), 8, sys.executable)
    assert said == "all done"
    assert "4 of 8 scenes" in seen


def test_an_index_that_the_project_writes_is_understood(tmp_path: Path) -> None:
    from core.shards import write_shard

    records = [(f"{index:08d}", b"exr", {"index": index}) for index in range(3)]
    write_shard(tmp_path / "shard-00000.tar", records)
    assert process.finished_scenes(str(tmp_path)) == 3


def test_an_error_is_its_last_line(program: Callable[[str], None]) -> None:
    program("print('starting'); print('error: no space left', file=sys.stderr); sys.exit(2)")
    with pytest.raises(WorkFailed, match=r"^error: no space left$"):
        process.run(a_task(), ["generate"], SET, 0, sys.executable)
    with pytest.raises(WorkFailed, match="cannot be run"):
        process.run(a_task(), ["generate"], SET, 0, "/nowhere/python")


def test_cancel_ends_the_process_gently(tmp_path: Path, program: Callable[[str], None]) -> None:
    mark, ended = tmp_path / "began", tmp_path / "ended"
    program(
        f"Path({str(mark)!r}).touch()\n"
        "try:\n    time.sleep(60)\n"
        f"except KeyboardInterrupt:\n    Path({str(ended)!r}).touch()"
    )
    task = a_task()

    def stop() -> None:
        end = time.monotonic() + 60.0
        while not mark.exists() and time.monotonic() < end:
            time.sleep(0.02)
        task.cancel()

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(Cancelled):
        process.run(task, ["generate"], SET, 0, sys.executable)
    assert ended.exists()


def test_the_child_sees_nothing_of_maya_but_where_it_is(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/usr/autodesk/maya")
    monkeypatch.setenv("QT_PLUGIN_PATH", "/usr/autodesk/maya/qt")
    monkeypatch.setenv("MAYA_LOCATION", "/usr/autodesk/maya2026")
    names = "PYTHONHOME QT_PLUGIN_PATH PLATELIGHT_MAYAPY"
    program(f"print([os.environ.get(name) for name in {names.split()!r}], os.getcwd())")
    said = process.run(a_task(), [], replace(SET, place="mayapy"), 0, sys.executable)
    assert said.startswith("[None, None, '/usr/autodesk/maya2026']")
    assert not Path(said.split()[-1]).exists()  # its folder was its own, and is gone


def test_a_preview_is_read_and_told(tmp_path: Path) -> None:
    estimate = {"value": 30.0, "low": 20.0, "high": 50.0}
    document = {
        "picture": "preview.png",
        "families": ["room", "street"],
        "failed": ["scene 3: no"],
        "hours": {"value": 0.5, "low": 0.4, "high": 0.6},
        "disk_bytes": {name: value * 1e9 for name, value in estimate.items()},
    }
    (tmp_path / "preview.json").write_text(json.dumps(document))
    found = process.read_preview(str(tmp_path))
    assert found.words() == "about 30 min (24 min to 36 min), 30 GB (20 to 50); from 2 scenes"
    assert found.failed == ("scene 3: no",)
    assert replace(found, gigabytes=(0.05, 0.04, 0.09)).words().endswith(" 50 MB (40 to 90); from 2 scenes")
    (tmp_path / "preview.json").write_text("{}")
    with pytest.raises(WorkFailed, match="cannot be read"):
        process.read_preview(str(tmp_path))


def test_the_real_preview_has_what_is_read_of_it() -> None:
    from dataclasses import fields

    from scene_generator.sets.preview import Estimate, PreviewResult

    names = {field.name for field in fields(PreviewResult)}
    assert {"picture", "families", "failed", "hours", "disk_bytes"} <= names
    assert {field.name for field in fields(Estimate)} == {"value", "low", "high"}


def test_without_an_environment_it_says_how_to_get_one(loaded: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATELIGHT_PYTHON", "/nowhere")
    with pytest.raises(RuntimeError, match="platelight worker --register"):
        loaded.session.host.call("platelightGenerateDataset", out="/sets/a")
    assert asdict(DatasetSettings())["place"] == "here"
