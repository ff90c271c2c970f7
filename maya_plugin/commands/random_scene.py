"""Random Scene: one draw of a recipe as nodes of the open scene, undone in one step."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.commands.scene_choice import RECIPE, changed_recipe, need_numpy, parse_counts
from maya_plugin.errors import BadSetting, NothingChosen, WorkFailed, notice
from maya_plugin.host import Host
from maya_plugin.nodes import all_of, project_folder
from maya_plugin.paths import recipe_in_project
from maya_plugin.scene_watch import Begun
from maya_plugin.session import Session

if TYPE_CHECKING:
    from scene_generator.maya_scene.files import SceneFiles
    from scene_generator.recipe import Recipe
    from scene_generator.spec import SceneSpec

__all__ = ["COMMAND", "MADE", "Draw", "last_draw", "next_draw"]

_TITLE = "Random Scene"
MADE = "platelightMade"
"""Attribute of a random scene's group: how it was drawn, and the UUIDs of its nodes, as JSON."""

_LARGEST_SEED = 2**31


@dataclass(frozen=True)
class Draw:
    """Which scene of which seed."""

    seed: int
    index: int


def next_draw(last: Draw, lock: bool) -> Draw:
    """Another one: the next scene of the same seed where it is locked, else the first of a new seed."""
    if lock:
        return Draw(last.seed, last.index + 1)
    return Draw(random.SystemRandom().randrange(_LARGEST_SEED), 0)


def last_draw(host: Host) -> tuple[str, Draw] | None:
    """The group that was made last, and its draw; None where the scene has none."""
    groups = all_of(host.call("ls", f"*.{MADE}", objectsOnly=True, type="transform", long=True))
    found = []
    for group in groups:
        try:
            made = json.loads(str(host.call("getAttr", f"{group}.{MADE}")))
            found.append((int(made["number"]), group, Draw(int(made["seed"]), int(made["index"]))))
        except (ValueError, KeyError, TypeError):
            continue
    if not found:
        return None
    _, group, draw = max(found)
    return group, draw


def _run(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns recipe, seed and index of the scene that is being made."""
    need_numpy()
    from maya_plugin.scene.facts import host_facts

    host = session.host
    families = [name.strip() for name in values["families"].split(",") if name.strip()]
    recipe = changed_recipe(recipe_in_project(host, values["recipe"]), families, parse_counts(values["counts"]))
    last = last_draw(host)
    draw = Draw(values["seed"], values["index"])
    if values["another"]:
        draw = next_draw(last[1], values["lock"]) if last else draw if values["lock"] else next_draw(draw, False)
    facts = host_facts(host, values["renderer"])
    folder = values["folder"] or f"{project_folder(host)}/sourceimages/platelight/{recipe.name}_{draw.seed}"
    former = last[0] if last and values["replace"] else ""
    begun = Begun(session, [former] if former else [])

    def work(task: Task) -> tuple[SceneSpec, SceneFiles]:
        return _prepared(task, recipe, draw, values["textureSize"], folder)

    def finished(answer: tuple[SceneSpec, SceneFiles]) -> None:
        spec, files = answer
        if not begun.same_scene():
            words = f"textures are in {folder}; the scene was changed meanwhile, so nothing was made in it"
            notice(host, f"{words}: make it again with seed {draw.seed}, index {draw.index}")
            return
        group, spared = _built(host, spec, files, facts, begun.now(former) if former else "")
        notice(host, "\n".join([f"{group}: {spec.family}, scene {draw.index} of seed {draw.seed}", *spared]))

    session.run(COMMAND.name, _TITLE, work, finished, now=values["wait"])
    return {"recipe": recipe.name, "seed": draw.seed, "index": draw.index}


def _prepared(task: Task, recipe: Recipe, draw: Draw, size: int, folder: str) -> tuple[SceneSpec, SceneFiles]:
    """Draw the scene and write its textures and meshes: the part that takes long, and needs no Maya."""
    from scene_generator.maya_scene.files import write_files
    from scene_generator.maya_scene.store import FileStore
    from scene_generator.sample import sample_scene
    from scene_generator.spec import SpecError

    try:
        task.show(5, "drawing the scene")
        spec = sample_scene(recipe, draw.seed, draw.index)
        task.check()
        task.show(20, f"textures and meshes of a {spec.family}")
        files = write_files(spec, size, FileStore(Path(folder)))
        task.check()
        task.show(95, "making nodes")
    except SpecError as error:
        raise BadSetting(str(error)) from error
    except OSError as error:
        raise WorkFailed(f"{folder}: the textures cannot be written ({error.strerror}); name another folder") from error
    return spec, files


def _built(host: Host, spec: SceneSpec, files: SceneFiles, facts: Any, former: str) -> tuple[str, list[str]]:
    """Make the nodes, in the place of the former scene's where one is named; one step of undo.

    Returns:
        The group, and a line for each thing of others that hung on the former scene.

    Raises:
        HostError: a command failed; what was made until then is gone again, and the former scene with it: undo brings
            it back.
    """
    from maya_plugin.scene.build import MadeScene, read_meshes, remove_scene, run_in_place
    from maya_plugin.scene.run import Runner
    from scene_generator.maya_scene.scene import GROUP, scene_commands

    width, height = (float(host.call("getAttr", f"defaultResolution.{side}") or 0.0) for side in ("width", "height"))
    aspect = width / height if width > 0.0 and height > 0.0 else 16 / 9
    number = 1 + max((_number(host, group) for group in _groups(host)), default=0)
    runner = Runner(host, read_meshes(files))

    def nodes() -> tuple[str, ...]:
        names = sorted(set(runner.names.values()))
        return tuple(all_of(host.call("ls", *names, uuid=True))) if names else ()

    with host.undo_chunk(f"Platelight {_TITLE}"):
        spared = remove_scene(host, MadeScene(former, _nodes(host, former))) if former else []
        try:
            run_in_place(host, runner, scene_commands(spec, files, facts, aspect))
        except BaseException:
            remove_scene(host, MadeScene("", nodes()))
            raise
        group = runner.name(GROUP)
        made = {"number": number, "seed": spec.seed, "index": spec.index, "nodes": nodes()}
        host.call("addAttr", group, longName=MADE, dataType="string")
        host.call("setAttr", f"{group}.{MADE}", json.dumps(made), type="string")
        host.call("select", group, replace=True)
    return group, spared


def _groups(host: Host) -> list[str]:
    return all_of(host.call("ls", f"*.{MADE}", objectsOnly=True, type="transform", long=True))


def _number(host: Host, group: str) -> int:
    try:
        return int(json.loads(str(host.call("getAttr", f"{group}.{MADE}")))["number"])
    except (ValueError, KeyError, TypeError):
        return 0


def _nodes(host: Host, group: str) -> tuple[str, ...]:
    """UUIDs of a random scene's nodes, materials too, whatever they are called by now.

    Raises:
        NothingChosen: the group no longer says what belongs to it.
    """
    try:
        return tuple(str(uuid) for uuid in json.loads(str(host.call("getAttr", f"{group}.{MADE}")))["nodes"])
    except (ValueError, KeyError, TypeError) as error:
        words = f"{group}: cannot be read as a random scene; delete it by hand, or use replace=False"
        raise NothingChosen(words) from error


COMMAND = Command(
    "platelightRandomScene",
    _TITLE,
    "make a random scene of a recipe: camera, meshes, materials, lights, below one group",
    (
        Flag("recipe", "r", "text", RECIPE, "a shipped recipe, or a .json file"),
        Flag("seed", "s", "int", 0, "the same seed gives the same scene, everywhere", low=0),
        Flag("index", "i", "int", 0, "which scene of the seed", low=0),
        Flag("another", "an", "bool", False, "go on from the scene that was made last"),
        Flag("lock", "l", "bool", False, "with another: keep its seed and take the next scene of it"),
        Flag("families", "fa", "text", "", "only these, with commas: room, street; empty: all of the recipe"),
        Flag("counts", "c", "text", "", "other numbers of things: room.things=2:5, street.cars=0"),
        Flag("textureSize", "ts", "int", 512, "texels along each side", low=16, high=4096),
        Flag("renderer", "re", "choice", "auto", "whose materials and lights", ("auto", "arnold", "software")),
        Flag("replace", "rp", "bool", False, "take away the random scene that was made last"),
        Flag("folder", "fo", "folder", "", "where textures go; empty: sourceimages/platelight of the project"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    panel="random_scene",
    icon="platelight_random_scene.png",
    menu=(("another", True),),  # the menu item gives a new scene each time it is chosen
)
