"""Where the joints of a figure are, and how it is built and dressed: all its parts read the same pose.

Lengths are in units of the figure's height. The figure faces +Z, its left is +X, and its hips are above the origin.
Proportions are those of anthropometry tables (R. Drillis and R. Contini, "Body segment parameters", 1966: thigh 0.245,
shank 0.246, upper arm 0.186, forearm 0.146 of the height), with the head larger and the legs shorter for children.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

SIDES = (1.0, -1.0)
"""Left (+X) and right; pairs of joints come in this order."""
ANKLE = 0.042
"""Height of the ankle above the sole."""


@dataclass(frozen=True)
class Pose:
    """Joints (3,) in units of height, frames (3, 3) whose columns are the part's +X (left), +Y (up) and +Z (front)."""

    height: float
    """Metres."""
    head_size: float
    """Chin to crown."""
    head: np.ndarray
    """Middle of the head."""
    head_turn: np.ndarray
    pelvis: np.ndarray
    """Between the hip joints."""
    torso_turn: np.ndarray
    spine: float
    """From the pelvis to the line of the shoulders."""
    shoulder_width: float
    """Half, between the joints."""
    shoulders: np.ndarray
    """(2, 3), as elbows, wrists, hips, knees and ankles."""
    elbows: np.ndarray
    wrists: np.ndarray
    thumbs: np.ndarray
    """(2, 3) unit, the direction that each thumb points to when it is spread."""
    hips: np.ndarray
    knees: np.ndarray
    ankles: np.ndarray
    feet: np.ndarray
    """(2, 3, 3), frames whose +Z runs to the toes."""
    seated: bool
    stout: float
    """Girth relative to the mean, 0.85 .. 1.25."""
    female: float
    """0 .. 1, bends the widths of shoulders and hips."""
    garment: str
    """Top: "tight", "loose" or "jacket"."""
    sleeves: float
    """How much of the arm is covered, 0.25 (short) .. 1 (to the wrist)."""
    skirt: float
    """Length of the skirt, 0 (trousers) .. 1 (to the ankles)."""

    def torso_point(self, x: float, y: float, z: float) -> np.ndarray:
        """Return the point of the torso's frame, measured from the pelvis."""
        return np.asarray(self.pelvis + self.torso_turn @ np.array([x, y, z]))


def turn(x: float, y: float, z: float) -> np.ndarray:
    """Return the rotation (3, 3) about +Z, then +X, then +Y by angles in radians."""
    cx, cy, cz, sx, sy, sz = np.cos(x), np.cos(y), np.cos(z), np.sin(x), np.sin(y), np.sin(z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def reach(
    root: np.ndarray, target: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    """Return the middle joint and the end of a limb of two bones that reaches from `root` for `target`.

    The middle joint bends towards `pole`; a target out of reach is approached as far as the limb goes.
    """
    to = target - root
    distance = float(np.linalg.norm(to))
    d = float(np.clip(distance, abs(upper - lower) + 0.02, 0.995 * (upper + lower)))
    along = to / max(distance, 1e-9)
    side = pole - (pole @ along) * along
    side = side / max(float(np.linalg.norm(side)), 1e-9)
    # Law of cosines.
    a = (upper**2 - lower**2 + d**2) / (2 * d)
    middle = root + along * a + side * np.sqrt(max(upper**2 - a**2, 0.0))
    return middle, root + along * d


def _arm(
    rng: np.random.Generator, style: str, side: float, knee: np.ndarray, hip: np.ndarray
) -> Tuple[np.ndarray, np.ndarray, bool]:  # noqa: UP006
    # Where the wrist goes from the shoulder (torso frame, +X outwards) and where the elbow points; True: in the world.
    u = rng.uniform
    if style == "lap":
        at = hip + (knee - hip) * u(0.55, 0.95) + np.array([-side * u(0, 0.04), 0.055, 0.0])
        return at, np.array([0.7, -0.2, -0.7]), True
    if style == "hip":
        return np.array([u(-0.005, 0.02), -u(0.235, 0.26), u(0.0, 0.04)]), np.array([1.0, 0.0, -u(0.2, 0.6)]), False
    if style == "front":
        return np.array([u(-0.09, 0.0), -u(0.1, 0.2), u(0.16, 0.23)]), np.array([0.7, -1.0, -0.3]), False
    if style == "raised":
        return np.array([u(0.06, 0.22), u(0.02, 0.25), u(0.0, 0.14)]), np.array([1.0, -0.6, -0.2]), False
    if style == "forward":
        return np.array([u(-0.03, 0.1), u(-0.1, 0.03), u(0.24, 0.31)]), np.array([0.5, -1.0, 0.0]), False
    return np.array([u(0.025, 0.09), -u(0.28, 0.32), u(-0.03, 0.09)]), np.array([0.4, 0.0, -1.0]), False


def pose(numbers: Sequence[float], seed: int) -> Pose:
    """Return the pose that `numbers` (height in metres, seated 0 or 1, stride 0 .. 1) and `seed` stand for."""
    height, seated, stride = float(numbers[0]), numbers[1] >= 0.5, float(np.clip(numbers[2], 0, 1))
    rng = np.random.default_rng(seed)
    head_size = 1 / float(np.interp(height, [0.9, 1.2, 1.5, 1.7, 2.0], [5.2, 6.1, 6.9, 7.4, 7.8]))
    hip_height = float(np.interp(height, [0.9, 1.2, 1.6, 2.0], [0.45, 0.485, 0.515, 0.53]))
    female = float(rng.uniform())
    stout = float(rng.uniform(0.87, 1.15) if rng.uniform() < 0.75 else rng.uniform(1.1, 1.25))
    spine = 1 - 1.42 * head_size - hip_height
    # Children are built alike.
    grown = float(np.clip((height - 1.3) / 0.3, 0, 1))
    female *= grown
    shoulder = (0.108 - 0.014 * female) * (0.85 + 0.15 * stout)
    leg = (hip_height - ANKLE) / 2
    # The torso leans and turns; the shoulders carry the head, which turns by itself.
    lean = rng.uniform(-0.08, 0.25) if seated else rng.uniform(-0.06, 0.1) + 0.06 * stride
    torso_turn = turn(lean, rng.normal(0, 0.12), rng.normal(0, 0.04))
    head_turn = torso_turn @ turn(rng.uniform(-0.25, 0.3) - 0.6 * lean, rng.uniform(-0.8, 0.8), rng.normal(0, 0.09))
    hip_half = 0.047 + 0.006 * female

    stance = rng.uniform(0.045, 0.085, 2)
    toes_out = rng.uniform(0.0, 0.4, 2) * np.array(SIDES)
    if seated:
        pelvis = np.array([0.0, 0.27, 0.0])
        forward = leg + rng.uniform(-0.07, 0.06, 2)
        ankles = np.array([[s * w * rng.uniform(0.8, 1.7), ANKLE, f] for s, w, f in zip(SIDES, stance, forward)])
        pitch = np.zeros(2)
        shift = 0.0
    else:
        first = rng.choice([-1.0, 1.0])
        along = np.array([first, -first]) * (0.13 * stride) + rng.normal(0, 0.012, 2)
        # The rear foot stands on its ball.
        pitch = np.where(along < 0, 0.75 * stride, 0.0)
        ball = 0.09
        lift = ball * np.sin(pitch) + ANKLE * np.cos(pitch)
        ankles = np.array([[s * w * (1 - 0.35 * stride), y, z] for s, w, y, z in zip(SIDES, stance, lift, along)])
        shift = float(rng.uniform(-0.022, 0.022))
        far = np.hypot(ankles[:, 0] - np.array(SIDES) * hip_half - shift, ankles[:, 2])
        top = float((ankles[:, 1] + np.sqrt(np.maximum((1.98 * leg) ** 2 - far**2, 0.01))).min())
        pelvis = np.array([shift, min(hip_height, top), 0.0])
    roll = turn(0.0, rng.normal(0, 0.05), -2.5 * shift)
    hips = np.array([pelvis + roll @ np.array([s * hip_half, 0, 0]) for s in SIDES])
    legs = [
        reach(hips[i], ankles[i], leg, leg, np.array([SIDES[i] * 0.15, 0.9 if seated else 0.0, 0.5 if seated else 1.0]))
        for i in range(2)
    ]
    knees, ankles = np.stack([a for a, _ in legs]), np.stack([b for _, b in legs])
    feet = np.stack([turn(float(p), float(y), 0.0) for p, y in zip(pitch, toes_out)])

    shoulders = np.array([pelvis + torso_turn @ np.array([s * shoulder, spine - 0.012, -0.004]) for s in SIDES])
    styles = (
        ("lap", "lap", "lap", "front", "hang")
        if seated
        else ("hang", "hang", "hang", "hip", "front", "raised", "forward")
    )
    style = str(rng.choice(styles))
    other = style if rng.uniform() < 0.5 else str(rng.choice(styles))
    elbows, wrists, thumbs = np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3))
    swing = -np.sign(ankles[:, 2]) * 0.12 * stride
    for i, (name, side) in enumerate(zip((style, other), SIDES)):
        at, pole, world = _arm(rng, name, side, knees[i], hips[i])
        mirror = np.array([side, 1.0, 1.0])
        if name == "hang":
            at = at + np.array([0.0, 0.0, 0.0 if seated else swing[i]])
        target = at if world else shoulders[i] + torso_turn @ (at * mirror)
        elbows[i], wrists[i] = reach(shoulders[i], target, 0.176, 0.146, torso_turn @ (pole * mirror))
        along_hand = wrists[i] - elbows[i]
        along_hand = along_hand / np.linalg.norm(along_hand)
        hint = torso_turn @ np.array([-side * 0.8, 0.5 if name in ("front", "forward", "raised") else 0.0, 0.8])
        thumb = hint - (hint @ along_hand) * along_hand
        thumbs[i] = thumb / np.linalg.norm(thumb)
    pivot = pelvis + torso_turn @ np.array([0.0, spine + 0.57 * head_size, -0.1 * head_size])
    return Pose(
        height=height,
        head_size=head_size,
        head=pivot + head_turn @ np.array([0.0, 0.35, 0.12]) * head_size,
        head_turn=head_turn,
        pelvis=pelvis,
        torso_turn=torso_turn,
        spine=spine,
        shoulder_width=shoulder,
        shoulders=shoulders,
        elbows=elbows,
        wrists=wrists,
        thumbs=thumbs,
        hips=hips,
        knees=knees,
        ankles=ankles,
        feet=feet,
        seated=bool(seated),
        stout=stout,
        female=female,
        garment=str(rng.choice(["tight", "loose", "jacket"])),
        sleeves=float(rng.choice([0.3, 1.0, 1.0])),
        skirt=float(rng.uniform(0.35, 0.95)) if female > 0.6 and rng.uniform() < 0.5 else 0.0,
    )
