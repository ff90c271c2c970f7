"""`python -m scene_generator.families.describe` prints docs/families.md: what every family draws, from the code itself.

The page is this program's output, so that documented ranges cannot differ from the ones that are drawn from.
"""

from __future__ import annotations

import sys
from typing import List, Mapping  # noqa: UP035 - Python 3.9

from scene_generator.families import FAMILIES
from scene_generator.families.family import Family
from scene_generator.families.light import INDOORS, OUTDOORS
from scene_generator.families.ranges import Range

_HEAD = """\
# Scene families

This page is the output of `python -m scene_generator.families.describe > docs/families.md`; a test compares the two.
Change a range in its family's file, then write the page again.

A family is one file in `scene_generator/families/`: a table of ranges and a pure function from dice to a layout. A
recipe mixes families by weight. The family of a scene follows from seed and index, everything else from seed, index and
attempt, so a scene is the same on every machine and in any order.
"""

_OVERRIDE = """\
## Other ranges in a recipe

A recipe is a JSON file. `ranges` of a family replaces that family's own ranges by name, narrower or wider; what is not
named stays. Low and high may be equal: that fixes the value. This recipe gives portraits with short
lenses, all standing, seen level:

```json
{
  "name": "portraits",
  "version": 1,
  "description": "One standing person before a wall, 35 to 50 mm.",
  "families": [
    {
      "name": "figures",
      "weight": 1,
      "ranges": {"people": [1, 1], "focal_mm": [35, 50], "seated": [0, 0], "outdoors": [0, 0], "roll": [0, 0]}
    }
  ],
  "focal_scale": [1.0, 1.0]
}
```

`platelight generate --recipe portraits.json --count 100 --out scenes` uses it. A name that the family has not, a range
whose low lies above its high, and a range drawn in the logarithm that does not lie above 0 are refused with the name.
A family whose table says "share" draws a probability from that range and then decides: [1, 1] is always, [0, 0] never.

`focal_scale` multiplies every focal length after it was drawn; 1 to 1 keeps the table's range. What came up is in the
scene's `drawn`, one value a name: of a range that a scene draws from several times (storeys of each building of a
street, whether each object flies), the last.
"""

_CAMERA = """\
## Cameras

- The film back is 36 mm wide; focal lengths are drawn uniform in the logarithm.
- A longer lens stands farther off, so that it shows things and not pores: exactly in proportion where the table has
  `crop`; by a power of the focal length of 0.75 to 0.85 in clusters, table-tops and facades. In streets and landscapes
  things stand farther off instead. Rooms have walls: longer lenses come with details only.
- Roll is drawn, never zero by rule; heights and pitches reach from the ground to steeply above.
- The recipe's `defocus_share` is the share of scenes seen through a thin lens of f/1.4 to f/8, focused at 0.8 to 1.25
  times the distance of what the family looks at. Data passes (normals, depth, all but the beauty) always see a pinhole.
- 85 % of scenes move the camera by 0.1 to 4 % of that distance a frame; loose things, people and cars move in about a
  third of the cases each. Only motion passes and sequences show it.
"""

_ADD = """\
## Adding a family

1. Write `scene_generator/families/NAME.py`: a dict `RANGES` of `Range(low, high, meaning, unit, log)`, a function
   `NAME(dice: Dice) -> Layout`, and `FAMILY = Family("NAME", "one line", RANGES, NAME)`. Python 3.9 syntax, numpy and
   the standard library only.
2. Draw what a user may want to steer with `dice.draw`, `dice.count` (whole numbers, both ends included) or
   `dice.chance` (a share); everything else with `dice.rng`. Never use other random numbers, clocks or files.
3. Put shapes into the world with `Layout.add`: places are rigid, a shape's numbers carry its size. Stand loose things
   on something with `things.thing` inside discs from `layout.scatter`, which do not overlap; groups that may move go to
   `Layout.movable`.
4. Set `Layout.focus` to the distance of what the picture is about, and call `light.lamps` once, or put two `quad_light`
   by hand: two lights in every scene let all of them share one compiled kernel.
5. Put the module into the tuple in `scene_generator/families/__init__.py`, give it a weight in a recipe and raise that
   recipe's `version`: the same seed now gives other scenes.
6. Write this page again, run `tests/scene_generator/test_families.py` (it runs over every family), and look at a few
   scenes: `platelight generate --recipe mine.json --count 16 --out look` writes a contact sheet.
"""


def page() -> str:
    """Return docs/families.md as Markdown text with a line break at its end."""
    parts = [_HEAD, _overview(FAMILIES)]
    parts += [_family(family) for family in FAMILIES.values()]
    parts += [_OVERRIDE, _light(), _CAMERA, _ADD]
    return "\n".join(parts)


def _overview(families: Mapping[str, Family]) -> str:
    rows = [f"| [{name}](#{name}) | {family.summary} |" for name, family in families.items()]
    return "\n".join(["| family | what it shows |", "|---|---|", *rows, ""])


def _family(family: Family) -> str:
    lines = [f"## {family.name}", "", f"{family.summary[0].upper()}{family.summary[1:]}.", ""]
    lines += ["| range | low | high | unit | drawn | meaning |", "|---|---|---|---|---|---|"]
    lines += [_row(name, limits) for name, limits in family.ranges.items()]
    return "\n".join([*lines, ""])


def _row(name: str, limits: Range) -> str:
    drawn = "logarithm" if limits.log else "uniform"
    return f"| `{name}` | {limits.low:g} | {limits.high:g} | {limits.unit} | {drawn} | {limits.meaning} |"


def _light() -> str:
    lines = ["## Light", ""]
    lines += [
        "Every scene has a sky and two rectangular lamps (in a room a ceiling lamp and a window). Facades, streets,",
        "gardens and landscapes draw outdoor skies; rooms, table-tops and drapery indoor ones; clusters, organic forms",
        "and figures either. Shares:",
        "",
        "| kind | outdoors | indoors |",
        "|---|---|---|",
    ]
    kinds: List[str] = list(dict.fromkeys([*OUTDOORS, *INDOORS]))  # noqa: UP006
    for kind in kinds:
        lines.append(f"| {kind.replace('_', ' ')} | {_share(OUTDOORS, kind)} | {_share(INDOORS, kind)} |")
    lines += [
        "",
        "Clear, hazy and dusk have a sun; overcast has none; night and studio have bright patches (street lamps,",
        "softboxes); high key is bright from everywhere, low key has one or two patches in the dark, gels two coloured",
        "ones. Levels are relative: a plate is exposed when it is used. A user's environment maps replace skies by the",
        "recipe's `asset_shares.hdris`.",
        "",
    ]
    return "\n".join(lines)


def _share(shares: Mapping[str, float], kind: str) -> str:
    return f"{100 * shares[kind] / sum(shares.values()):.0f} %" if kind in shares else ""


if __name__ == "__main__":
    sys.stdout.write(page())
