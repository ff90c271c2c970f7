"""One object of one plain material under one light, by Mitsuba (Jakob et al.).

The material is shaded by the mapping `layers`, the one that carries `specular_color` and a metal's edge
(docs/materialx.md has its measured error). Every body's scene is loaded once and then changed in data only, so that
all samples share one compiled kernel and one tree of triangles a body.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import MissingPart, RenderFailed
from scene_generator.material_sets.bodies import body
from scene_generator.material_sets.lights import HEIGHT
from scene_generator.mtlx.mapping import Points, layers
from scene_generator.shapes.mesh import Mesh

__all__ = ["ObjectRenderer", "View", "background"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How an object is looked at.

    Attributes:
        turn: (3, 3) rotation of the object, rows of the matrix that takes its points to the world's.
        toward_camera: (3,) unit, from the object's middle.
        fov_degrees: of the square picture, 5 .. 90.
        fill: radius of the ball about the object over that which the picture holds, above 0; 1 touches the borders.
    """

    turn: npt.NDArray[np.float64]
    toward_camera: npt.NDArray[np.float64]
    fov_degrees: float
    fill: float

    def to_world(self) -> npt.NDArray[np.float64]:
        """(4, 4) camera to world: -Z looks at the object, +Y is up, +X right."""
        back = self.toward_camera / np.linalg.norm(self.toward_camera)
        right = np.cross([0.0, 1.0, 0.0], back)
        right = right / max(float(np.linalg.norm(right)), 1e-9)
        distance = 1.0 / (self.fill * np.sin(np.radians(0.5 * self.fov_degrees)))
        m = np.eye(4)
        m[:3, 0], m[:3, 1], m[:3, 2], m[:3, 3] = right, np.cross(back, right), back, distance * back
        return m


class ObjectRenderer:
    """Renders in this process, with the variant of Mitsuba that is set.

    Args:
        mi: the module, from `scene_generator.mtlx.measure.load_mitsuba`.
        size: pixels a side.
        samples: paths a pixel; each meets the surface up to `bounces` times.
        denoise: by Open Image Denoise, from the package `mitsuba-oidn`.
        bodies: loaded before the first picture; those that are loaded later cost a compilation each.

    Raises:
        MissingPart: `denoise`, and that package is not installed.
    """

    def __init__(
        self, mi: Any, size: int, samples: int, bounces: int = 2, denoise: bool = True, bodies: Sequence[str] = ()
    ) -> None:
        self._mi, self._size, self._samples, self._bounces = mi, size, samples, bounces
        self._bodies = tuple(bodies)
        self._denoise: Any = None
        self._scenes: dict[str, tuple[Any, Any]] = {}
        if denoise:
            try:
                module = importlib.import_module("mitsuba_oidn")
                self._denoise = functools.partial(module.denoise, hdr=True)
            except ImportError as error:
                raise MissingPart(
                    f"the denoiser cannot be loaded ({error}); install the [render] extra, or give --no-denoise"
                ) from error

    def render(
        self, name: str, parameters: npt.ArrayLike, view: View, environment: FloatArray, seed: int
    ) -> FloatArray:
        """A picture before its background.

        Args:
            name: one of `bodies.BODIES`.
            parameters: (10,) as `core.materials.parameters.PARAMETERS`.
            environment: (H, 2 H, 3) radiance, laid out as `scene_generator.sky.directions`.
            seed: of the renderer's own noise.

        Returns:
            (size, size, 4) float32: scene-linear Rec.709 and the share of each pixel that the object covers.

        Raises:
            RenderFailed: Mitsuba refuses the scene.
            KeyboardInterrupt: Mitsuba was stopped, and with it this picture.
        """
        mi = self._mi
        try:
            for other in self._bodies:  # the number of scenes in memory is part of Dr.Jit's kernels
                self._scene(other)
            scene = self._scene(name)
            self._change(scene, parameters, view, environment)
            found = np.array(mi.render(scene[0], seed=seed, spp=self._samples), np.float32)
        except RuntimeError as error:
            stop = _interruption(error)
            if stop is not None:
                raise KeyboardInterrupt(*stop.args) from error  # SIGTERM says in them that it was that
            raise RenderFailed(f"body {name}: Mitsuba stopped: {str(error).strip().splitlines()[0]}") from error
        alpha = np.clip(found[..., 3:4], 0, 1)
        behind = background(view, environment, self._size)
        whole = found[..., :3] + (1 - alpha) * behind
        if self._denoise is not None:
            # The object is plain, which the denoiser is told: it would take even noise for a texture.
            guide = alpha * 0.5 + (1 - alpha) * np.clip(behind, 0, 1)
            whole = self._denoise(np.ascontiguousarray(whole), albedo=np.ascontiguousarray(guide))
        return np.concatenate([np.maximum(np.asarray(whole, np.float32), 0.0), alpha], -1)

    def _scene(self, name: str) -> tuple[Any, Any]:
        """A body's scene and its parameters, loaded once: its tree of triangles takes most of the time of loading."""
        if name not in self._scenes:
            mi = self._mi
            properties = mi.Properties()
            # Seen from inside, as through an opening, a surface is the same one: nothing is black that should not be.
            surface = layers(_points(np.full(10, 0.5)), self._texture)
            properties["bsdf"] = mi.load_dict({"type": "twosided", "bsdf": surface})
            film = {
                "type": "hdrfilm",
                "width": self._size,
                "height": self._size,
                "pixel_format": "rgba",
                "component_format": "float32",
                "rfilter": {"type": "box"},
            }
            camera = {
                "type": "perspective",
                "fov_axis": "x",
                "fov": 30.0,
                "near_clip": 0.01,
                "far_clip": 1000.0,
                "film": film,
                "sampler": {"type": "independent"},
            }
            depth = {"max_depth": self._bounces + 1, "rr_depth": 100}
            if mi.variant().startswith("scalar"):
                depth["block_size"] = 32  # else it depends on the number of threads, and with it the noise
            plain = mi.Bitmap(np.ones((HEIGHT, 2 * HEIGHT, 3), np.float32))
            loaded = mi.load_dict(
                {
                    "type": "scene",
                    "integrator": {"type": "path", **depth, "hide_emitters": True},
                    "body": self._mesh(body(name), properties),
                    "light": {"type": "envmap", "bitmap": plain},
                    "camera": camera,
                },
                parallel=False,
            )
            self._scenes[name] = (loaded, mi.traverse(loaded))
        return self._scenes[name]

    def _change(self, scene: tuple[Any, Any], parameters: npt.ArrayLike, view: View, environment: FloatArray) -> None:
        # The body stays where it is, for its tree's sake: light and camera turn about it.
        fields = scene[1]
        back = np.eye(4)
        back[:3, :3] = view.turn.T
        transform = type(fields["light.to_world"])
        fields["light.to_world"] = transform(back)
        fields["camera.to_world"] = transform(back @ view.to_world() @ np.diag([-1.0, 1.0, -1.0, 1.0]))
        fields["camera.x_fov"] = float(view.fov_degrees)
        wanted = tuple(fields["light.data"].shape)
        data = np.asarray(environment, np.float32)
        # Mitsuba keeps the last column before the first, and the first behind the last.
        data = np.concatenate([data[:, -1:], data, data[:, :1]], 1)
        if wanted != data.shape:
            raise RenderFailed(f"an environment of shape {data.shape}; {wanted} is needed")
        fields["light.data"] = self._mi.TensorXf(np.ascontiguousarray(data))
        surface = layers(_points(parameters), lambda values: values)
        for place, values in _texels(surface, "body.bsdf.brdf_0."):
            plain = np.broadcast_to(values.reshape(-1), fields[place].shape)
            fields[place] = self._mi.TensorXf(np.ascontiguousarray(plain, np.float32))
        fields.update()

    def _texture(self, values: Any) -> dict[str, Any]:
        # A picture of one texel rather than a number, which would be written into the kernel.
        plain = np.ascontiguousarray(np.asarray(values, np.float32).reshape(1, 1, -1))
        return {"type": "bitmap", "bitmap": self._mi.Bitmap(plain), "raw": True, "filter_type": "nearest"}

    def _mesh(self, mesh: Mesh, properties: Any) -> Any:
        mi = self._mi
        loaded = mi.Mesh("body", len(mesh.positions), len(mesh.faces), has_vertex_normals=True, props=properties)
        fields = mi.traverse(loaded)
        fields["vertex_positions"] = np.ascontiguousarray(mesh.positions, np.float32).ravel()
        fields["vertex_normals"] = np.ascontiguousarray(mesh.normals, np.float32).ravel()
        fields["faces"] = np.ascontiguousarray(mesh.faces, np.uint32).ravel()
        fields.update()
        return loaded


def _points(parameters: npt.ArrayLike) -> Points:
    values = np.asarray(parameters, np.float32)
    return Points(
        base_color=(values[0] * values[1:4])[None, None],
        roughness=values[8:9][None],
        metalness=values[9:10][None],
        specular=float(values[4]),
        specular_color=(float(values[5]), float(values[6]), float(values[7])),
    )


def _texels(surface: dict[str, Any], place: str) -> Iterator[tuple[str, FloatArray]]:
    # The names under which Mitsuba holds what a mapping made of arrays.
    for name, value in surface.items():
        if isinstance(value, dict):
            yield from _texels(value, f"{place}bsdf_{'ab'.index(name)}.")
        elif isinstance(value, np.ndarray):
            yield f"{place}{name}.data", value


def _interruption(error: BaseException) -> KeyboardInterrupt | None:
    """Ctrl-C or its like behind an error of Mitsuba's, which catches it and says that an operation failed."""
    behind = error.__cause__ or error.__context__
    if behind is None or isinstance(behind, KeyboardInterrupt):
        return behind
    return _interruption(behind)


def background(view: View, environment: FloatArray, size: int) -> FloatArray:
    """(size, size, 3) what the camera sees of the light itself, each pixel at its middle."""
    half = np.tan(np.radians(0.5 * view.fov_degrees))
    x = ((np.arange(size) + 0.5) / size * 2 - 1) * half
    u, v = np.meshgrid(x, -x)
    d = np.stack([u, v, -np.ones_like(u)], -1) @ view.to_world()[:3, :3].T
    d = d / np.linalg.norm(d, axis=-1, keepdims=True)
    rows, columns = environment.shape[:2]
    phi = np.arctan2(d[..., 0], -d[..., 2]) / (2 * np.pi) % 1.0
    theta = np.arccos(np.clip(d[..., 1], -1, 1)) / np.pi
    i, j = theta * rows - 0.5, phi * columns - 0.5
    i0, j0 = np.floor(i).astype(int), np.floor(j).astype(int)
    fi, fj = (i - i0)[..., None], (j - j0)[..., None]
    top, low = np.clip(i0, 0, rows - 1), np.clip(i0 + 1, 0, rows - 1)
    left, right = j0 % columns, (j0 + 1) % columns
    upper = environment[top, left] * (1 - fj) + environment[top, right] * fj
    lower = environment[low, left] * (1 - fj) + environment[low, right] * fj
    return np.asarray(upper * (1 - fi) + lower * fi, np.float32)
