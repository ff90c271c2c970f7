"""What a folder is a set of: OUT/build.json, and whether another plan may go on in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.errors import BadConfig
from scene_generator.renderers.contract import PASSES
from scene_generator.sets.lock import one_at_a_time, other_part_at_work
from scene_generator.sets.plan import BuildPlan
from worker_link.json_text import read_json

NAME = "build.json"

_MOST_NAMED = 6
_AGAIN = "give the same options to go on, or another --out"


def agree(plan: BuildPlan, folder: Path) -> None:
    """Write down in `folder` what it is a set of; one that holds nothing made by another plan is taken over.

    The caller holds `folder`, or `plan`'s part of it.

    Raises:
        BadConfig: `folder` holds samples or failures of another plan (the message says field by field what differs),
            or shards that nothing is known of, or another part is at work there with another plan.
        DiskFull: the file cannot be written.
    """
    # One at a time: of parts that a farm begins at the same moment, each could find no file and write its own.
    with one_at_a_time(folder):
        problem = _problem(plan, folder)
        if problem and (_holds_work(folder) or other_part_at_work(folder, plan.part)):
            raise BadConfig(problem)
        if problem or not (folder / NAME).exists():
            write_json(folder / NAME, plan.identity())


def check(plan: BuildPlan, folder: Path) -> None:
    """Raise BadConfig if `folder` is a set of another plan; write nothing."""
    problem = _problem(plan, folder)
    if problem:
        raise BadConfig(problem)


def differences(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what differs between two `BuildPlan.identity()` as JSON holds them, such as `samples 2, now 4`.

    Args:
        there: what a folder was made with.
        now: what is asked for.
    """
    found: list[str] = []
    for name in {**now, **there}:
        old, new = there.get(name), now.get(name)
        if old == new:
            continue
        if name == "assets":
            found.append("the files in --meshes, --textures and --hdris, their notes or --licence")
        elif name == "recipe" and isinstance(old, dict) and isinstance(new, dict):
            found += _recipe(old, new)
        elif name == "settings" and isinstance(old, dict) and isinstance(new, dict):
            found += _fields("", old, new)
        else:
            found += _fields("", {name: old}, {name: new})
    return found


def _problem(plan: BuildPlan, folder: Path) -> str:
    """Return why `plan` cannot go on in `folder`, or an empty text."""
    path = folder / NAME
    if not path.exists():
        unknown = folder.exists() and any(folder.glob("[!.]*.tar"))
        return f"{folder} holds shards without {NAME}; choose another --out" if unknown else ""
    try:
        there = read_json(path)
        if not isinstance(there, dict):
            raise ValueError(f"a {type(there).__name__}, expected an object")
    except ValueError as error:
        return f"{path}: damaged ({error}); choose another --out, or remove the folder to start anew"
    wanted = json.loads(json.dumps(plan.identity()))
    there = _in_order(there)
    if there == wanted:
        return ""
    found = differences(there, wanted)
    more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return f"{folder} was made with other options: {'; '.join(found[:_MOST_NAMED])}{more}; {_AGAIN}"


def _in_order(there: dict[str, Any]) -> dict[str, Any]:
    """A plan from before passes had one order, as it would be written now."""
    settings = there.get("settings")
    if not isinstance(settings, dict) or not isinstance(settings.get("passes"), list):
        return there
    return {**there, "settings": {**settings, "passes": [name for name in PASSES if name in settings["passes"]]}}


def _holds_work(folder: Path) -> bool:
    # Pictures of rejected draws count: the report would show them as this plan's.
    patterns = ("[!.]*.tar", "unpacked*/*.exr", "unpacked*/*.json", "failed/[!.]*.json", "rejected/[!.]*")
    return any(True for pattern in patterns for _ in folder.glob(pattern))


def _recipe(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    plain_old = {name: value for name, value in old.items() if name not in ("families", "asset_shares")}
    plain_new = {name: value for name, value in new.items() if name not in ("families", "asset_shares")}
    yield from _fields("recipe ", plain_old, plain_new)
    yield from _fields("recipe asset_shares.", old.get("asset_shares") or {}, new.get("asset_shares") or {})
    shares_old = {share["name"]: share for share in old.get("families") or ()}
    shares_new = {share["name"]: share for share in new.get("families") or ()}
    for name in {**shares_old, **shares_new}:
        if name not in shares_new or name not in shares_old:
            yield f"recipe family {name}, now {'there' if name in shares_new else 'gone'}"
            continue
        was, now = shares_old[name], shares_new[name]
        yield from _fields(f"recipe weight of {name}: ", {"": was.get("weight")}, {"": now.get("weight")})
        yield from _fields(f"recipe ranges of {name}.", was.get("ranges") or {}, now.get("ranges") or {})
    if list(shares_old) != list(shares_new) and sorted(shares_old) == sorted(shares_new):
        yield "recipe order of the families"


def _fields(before: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in {**new, **old}:
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if name == "passes" and isinstance(was, list) and isinstance(now, list):
            yield _passes(was, now)
        elif name == "description":
            yield f"{before}description"
        else:
            yield f"{before}{name}{' ' * bool(name)}{_said(was)}, now {_said(now)}"


def _passes(was: list[str], now: list[str]) -> str:
    more, fewer = [name for name in now if name not in was], [name for name in was if name not in now]
    parts = [f"now {how} {' and '.join(names)}" for how, names in (("with", more), ("without", fewer)) if names]
    return "passes " + ", ".join(parts)


def _said(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list) and len(value) == 2:
        return f"{value[0]}..{value[1]}"
    return str(value)
