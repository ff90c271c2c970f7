"""One light on a picture, as TorchScript: the formulas of core.relight on tensors.

Every formula is that of core/relight/{contribution,falloff,area,brdf}.py, where it is explained and where its source is
named; tests/core/export/test_relight_module.py holds these to them. The numbers of a light are those of
nuke_plugin/blink/PlateRelight.blink, one list of 23 in the order color 0..3, place 0..3, aim 0..3, shape 0..3,
reach 0..3, up 0..2; `kind` of color is 1 ambient, 2 directional, 3 point, 4 spot, 5 area, 6 rim.

Vectors of the picture are lists of three tensors (rows, columns) float32, those of a light lists of three floats, so
that a light costs no tensor of its own. What is in a light's own frame is computed in Python's double precision.
"""

from __future__ import annotations

import math
from typing import List, Tuple  # noqa: UP035  (TorchScript of libtorch 1.12 reads these)

import torch
from torch import Tensor

__all__ = ["added", "dot", "even_share", "exact_root", "facing", "length", "unit_list"]


def dot(a: List[Tensor], b: List[Tensor]) -> Tensor:  # noqa: UP006
    """a . b, (rows, columns)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def length(a: List[Tensor]) -> Tensor:  # noqa: UP006
    """|a|, (rows, columns)."""
    return torch.sqrt(dot(a, a))


def exact_root(square: Tensor) -> Tensor:
    """Square root, rightly rounded: torch's own on a CPU may be one digit off, which a mirror's highlight shows."""
    if square.is_cuda:
        return torch.sqrt(square)
    return torch.sqrt(square.to(torch.float64)).to(torch.float32)


def unit_list(a: List[float]) -> List[float]:  # noqa: UP006
    """A light's vector at length 1; zero stays zero."""
    size = max(math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]), 1e-12)
    return [a[0] / size, a[1] / size, a[2] / size]


def facing(n: List[Tensor], v: List[Tensor]) -> Tensor:  # noqa: UP006
    """n.v of a surface that is seen, however its normal leans: 1e-4..1."""
    return torch.clamp(dot(n, v), 1e-4, 1.0)


def added(
    light: List[float],  # noqa: UP006
    n: List[Tensor],  # noqa: UP006
    p: List[Tensor],  # noqa: UP006
    v: List[Tensor],  # noqa: UP006
    square: Tensor,
    rough: Tensor,
    f0: List[Tensor],  # noqa: UP006
    wrap: float,
    table: Tensor,
) -> Tuple[Tensor, List[Tensor]]:  # noqa: UP006
    """What a light of color 1 adds: irradiance over pi (rows, columns), and reflected radiance by channel.

    Args:
        light: 23 numbers; directional, point, spot, area or rim.
        n: unit normals, or zero where there is no surface.
        p: positions, metres.
        v: unit directions to the camera.
        square: GGX alpha squared, above 0.
        rough: roughness 0..1.
        f0: reflectance straight on, 0..1.
        wrap: the picture's own, 0..1.
        table: (33, 33, 2) of `core.relight.brdf.environment_reflectance`.
    """
    kind = light[3]
    seen = facing(n, v)
    if kind < 4.5:
        toward, strength = _arriving(light, p)
        cosine = dot(n, toward)
        w = max(light[11], wrap)
        level = torch.clamp(cosine + w, min=0.0) / ((1.0 + w) * (1.0 + w)) * strength
        if light[19] < 0.5:
            return level, [level, level, level]
        return level, _reflected(_lobe(n, v, toward, cosine, seen, square), strength, f0)
    if kind < 5.5:
        front = unit_list([light[8], light[9], light[10]])
        upward = _square_up(front, unit_list([light[20], light[21], light[22]]))
        right = _cross_list(upward, front)
        level = _area_irradiance(light, upward, right, p, n)
        if light[19] < 0.5:
            return level, [level, level, level]
        toward, strength, widening = _representative(light, front, upward, right, p, n, v)
        kept = strength * (square / (square + widening * widening))
        cosine = dot(n, toward)
        return level, _reflected(_lobe(n, v, toward, cosine, seen, square), kept, f0)
    level = _rim(light, n, v, seen)
    if light[19] < 0.5:
        return level, [level, level, level]
    scale, bias = even_share(table, rough, seen)
    return level, [level * (f0[0] * scale + bias), level * (f0[1] * scale + bias), level * (f0[2] * scale + bias)]


def even_share(table: Tensor, rough: Tensor, cosine: Tensor) -> Tuple[Tensor, Tensor]:  # noqa: UP006
    """A and B of `environment_reflectance`, read between the table's entries."""
    size = table.shape[0] - 1
    x = torch.clamp(rough, 0.0, 1.0) * float(size)
    y = torch.clamp(cosine, 0.0, 1.0) * float(size)
    low_x = torch.clamp(torch.floor(x), max=float(size - 1))
    low_y = torch.clamp(torch.floor(y), max=float(size - 1))
    fx = x - low_x
    fy = y - low_y
    place = (low_x * float(size + 1) + low_y).to(torch.int64)
    near = place.flatten()
    flat = table.reshape(-1, 2)
    n0 = flat.index_select(0, near)
    n1 = flat.index_select(0, near + 1)
    f0 = flat.index_select(0, near + (size + 1))
    f1 = flat.index_select(0, near + (size + 2))
    parts: List[Tensor] = []  # noqa: UP006
    for part in range(2):
        one = n0[:, part].reshape(place.shape) * (1.0 - fy) + n1[:, part].reshape(place.shape) * fy
        other = f0[:, part].reshape(place.shape) * (1.0 - fy) + f1[:, part].reshape(place.shape) * fy
        parts.append(one + (other - one) * fx)
    return parts[0], parts[1]


def _reflected(lobe: Tuple[Tensor, Tensor], strength: Tensor, f0: List[Tensor]) -> List[Tensor]:  # noqa: UP006
    """F times the rest of the lobe."""
    rest = lobe[0] * strength
    fifth = lobe[1]
    return [
        (f0[0] + (1.0 - f0[0]) * fifth) * rest,
        (f0[1] + (1.0 - f0[1]) * fifth) * rest,
        (f0[2] + (1.0 - f0[2]) * fifth) * rest,
    ]


def _lobe(
    n: List[Tensor],  # noqa: UP006
    v: List[Tensor],  # noqa: UP006
    toward: List[Tensor],  # noqa: UP006
    cosine: Tensor,
    seen: Tensor,
    square: Tensor,
) -> Tuple[Tensor, Tensor]:  # noqa: UP006
    """pi D V max(n.l, 0), and (1 - v.h)^5."""
    lit = torch.clamp(cosine, 0.0, 1.0)
    h = [toward[0] + v[0], toward[1] + v[1], toward[2] + v[2]]
    h = _over(h, exact_root(torch.clamp(dot(h, h), min=1e-24)))
    apart = [n[0] - h[0], n[1] - h[1], n[2] - h[2]]
    lack = 0.5 * dot(apart, apart)
    sine = torch.clamp(lack * (2.0 - lack), 0.0, 1.0)
    width = square * (1.0 - sine) + sine
    from_camera = lit * torch.sqrt(square + (1.0 - square) * seen * seen)
    from_light = seen * torch.sqrt(square + (1.0 - square) * lit * lit)
    visible = 0.5 / torch.clamp(from_camera + from_light, min=1e-12)
    grazing = 1.0 - torch.clamp(dot(v, h), 0.0, 1.0)
    fourth = grazing * grazing * grazing * grazing
    return square / (width * width) * visible * lit, fourth * grazing


def _over(a: List[Tensor], divisor: Tensor) -> List[Tensor]:  # noqa: UP006
    """By division, as the reference has it: the last digit of a direction is seen in the highlight of a mirror."""
    return [a[0] / divisor, a[1] / divisor, a[2] / divisor]


def _offset(light: List[float], p: List[Tensor]) -> List[Tensor]:  # noqa: UP006
    return [light[4] - p[0], light[5] - p[1], light[6] - p[2]]


def _arriving(light: List[float], p: List[Tensor]) -> Tuple[List[Tensor], Tensor]:  # noqa: UP006
    """Where a directional, point or spot light comes from, and how strong it is there."""
    aim = unit_list([light[8], light[9], light[10]])
    if light[3] < 2.5:
        # One pixel stands for all.
        one = p[0][:1, :1] * 0.0
        return [one - aim[0], one - aim[1], one - aim[2]], one + 1.0
    offset = _offset(light, p)
    square = dot(offset, offset)
    toward = _over(offset, exact_root(torch.clamp(square, min=1e-12)))
    strength = _falloff(square, light)
    if light[3] > 3.5:
        axis = (toward[0] * aim[0] + toward[1] * aim[1] + toward[2] * aim[2]) * -1.0
        t = torch.clamp((axis - light[12]) * light[13], 0.0, 1.0)
        weight = t * t * (3.0 - 2.0 * t)
        if light[14] > 0.0:
            weight = weight * torch.pow(torch.clamp(axis, 0.0, 1.0), light[14])
        strength = strength * weight
    return toward, strength


def _falloff(square: Tensor, light: List[float]) -> Tensor:  # noqa: UP006
    """(reference / max(distance, radius))^power, at most 1e18."""
    power = light[7]
    if power < 0.5:
        return torch.ones_like(square)
    closeness = light[16] / torch.sqrt(torch.clamp(square, min=light[17] * light[17]))
    weight = closeness
    if power > 1.5:
        weight = weight * closeness
    if power > 2.5:
        weight = weight * closeness
    return torch.clamp(weight, max=1e18)


def _other_falloff(light: List[float], p: List[Tensor]) -> Tensor:  # noqa: UP006
    """What turns a rectangle's own inverse square into the falloff that was asked for."""
    if light[7] > 1.5 and light[7] < 2.5:
        return p[0][:1, :1] * 0.0 + light[16] * light[16]
    offset = _offset(light, p)
    square = torch.clamp(dot(offset, offset), min=light[17] * light[17])
    return square * _falloff(square, light)


def _cross_list(a: List[float], b: List[float]) -> List[float]:  # noqa: UP006
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _square_up(front: List[float], up: List[float]) -> List[float]:  # noqa: UP006
    """`up` made square to `front`; where the two are parallel, +Y or else +Z in its place."""
    for candidate in [up, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]:
        along = candidate[0] * front[0] + candidate[1] * front[1] + candidate[2] * front[2]
        made = [candidate[0] - front[0] * along, candidate[1] - front[1] * along, candidate[2] - front[2] * along]
        if made[0] * made[0] + made[1] * made[1] + made[2] * made[2] > 1e-8:
            return unit_list(made)
    return up


def _area_irradiance(
    light: List[float],  # noqa: UP006
    upward: List[float],  # noqa: UP006
    right: List[float],  # noqa: UP006
    p: List[Tensor],  # noqa: UP006
    n: List[Tensor],  # noqa: UP006
) -> Tensor:
    """Irradiance over pi of the rectangle, what is below the horizon cut off."""
    middle = _offset(light, p)
    x = [right[0] * light[12], right[1] * light[12], right[2] * light[12]]
    y = [upward[0] * light[13], upward[1] * light[13], upward[2] * light[13]]
    corners: List[List[Tensor]] = []  # noqa: UP006
    heights: List[Tensor] = []  # noqa: UP006
    for turn in range(4):
        sx = -1.0 if turn == 0 or turn == 3 else 1.0
        sy = -1.0 if turn < 2 else 1.0
        corner = [
            middle[0] + (sx * x[0] + sy * y[0]),
            middle[1] + (sx * x[1] + sy * y[1]),
            middle[2] + (sx * x[2] + sy * y[2]),
        ]
        corners.append(corner)
        heights.append(dot(corner, n))
    total = torch.zeros_like(p[0])
    nothing = torch.zeros_like(p[0])
    leaves = [nothing, nothing, nothing]
    returns = [nothing, nothing, nothing]
    for turn in range(4):
        way = x if turn % 2 == 0 else y
        sign = 2.0 if turn < 2 else -2.0
        along = [sign * way[0], sign * way[1], sign * way[2]]
        a = corners[turn]
        low = heights[turn]
        high = heights[(turn + 1) % 4]
        below = low <= 0.0
        rises = torch.logical_and(below, high > 0.0)
        sinks = torch.logical_and(torch.logical_not(below), high <= 0.0)
        crosses = torch.logical_or(rises, sinks)
        share = torch.where(crosses, low / torch.where(crosses, low - high, torch.ones_like(low)), nothing)
        cut = [a[0] + along[0] * share, a[1] + along[1] * share, a[2] + along[2] * share]
        # Which part of the edge is above: from `start` over `reach` of it.
        start = [torch.where(rises, cut[0], a[0]), torch.where(rises, cut[1], a[1]), torch.where(rises, cut[2], a[2])]
        reach = torch.where(rises, 1.0 - share, torch.where(sinks, share, torch.ones_like(share)))
        way_up = [along[0] * reach, along[1] * reach, along[2] * reach]
        end = [start[0] + way_up[0], start[1] + way_up[1], start[2] + way_up[2]]
        above = torch.logical_or(torch.logical_not(below), high > 0.0)
        total = total + torch.where(above, _edge(start, end, way_up, n), nothing)
        inverse = 1.0 / torch.clamp(length(cut), min=1e-12)
        for axis in range(3):
            leaves[axis] = torch.where(sinks, cut[axis] * inverse, leaves[axis])
            returns[axis] = torch.where(rises, cut[axis] * inverse, returns[axis])
    between = [returns[0] - leaves[0], returns[1] - leaves[1], returns[2] - leaves[2]]
    total = total + _edge(leaves, returns, between, n)
    seen = torch.clamp(total * (-0.5 / math.pi), -1.0, 1.0)
    shining = torch.abs(seen) if light[14] > 0.5 else torch.clamp(seen, min=0.0)
    return shining * (math.pi / (4.0 * light[12] * light[13])) * _other_falloff(light, p)


def _edge(a: List[Tensor], b: List[Tensor], along: List[Tensor], n: List[Tensor]) -> Tensor:  # noqa: UP006
    """One edge's share; `along` = b - a, whose product with `a` keeps the digits that a x b loses far away."""
    across = [
        a[1] * along[2] - a[2] * along[1],
        a[2] * along[0] - a[0] * along[2],
        a[0] * along[1] - a[1] * along[0],
    ]
    sine = length(across)
    return torch.atan2(sine, dot(a, b)) * dot(across, n) / torch.clamp(sine, min=1e-30)


def _representative(
    light: List[float],  # noqa: UP006
    front: List[float],  # noqa: UP006
    upward: List[float],  # noqa: UP006
    right: List[float],  # noqa: UP006
    p: List[Tensor],  # noqa: UP006
    n: List[Tensor],  # noqa: UP006
    v: List[Tensor],  # noqa: UP006
) -> Tuple[List[Tensor], Tensor, Tensor]:  # noqa: UP006
    """Where the lobe looks at the rectangle, how strong it is there, and how much wider it makes the lobe."""
    turned = 2.0 * dot(n, v)
    mirrored = [n[0] * turned - v[0], n[1] * turned - v[1], n[2] * turned - v[2]]
    offset = _offset(light, p)
    ahead = offset[0] * front[0] + offset[1] * front[1] + offset[2] * front[2]
    slope = mirrored[0] * front[0] + mirrored[1] * front[1] + mirrored[2] * front[2]
    limit = 1e4 * length(offset)
    meets = ahead * slope > 0.0
    ray = torch.where(meets, ahead / torch.where(meets, slope, torch.ones_like(slope)), limit)
    ray = torch.min(ray, limit)
    hit = [mirrored[0] * ray - offset[0], mirrored[1] * ray - offset[1], mirrored[2] * ray - offset[2]]
    x = torch.clamp(hit[0] * right[0] + hit[1] * right[1] + hit[2] * right[2], -light[12], light[12])
    y = torch.clamp(hit[0] * upward[0] + hit[1] * upward[1] + hit[2] * upward[2], -light[13], light[13])
    spotted = [
        offset[0] + x * right[0] + y * upward[0],
        offset[1] + x * right[1] + y * upward[1],
        offset[2] + x * right[2] + y * upward[2],
    ]
    span = exact_root(dot(spotted, spotted))
    kept = torch.clamp(span, min=light[17])
    toward = _over(spotted, torch.clamp(span, min=1e-12))
    cosine = (toward[0] * front[0] + toward[1] * front[1] + toward[2] * front[2]) * -1.0
    cosine = torch.abs(cosine) if light[14] > 0.5 else torch.clamp(cosine, min=0.0)
    seen = torch.sqrt(cosine * (4.0 * light[12] * light[13] / math.pi))
    widening = torch.clamp(0.5 * seen / kept, max=1.0)
    return toward, cosine / (kept * kept) * _other_falloff(light, p), widening


def _rim(light: List[float], n: List[Tensor], v: List[Tensor], seen: Tensor) -> Tensor:  # noqa: UP006
    along = v[0] * light[12] + v[1] * light[13]
    side = [light[12] - v[0] * along, light[13] - v[1] * along, v[2] * along * -1.0]
    cosine = dot(n, v)
    lean = [n[0] - v[0] * cosine, n[1] - v[1] * cosine, n[2] - v[2] * cosine]
    both = torch.clamp(length(side), min=1e-12) * torch.clamp(length(lean), min=1e-12)
    mask = torch.clamp(dot(lean, side) / both * (1.0 - light[14]) + light[14], min=0.0)
    return mask * mask * torch.pow(1.0 - seen, light[15])
