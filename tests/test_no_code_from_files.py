"""No file that somebody hands over may bring code with it: seen from the source of every room."""

from __future__ import annotations

import ast
import io
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.evaluation.layouts.array_pickles import read_pickled
from core.evaluation.layouts.references import read_array
from core.training.checkpoint import CHECKPOINT, read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "scene_generator", "worker_link", "maya_plugin", "nuke_plugin")
UNPICKLERS = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
    "yaml",
}

# One data set of normals (OASIS) comes in pickles; they are read by an unpickler that knows arrays of numbers only.
# The other names the errors of torch.load.
PICKLE_USERS = {
    "core/evaluation/layouts/array_pickles.py": {"Unpickler", "UnpicklingError"},
    "core/training/checkpoint.py": {"UnpicklingError"},
}
# What is loaded there was written by the same call a moment before.
OWN_SCRIPTS = {"core/export/relight_script.py", "core/export/script_parity.py"}


def sources() -> list[tuple[str, ast.Module]]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 300
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in files]


SOURCES = sources()


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    for name, tree in SOURCES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, node, dotted(node.func)


def keyword(call: ast.Call, name: str) -> object:
    found = [item.value for item in call.keywords if item.arg == name]
    return found[0].value if found and isinstance(found[0], ast.Constant) else None


def test_nothing_is_unpickled() -> None:
    for name, tree in SOURCES:
        imported = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and not node.level
        }
        if imported & UNPICKLERS:
            assert name in PICKLE_USERS, f"{name} imports {imported & UNPICKLERS}"
            used = {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pickle"
            }
            assert used <= PICKLE_USERS[name], f"{name} uses pickle.{used - PICKLE_USERS[name]}"


def test_arrays_and_weights_are_loaded_as_numbers_only() -> None:
    seen = set()
    for name, call, function in calls():
        if function in ("np.load", "numpy.load"):
            assert keyword(call, "allow_pickle") is False, f"{name}:{call.lineno}"
            seen.add("np.load")
        if function == "torch.load":
            assert keyword(call, "weights_only") is True, f"{name}:{call.lineno}"
            seen.add("torch.load")
        if function in ("torch.jit.load", "torch.package.PackageImporter", "torch.export.load", "torch.hub.load"):
            assert name in OWN_SCRIPTS, f"{name}:{call.lineno}: {function}"
    assert seen == {"np.load", "torch.load"}  # else this test looks at nothing


def test_no_text_is_run() -> None:
    for name, call, function in calls():
        assert function not in ("eval", "exec", "__import__", "os.system", "os.popen", "subprocess.getoutput"), (
            f"{name}:{call.lineno}: {function}"
        )
        assert keyword(call, "shell") is not True, f"{name}:{call.lineno}: a shell"


def test_only_the_worker_listens_and_on_this_machine_only() -> None:
    bound = [(name, ast.unparse(call.args[0])) for name, call, function in calls() if function.endswith(".bind")]
    assert bound == [("core/worker/serve.py", "('127.0.0.1', 0)")]
    servers = {"http.server", "socketserver", "xmlrpc.server", "multiprocessing.managers"}
    for name, tree in SOURCES:
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not servers & set(modules), f"{name} imports {modules}"


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {Evil.trace}",)

    trace = ""


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """A file that is there as soon as an `Evil` was unpickled."""
    Evil.trace = str(tmp_path / "trace")
    return tmp_path / "trace"


def test_the_trap_works(trace: Path) -> None:
    pickle.loads(pickle.dumps(Evil()))
    assert trace.exists()


def test_a_pickle_with_a_program_in_it_is_refused(tmp_path: Path, trace: Path) -> None:
    for number, value in enumerate((Evil(), [Evil()], {"normal": Evil()}, np.array([Evil()], dtype=object))):
        path = tmp_path / f"{number}.pkl"
        path.write_bytes(pickle.dumps(value))
        with pytest.raises(BadInput, match=r"which is no array|which are no numbers"):
            read_pickled(path)
    assert not trace.exists()


def test_arrays_and_numbers_come_out_of_any_protocol(tmp_path: Path) -> None:
    rows = np.arange(24, dtype=">f4").reshape(2, 3, 4)
    value = {
        "normal": rows,
        "columns": np.asfortranarray(rows[0]),
        "min_x": 3,
        "max_x": np.int64(7),
        "mask": np.array([True, False]),
        "none": np.zeros((0, 3)),
    }
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / f"{protocol}.pkl"
        path.write_bytes(pickle.dumps(value, protocol))
        found = read_pickled(path)
        assert list(found) == list(value)
        for name, wanted in value.items():
            np.testing.assert_array_equal(found[name], wanted, strict=isinstance(wanted, np.ndarray))


class Parts:
    """Pickled as a call of a function with arguments and a state; what a stranger may write by hand."""

    def __init__(self, *parts: object) -> None:
        self.parts = parts

    def __reduce__(self) -> tuple[object, ...]:
        return self.parts


FLAGS = (3, "|", None, None, None, -1, -1, 63)  # an array of this kind holds pointers, so says the file


@pytest.mark.parametrize(
    "made",
    [
        Parts(np.dtype, ("O8", False, True), FLAGS),
        Parts(np.dtype, ("f8", False, True), FLAGS),
        Parts(np.dtype, ([("a", "f4")],)),
        Parts(np.dtype, ("V16", False, True)),
    ],
    ids=["objects", "numbers with the flags of objects", "records", "bytes"],
)
def test_what_a_pickle_says_of_an_array_never_makes_pointers_of_its_bytes(tmp_path: Path, made: Parts) -> None:
    start = np.zeros(1).__reduce__()
    array = Parts(start[0], start[1], (1, (2,), made, False, b"A" * 16))
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(array))
    try:
        found = read_pickled(tmp_path / "a.pkl")
    except BadInput:
        return
    assert found.dtype.kind == "f"
    assert found.tobytes() == b"A" * 16


@pytest.mark.parametrize("name", ["numpy.f2py.__main__ ndarray", "numpy.ma.core _frombuffer", "os system"])
def test_a_pickle_imports_no_module(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.pkl").write_bytes(b"c" + name.replace(" ", "\n").encode() + b"\n.")
    before = set(sys.modules)
    with pytest.raises(BadInput, match="which is no array"):
        read_pickled(tmp_path / "a.pkl")
    assert set(sys.modules) == before


def test_a_pickle_changes_nothing_for_the_next_one(tmp_path: Path) -> None:
    # BUILD with a pair sets attributes of whatever is on the stack.
    spoilt = b"cnumpy\ndtype\n(N}(S'__defaults__'\n(I1\ntutb."
    (tmp_path / "a.pkl").write_bytes(spoilt)
    read_pickled(tmp_path / "a.pkl")
    (tmp_path / "b.pkl").write_bytes(pickle.dumps(np.float32([1, 2])))
    assert read_pickled(tmp_path / "b.pkl").tolist() == [1, 2]


def test_a_numpy_file_with_a_program_in_it_is_refused(tmp_path: Path, trace: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="cannot be read as a numpy array"):
        read_array(tmp_path / "a.npy")
    assert not trace.exists()


def test_a_checkpoint_with_a_program_in_it_is_refused(tmp_path: Path, trace: Path) -> None:
    torch = pytest.importorskip("torch")

    written = io.BytesIO()
    torch.save({"format": 1, "model": Evil()}, written)
    for data in (written.getvalue(), pickle.dumps(Evil())):
        (tmp_path / CHECKPOINT).write_bytes(data)
        with pytest.raises(BadInput, match="damaged checkpoint"):
            read_checkpoint(tmp_path)
    assert not trace.exists()
