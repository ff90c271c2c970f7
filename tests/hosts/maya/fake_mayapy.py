"""A mayapy for tests: the project's Python with the stand-in for Maya, run as `fake_mayapy.py -m scene_generator ...`.

`PLATELIGHT_FAKE_MAYA` holds JSON: `acts` (number of a scene to what happens at it: crash, crash_once, hang, leave,
leave_after, licence, nothing), `arnold` (its version, "" for none), `numpy` (false: there is none), `starts`, `log` (a
file that gets a line for each start and scene) and `mitsuba` (a variant: pictures are rendered, not made up).
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Become mayapy."""
    sys.path[:] = [place for place in sys.path if Path(place) != Path(__file__).parent]
    settings = json.loads(os.environ.get("PLATELIGHT_FAKE_MAYA", "{}"))
    assert sys.argv[1] == "-m", "mayapy is asked to run a module"
    with_numpy = settings.get("numpy", True)
    if with_numpy:
        check_copy()
    sys.path.append(str(ROOT))  # at the end: what runs is the copy that mayapy was given
    if with_numpy:
        pretend_to_be_maya(settings)
    else:
        sys.modules["numpy"] = None  # type: ignore[assignment]
    module, sys.argv = sys.argv[2], ["mayapy", *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def check_copy() -> None:
    """Refuse to run from a copy that lacks something: this Python would lend it from the repository, Maya's cannot."""
    found = importlib.util.find_spec("scene_generator")
    copy = Path(str(found.origin)).parents[1] if found else ROOT
    if copy == ROOT:
        return
    importlib.import_module("maya_plugin.scene.headless")
    rooms = ("core", "maya_plugin", "nuke_plugin", "scene_generator", "worker_link")
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in rooms}
    lent = sorted(name for name, module in ours.items() if copy not in Path(str(module.__file__)).parents)
    if lent:
        raise ImportError(f"mayapy was not given {', '.join(lent)}")


def pretend_to_be_maya(settings: dict[str, Any]) -> None:
    """Make `import maya` work, with a renderer that does what the settings say."""
    from tests.hosts.maya.fake_cmds import FakeCmds
    from tests.hosts.maya.pretend import install

    log("start", settings)
    cmds = FakeCmds(
        arnold=settings.get("arnold", "5.5.1"), render=lambda c, prefix: act(c, prefix, settings), recording=False
    )
    install(cmds, starts=settings.get("starts", True))
    standalone: Any = sys.modules["maya.standalone"]
    initialize = standalone.initialize

    def start(name: str = "python") -> None:
        initialize(name)
        if os.environ.get("MAYA_NO_STANDALONE_ATEXIT") != "1":
            atexit.register(_its_own_way_out)

    standalone.initialize = start


def _its_own_way_out() -> None:
    """What Maya does when Python ends: whatever the code was, it is 0 then (docs/host-evidence.md)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def log(line: str, settings: dict[str, Any]) -> list[str]:
    """Add a line to the log and return those before it."""
    if not settings.get("log"):
        return []
    path = Path(settings["log"])
    before = path.read_text().splitlines() if path.exists() else []
    with path.open("a") as file:
        file.write(f"{line}\n")
    return before


def act(cmds: Any, prefix: str, settings: dict[str, Any]) -> None:
    """Do what is to happen at this scene, then write its picture."""
    from scene_generator.maya_scene.scene import IDENTITY

    index = json.loads(cmds.graph.get(f"platelight.{IDENTITY}"))["index"]
    what = settings.get("acts", {}).get(str(index), "")
    before = log(str(index), settings)
    if what == "crash" or (what == "crash_once" and str(index) not in before):
        print("Stack trace: Arnold met its maker", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        time.sleep(3600)
    if what == "leave":
        os._exit(0)
    if what == "licence":
        raise RuntimeError("[mtoa] render aborted: license not found")
    if what == "nothing":
        return
    if what == "leave_after":
        threading.Thread(target=_leave_after, args=(Path(f"{prefix}.result.json"),), daemon=True).start()
    if settings.get("mitsuba"):
        _rendered(settings["mitsuba"])(cmds, prefix)
    elif cmds.graph.get("defaultRenderGlobals.currentRenderer") == "arnold":
        made_up(cmds, prefix)
    else:
        made_up_software(cmds, prefix)


def _leave_after(result: Path) -> None:
    while not result.exists():
        time.sleep(0.005)
    os._exit(11)


def _rendered(variant: str) -> Any:
    from scene_generator.renderers.mitsuba import MitsubaRenderer
    from tests.hosts.maya import scenes
    from tests.hosts.maya.fake_arnold import FakeArnold

    return FakeArnold(MitsubaRenderer(variant, scenes.TEXTURE_SIZE))


def made_up(cmds: Any, prefix: str) -> None:
    """A wall of noise three metres before the camera: a picture that the gate lets through, in a moment."""
    import zlib

    import numpy as np

    from core.image import Image, write_image
    from scene_generator.maya_scene.arnold import OPTIONS
    from scene_generator.maya_scene.scene import IDENTITY

    graph = cmds.graph
    size = graph.get("defaultResolution.height"), graph.get("defaultResolution.width")
    rng = np.random.default_rng(zlib.crc32(graph.get(f"platelight.{IDENTITY}").encode()))
    place = np.asarray(graph.node("shotCamera").matrix).reshape(4, 4).T
    planes = {
        "N": np.broadcast_to(place[:3, 2], (*size, 3)),
        "P": np.broadcast_to(place[:3, 3] - 3 * place[:3, 2], (*size, 3)),
        "pl_data": np.broadcast_to([0.5, 0.0, 1.0], (*size, 3)).copy(),
        "pl_cover": np.ones((*size, 3)),
    }
    planes["pl_data"][: size[0] // 2, :, 2] = 2.0  # two objects: one that fills the frame is a picture of a wall
    names, pixels, k = ["R", "G", "B", "A"], [rng.uniform(0.2, 1, (*size, 4))], 0
    while node := graph.connections.get(f"{OPTIONS}.aovList[{k}]", "").partition(".")[0]:
        name = graph.get(f"{node}.name")
        names += [f"{name}.{suffix}" for suffix in "RGB"]
        pixels.append(planes.get(name, np.full((*size, 3), 0.5)))
        k += 1
    write_image(f"{prefix}.exr", Image(np.concatenate(pixels, -1).astype(np.float32), tuple(names)), dtype="float")


def made_up_software(cmds: Any, prefix: str) -> None:
    """The same for each of Maya Software's three pictures."""
    import numpy as np

    from core.image import Image, write_image
    from scene_generator.maya_scene.software import FAR, NUMBERS

    graph = cmds.graph
    size = graph.get("defaultResolution.height"), graph.get("defaultResolution.width")
    rng = np.random.default_rng(1)
    kind = prefix.rpartition("_")[2]
    pixels = rng.uniform(0.2, 1, (*size, 3))
    if kind == "normals":
        pixels = np.broadcast_to([0.5, 0.5, 1.0], (*size, 3))
    if kind == "data":
        pixels = np.broadcast_to([1 / NUMBERS, 3.0 / FAR, 1.0], (*size, 3)).copy()
        pixels[: size[0] // 2, :, 0] = 2 / NUMBERS
    image = Image(pixels.astype(np.float32), ("R", "G", "B"))
    if kind == "beauty":
        write_image(f"{prefix}.exr", image, dtype="float")
    else:
        write_image(f"{prefix}.tif", image, dtype="uint16")


if __name__ == "__main__":
    main()
