"""The command itself: quick help, one line per error, the right exit code, and tidy endings by signals."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import core.errors
from core.cli import main
from core.errors import BadConfig, DiskFull, Interrupted, PlatelightError
from scene_generator.spec import SpecError

COMMANDS = (
    "generate",
    "materialx",
    "texture-pairs",
    "material-pairs",
    "occlusion-shapes",
    "train",
    "evaluate",
    "export",
)
COMMANDS += ("normals", "normal-map", "occlusion", "material", "estimate-light", "relight", "view", "worker")
COMMANDS += ("demo", "doctor", "bench")
GROUPS = ("farm", "images", "textures", "install")
HEAVY = {"torch", "numpy", "mitsuba", "drjit", "onnxruntime", "onnx", "OpenImageIO", "cv2", "skimage"}
HEAVY |= {"scene_generator"}  # light itself, but nothing of it is needed for help


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], int]:
    """Runs a function as if it were the command `platelight work`; gives the exit code."""
    monkeypatch.setattr(main.app, "registered_commands", list(main.app.registered_commands))
    monkeypatch.delenv("PLATELIGHT_DEBUG", raising=False)

    def run(work: Callable[[], None]) -> int:
        main.app.command("work")(work)
        return main.entry(["work"])

    return run


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def error_classes(parent: type[PlatelightError] = PlatelightError) -> list[type[PlatelightError]]:
    return [parent, *(found for child in parent.__subclasses__() for found in error_classes(child))]


def test_every_error_class_is_offered_and_drawn() -> None:
    names = {kind.__name__ for kind in error_classes() if kind.__module__ == "core.errors"}
    assert names == set(core.errors.__all__)
    assert all(name in (core.errors.__doc__ or "") for name in names)


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_each_error_is_one_line_and_its_own_code(
    kind: type[PlatelightError], command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    code = command(raising(kind("plate.exr: it is\n  broken; mend it")))
    assert code == (2 if issubclass(kind, core.errors.BadInput) else 1)
    printed = capsys.readouterr()
    assert printed.err == "platelight: plate.exr: it is broken; mend it\n"
    assert printed.out == ""


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SpecError("recipe.json: size 0 is too small"), 2, "recipe.json: size 0 is too small"),
        (KeyboardInterrupt(), 1, "stopped by Ctrl-C"),
        (OSError(errno.ENOSPC, "No space left on device", "out.exr"), 1, "no space left"),
        (MemoryError(), 1, "out of memory"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), 1, "platelight[train]"),
        (ModuleNotFoundError("No module named 'mitsuba'", name="mitsuba"), 1, "platelight[render]"),
        (ModuleNotFoundError("No module named 'skimage.data'", name="skimage.data"), 1, "platelight[demo]"),
        (ZeroDivisionError("division by zero"), 1, "unexpected ZeroDivisionError: division by zero"),
        (ValueError("not a spec error"), 1, "unexpected ValueError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_other_errors_too_are_one_line(
    error: BaseException, code: int, words: str, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(raising(error)) == code
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1
    assert "Traceback" not in printed


def test_what_a_file_says_of_itself_does_not_steer_the_terminal(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(core.errors.BadInput("model \x1b]0;title\x07\x1b[2J\x9b2J\u202e" + "A" * 100_000)))
    printed = capsys.readouterr().err.rstrip("\n")
    assert printed.isprintable()
    assert "title" in printed
    assert len(printed) < 5000


def test_a_command_that_returns_is_success(command: Callable[..., int]) -> None:
    assert command(lambda: None) == 0


def test_an_error_that_says_more_about_the_stop_keeps_its_words(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(raising(Interrupted("stopped after 3 of 24 scenes"))) == 1
    assert "3 of 24" in capsys.readouterr().err


def test_the_debug_variable_shows_where(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATELIGHT_DEBUG", "1")
    assert command(raising(DiskFull("full"))) == 1
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert printed.endswith("platelight: full\n")


def test_the_debug_option_sets_the_variable_for_workers(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(raising(BadConfig("first")))
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("PLATELIGHT_DEBUG", "")  # so that what the option sets is undone afterwards
    assert main.entry(["--debug", "work"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "nonsense"),
        (["--nonsense"], "--nonsense"),
        (["doctor", "--nonsense"], "platelight doctor --help"),
        (["doctor", "--timeout", "soon"], "--timeout"),
    ],
)
def test_a_wrong_command_line_is_bad_input(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.entry(arguments) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


def test_version_is_that_of_the_installed_package(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main.entry(["--version"]) == 0
    assert capsys.readouterr().out == f"platelight {version('platelight')}\n"


def test_all_commands_are_registered_in_the_order_of_the_main_job() -> None:
    assert tuple(command.name for command in main.app.registered_commands) == COMMANDS
    assert [group.name for group in main.app.registered_groups] == list(GROUPS)


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in (*COMMANDS, *GROUPS))], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from core.cli.main import entry\n"
        "code = entry(sys.argv[1:])\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    help_text, _, loaded = done.stdout.rpartition("LOADED")
    assert "Usage: platelight" in help_text
    assert set(loaded.split()).isdisjoint(HEAVY)


_WORK_UNTIL_STOPPED = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup, tests inherit that it is ignored
from core.atomic import atomic_path, write_text
from core.cli import main

def work():
    write_text(sys.argv[1] + "/finished.txt", "kept")
    with atomic_path(sys.argv[1] + "/half.txt") as temporary:
        temporary.write_text("half")
        print("writing", flush=True)
        time.sleep(60)

main.app.command("work")(work)
sys.exit(main.entry(["work"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no POSIX signals")
@pytest.mark.parametrize(
    ("stop", "name"),
    [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")],
)
def test_signals_keep_what_is_finished_and_remove_what_is_half(tmp_path: Path, stop: signal.Signals, name: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _WORK_UNTIL_STOPPED, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    child.send_signal(stop)
    _, printed = child.communicate(timeout=30)
    assert child.returncode == 1
    assert printed.startswith(f"platelight: stopped by {name};")
    assert printed.count("\n") == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["finished.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX shell")
def test_a_reader_that_goes_away_is_no_noise() -> None:
    code = (
        "import sys\n"
        "from core.cli import main\n"
        "def work():\n"
        "    for _ in range(100000): print('x' * 100)\n"
        "main.app.command('work')(work)\n"
        "sys.exit(main.entry(['work']))\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    printed = child.stderr.read()
    child.stderr.close()
    assert child.wait(timeout=30) == 1
    assert printed == b""


def test_a_tilde_that_the_shell_left_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Shells expand it at the beginning of a word only: not in `--out=~/plates`, and not in quotes.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main.entry(["farm", "write", "--data=~/plates", "--shards=1", "--out", "~/farm"]) == 0
    assert not (tmp_path / "~").exists()
    assert str(tmp_path / "plates") in (tmp_path / "farm" / "job.json").read_text()
    assert main.entry(["train", "plate_normals", "--data=./~/plates", "--out=run"]) == 2
    assert "~/plates: no such folder" in capsys.readouterr().err
