"""`platelight material`: a picture of an object in, its material out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.options import Device, DeviceOption, ModelOption, ThreadsOption

if TYPE_CHECKING:
    from core.materials.model import MaterialAnswer
    from core.materials.picture import Crop

__all__ = ["material"]


def material(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Photograph or render of an object.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="MaterialX document to write (.mtlx).")],
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="White, or opaque, where the object is. [default: the picture's alpha]"),
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Crop and rendered ball side by side. [default: beside --out, .png]"),
    ] = None,
    values: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write values and confidences as JSON.")
    ] = None,
    exposure: Annotated[
        float, typer.Option(help="Stops to add to the picture first: brightness decides how bright the material is.")
    ] = 0.0,
    color_space: Annotated[
        str | None,
        typer.Option(help="Colour space of the picture, as OpenColorIO names it. [default: what the file says]"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the material. [default: that of --out]")] = None,
    model: ModelOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over files that are there.")] = False,
    device: DeviceOption = Device.AUTO,
    threads: ThreadsOption = None,
) -> None:
    """Match a `standard_surface` to the object in a picture, and say how sure each of its numbers is.

    Writes a MaterialX document that its validator accepts, and a picture of the crop beside a ball of that material.
    base and specular are written as 1: a picture shows only their products with base_color and specular_color. The
    picture should be exposed so that a white object would nearly be white; --exposure says otherwise.

    Examples:

        platelight material vase.jpg --mask vase_mask.png --out vase.mtlx

        platelight material render.exr --out render.mtlx --json render.json
    """
    from core.cli.console import console
    from core.errors import BadConfig
    from core.materials.match import match_material
    from core.materials.model import open_material_model

    if out.suffix.lower() != ".mtlx":
        raise BadConfig(f"{out}: a MaterialX document ends with .mtlx")
    shown = preview or out.with_suffix(".png")
    if shown.suffix.lower() not in (".png", ".jpg", ".jpeg", ".tif", ".tiff"):
        raise BadConfig(f"{shown}: the preview is written as .png, .jpg or .tif")
    sources = {path.resolve() for path in (image, mask) if path is not None}
    written = [path.resolve() for path in (out, shown, values) if path is not None]
    if len(set(written)) < len(written):
        raise BadConfig(f"two results would be written to one file; --out is {out}, --preview {shown}, --json {values}")
    for path in (out, shown, values):
        if path is not None and path.resolve() in sources:
            remedy = "name another --preview" if path is shown else "choose another name"
            raise BadConfig(f"{path}: the result would replace what it is made of; {remedy}")
        if path is not None and path.exists() and not overwrite:
            raise BadConfig(f"{path}: is there already; choose another name, or give --overwrite")
    found = match_material(open_material_model(model, device.value, threads), image, mask, color_space, exposure)
    _write(found.answer, found.crop, out, shown, values, name or out.stem, image)
    for line in [*found.notes, *found.answer.lines()]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"{out} and {shown}", markup=False, soft_wrap=True)
    print(out)


def _write(
    answer: MaterialAnswer, crop: Crop, out: Path, shown: Path, values: Path | None, name: str, image: Path
) -> None:
    import numpy as np

    from core.atomic import write_json
    from core.image import SRGB, Image, write_image
    from core.materials.ball import ball_picture
    from core.materials.parameters import from_quantities
    from scene_generator.material_sets.build import surface_of
    from scene_generator.mtlx.write import surface_to_mtlx

    surface_to_mtlx(surface_of(from_quantities(answer.quantities)), name, out)
    both = np.concatenate([crop.picture, ball_picture(answer.quantities, crop.picture.shape[0])], 1)
    write_image(shown, Image(both.astype(np.float32), ("R", "G", "B"), color_space=SRGB), dtype="uint8")
    if values is not None:
        told: dict[str, Any] = {"picture": image.name, **answer.to_json()}
        write_json(values, told)
