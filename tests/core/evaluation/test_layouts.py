"""Public data sets: a plane in each layout comes back along Platelight's axes, and what is missing is named."""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.errors import BadConfig, BadInput, BadSize, FileMissing, MissingPart
from core.evaluation.layouts.axes import Axes
from core.evaluation.layouts.intrinsics import Intrinsics, read_intrinsics
from core.evaluation.layouts.planes import fit_normals
from core.evaluation.pairs import Pair
from core.evaluation.sets import open_pairs
from core.image import SRGB, Image, write_image
from core.normals import angular_error_degrees

FloatArray = npt.NDArray[np.float32]

PLANE = np.array([0.48, 0.36, 0.80])  # right, up, back: no two components alike, so that no mix-up passes
HEIGHT, WIDTH = 24, 32
CAMERA = Intrinsics(40.0, 42.0, 16.5, 11.5)
FOV = math.degrees(2.0 * math.atan(WIDTH / 2.0 / 40.0))


def stored(letters: str) -> npt.NDArray[np.float64]:
    """The plane's normal as a file with such axes has it, written out by hand."""
    right, up, back = PLANE
    along = {"R": right, "L": -right, "U": up, "D": -up, "B": back, "F": -back}
    return np.array([along[letter] for letter in letters])


def save_plate(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = np.full((height, width, 3), 0.5, np.float32)
    write_image(path, Image(grey, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def save_normals_png(path: Path, letters: str, hole: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    code = np.broadcast_to(0.5 + 0.5 * stored(letters), (HEIGHT, WIDTH, 3)).astype(np.float32).copy()
    if hole:
        code[:4] = 0.0
    write_image(path, Image(code, ("R", "G", "B"), color_space=SRGB), dtype="uint8")


def save_mask_png(path: Path, mask: npt.NDArray[np.bool_]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, Image(mask[..., None].astype(np.float32), ("Y",)), dtype="uint8")


def save_array(path: Path, values: npt.ArrayLike) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.asarray(values))


def matrix() -> npt.NDArray[np.float64]:
    return np.array([[CAMERA.fx, 0.0, CAMERA.cx], [0.0, CAMERA.fy, CAMERA.cy], [0.0, 0.0, 1.0]])


def plane_depth(camera: Intrinsics, height: int, width: int) -> npt.NDArray[np.float64]:
    """Depth along the axis of the plane with the normal PLANE whose point on the axis is 2 m away."""
    u, v = camera.slopes(height, width)
    along = PLANE[0] * u[None, :] + PLANE[1] * v[:, None] - PLANE[2]
    return np.asarray(-PLANE[2] * 2.0 / along, np.float64)


def only(folder: Path, layout: str = "auto", axes: str | None = None) -> Pair:
    source = open_pairs(folder, layout, Axes(axes) if axes else None)
    (pair,) = source
    assert len(source) == 1
    return pair


def assert_plane(pair: Pair, limit: float = 0.6) -> None:
    """Every trusted normal is the plane's; 8 bits of a component leave up to half a degree."""
    error = angular_error_degrees(pair.reference, PLANE)
    assert pair.trusted.any()
    assert error[pair.trusted].max() < limit
    assert pair.plate.shape == pair.reference.shape
    assert pair.plate.mean() == pytest.approx(0.214, abs=0.01), "the plate is linearised"


def nyuv2_extracted(folder: Path) -> None:
    save_plate(folder / "test" / "img" / "000000.png")
    save_normals_png(folder / "test" / "norm" / "000000.png", "LUB")


def nyuv2_stems(folder: Path) -> None:
    save_plate(folder / "test" / "000000_img.png")
    save_normals_png(folder / "test" / "000000_normal.png", "LUB")
    save_array(folder / "test" / "000000_intrins.npy", matrix())


def scannet_framenet(folder: Path) -> None:
    scene = folder / "scene0016_02"
    save_plate(scene / "frame-000000-color.png")
    save_normals_png(scene / "frame-000000-normal.png", "RDF", hole=False)
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[:4] = False
    save_mask_png(scene / "frame-000000-orient-mask.png", mask)


def scannet_exported(folder: Path) -> None:
    scene = folder / "scans" / "scene0000_00"
    save_plate(scene / "color" / "0.jpg", 2 * HEIGHT, 2 * WIDTH)
    save_normals_png(scene / "normal" / "0.png", "RDF")
    rows = np.eye(4)
    rows[:3, :3] = np.diag([2.0, 2.0, 1.0]) @ matrix()
    (scene / "intrinsic").mkdir()
    np.savetxt(scene / "intrinsic" / "intrinsic_color.txt", rows)


def scannet_stems(folder: Path) -> None:
    save_plate(folder / "scene0532_00" / "000000_img.png")
    save_normals_png(folder / "scene0532_00" / "000000_normal.png", "LUB")
    save_array(folder / "scene0532_00" / "000000_intrins.npy", matrix())


def ibims1_stems(folder: Path) -> None:
    save_plate(folder / "corridor_01_img.png")
    normals = np.broadcast_to(stored("LUB"), (HEIGHT, WIDTH, 3)).astype(np.float32).copy()
    normals[:4] = 0.0
    write_image(folder / "corridor_01_normal.exr", Image(normals, ("R", "G", "B")), dtype="float")
    save_array(folder / "corridor_01_intrins.npy", matrix())


def diode(folder: Path) -> None:
    place = folder / "val" / "indoors" / "scene_00019" / "scan_00183"
    stem = "00019_00183_indoors_000_010"
    save_plate(place / f"{stem}.png")
    normals = np.broadcast_to(stored("RUB"), (HEIGHT, WIDTH, 3)).copy()
    normals[10:14] *= -1.0  # some are stored the wrong way round
    normals[:2] = 0.0
    save_array(place / f"{stem}_normal.npy", normals)
    mask = np.ones((HEIGHT, WIDTH), np.float32)
    mask[2:4] = 0.0
    save_array(place / f"{stem}_depth_mask.npy", mask)


def region() -> dict[str, object]:
    normals = np.broadcast_to(stored("RDB"), (HEIGHT - 4, WIDTH, 3)).copy()
    return {"normal": normals, "min_y": 4, "max_y": HEIGHT - 1, "min_x": 0, "max_x": WIDTH - 1}


def oasis_listed(folder: Path) -> None:
    place = folder / "OASIS_trainval"
    save_plate(place / "image" / "1_DT.png")
    (place / "normal").mkdir()
    (place / "normal" / "1_DT.pkl").write_bytes(pickle.dumps(region(), protocol=2))
    save_mask_png(place / "mask" / "1_DT.png", np.ones((HEIGHT, WIDTH), bool))
    (place / "OASIS_val.csv").write_text(
        "Image,Focal,Depth,Normal,Mask\n"
        f"{folder.name}/OASIS_trainval/image/0_DT.png,,,,\n"
        f"{folder.name}/OASIS_trainval/image/1_DT.png,,,{folder.name}/OASIS_trainval/normal/1_DT.pkl,"
        f"{folder.name}/OASIS_trainval/mask/1_DT.png\n"
    )


def oasis_stems(folder: Path) -> None:
    save_plate(folder / "val" / "100277_DT_img.png")
    (folder / "val" / "100277_DT_normal.pkl").write_bytes(pickle.dumps(region(), protocol=4))
    save_array(folder / "val" / "100277_DT_intrins.npy", matrix())


SETS: list[tuple[str, Callable[[Path], None], bool]] = [
    ("nyuv2", nyuv2_extracted, False),
    ("nyuv2", nyuv2_stems, True),
    ("scannet", scannet_framenet, False),
    ("scannet", scannet_exported, True),
    ("scannet", scannet_stems, True),
    ("ibims1", ibims1_stems, True),
    ("diode", diode, False),
    ("oasis", oasis_listed, False),
    ("oasis", oasis_stems, True),
]


@pytest.mark.parametrize(("layout", "write", "has_camera"), SETS, ids=[write.__name__ for _, write, _ in SETS])
def test_a_plane_comes_back_along_our_axes(
    tmp_path: Path, layout: str, write: Callable[[Path], None], has_camera: bool
) -> None:
    folder = tmp_path / "unpacked"
    write(folder)
    for asked in ("auto", layout):
        pair = only(folder, asked)
        assert pair.group.split("_")[0] == layout
        assert_plane(pair)
        assert not pair.trusted[:4].any(), "what is marked as missing is not trusted"
        assert pair.trusted[4:].all()
        if has_camera:
            assert pair.fov_degrees == pytest.approx(FOV, abs=1e-3)
            assert pair.pixel_aspect == pytest.approx(42.0 / 40.0)
        else:
            assert pair.fov_degrees is None


def nyuv2_labelled(folder: Path, count: int = 3) -> None:
    h5py = pytest.importorskip("h5py")
    from core.evaluation.layouts import nyuv2

    folder.mkdir(parents=True, exist_ok=True)
    depth = plane_depth(nyuv2._CAMERA, 480, 640)
    raw = depth.copy()
    raw[:, :100] = 0.0
    with h5py.File(folder / "nyu_depth_v2_labeled.mat", "w") as file:
        file["images"] = np.full((count, 3, 640, 480), 128, np.uint8)
        file["depths"] = np.broadcast_to(depth.T, (count, 640, 480)).astype(np.float32)
        file["rawDepths"] = np.broadcast_to(raw.T, (count, 640, 480)).astype(np.float32)


def test_nyuv2_labelled_file(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    nyuv2_labelled(tmp_path)
    assert len(open_pairs(tmp_path)) == 3
    io.savemat(tmp_path / "splits.mat", {"testNdxs": np.array([[2]]), "trainNdxs": np.array([[1], [3]])})
    pair = only(tmp_path)
    assert (pair.group, pair.name) == ("nyuv2", "000001")
    assert_plane(pair, limit=0.05)
    assert pair.trusted[50:465, 105:595].all()
    assert not pair.trusted[:, :100].any(), "filled depth is not trusted"
    assert not pair.trusted[:45].any(), "outside what the sensor saw"
    assert pair.fov_degrees == pytest.approx(63.3, abs=0.1)
    io.savemat(tmp_path / "splits.mat", {"testNdxs": np.array([[4]])})
    with pytest.raises(BadInput, match=r"has 3 images, but splits\.mat asks for number 4"):
        open_pairs(tmp_path)


@pytest.mark.parametrize("way", ["external", "link", "virtual", "soft"])
def test_a_labelled_file_takes_no_numbers_from_other_files(tmp_path: Path, way: str) -> None:
    h5py = pytest.importorskip("h5py")
    nyuv2_labelled(tmp_path / "set")
    nyuv2_labelled(tmp_path / "other")
    path, other = (tmp_path / name / "nyu_depth_v2_labeled.mat" for name in ("set", "other"))
    (tmp_path / "secret").write_bytes(bytes(3 * 3 * 640 * 480))
    with h5py.File(path, "a") as file:
        del file["images"]
        if way == "external":
            named = [(str(tmp_path / "secret"), 0, h5py.h5f.UNLIMITED)]
            file.create_dataset("images", (3, 3, 640, 480), np.uint8, external=named)
        elif way == "link":
            file["images"] = h5py.ExternalLink(str(other), "images")
        elif way == "soft":
            file["elsewhere"] = h5py.ExternalLink(str(other), "/")
            file["images"] = h5py.SoftLink("/elsewhere/images")
        else:
            layout = h5py.VirtualLayout((3, 3, 640, 480), np.uint8)
            layout[:] = h5py.VirtualSource(str(other), "images", (3, 3, 640, 480))
            file.create_virtual_dataset("images", layout)
    with pytest.raises(BadInput, match="takes images from another file"):
        list(open_pairs(tmp_path / "set"))


@pytest.mark.parametrize("name", ["/etc/hostname", "set/../../secret.png", "C:\\secret.png", "..\\secret.png"])
def test_a_list_names_no_file_elsewhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "set"
    oasis_listed(folder)
    save_plate(tmp_path / "secret.png")
    listed = folder / "OASIS_trainval" / "OASIS_val.csv"
    listed.write_text(listed.read_text().replace(f"{folder.name}/OASIS_trainval/image/1_DT.png", name))
    with pytest.raises(BadInput, match="not below its folder"):
        open_pairs(folder)


def ibims1_mat(folder: Path) -> None:
    io = pytest.importorskip("scipy.io")
    folder.mkdir(parents=True, exist_ok=True)
    depth = plane_depth(CAMERA, HEIGHT, WIDTH)
    invalid = np.ones((HEIGHT, WIDTH), np.uint8)
    invalid[:4] = 0
    # MATLAB counts pixels from 1 at their centres, and the matrix is stored turned over.
    calib = matrix().T
    calib[2, :2] += 0.5
    data = {
        "rgb": np.full((HEIGHT, WIDTH, 3), 128, np.uint8),
        "depth": depth,
        "calib": calib,
        "mask_invalid": invalid,
        "mask_transp": np.ones_like(invalid),
    }
    io.savemat(folder / "corridor_01.mat", {"data": data})
    (folder / "imagelist.txt").write_text("corridor_01\n")


def ibims1_raw(folder: Path) -> None:
    save_plate(folder / "rgb" / "corridor_01.png")
    depth = plane_depth(CAMERA, HEIGHT, WIDTH) / 50.0
    (folder / "depth").mkdir()
    picture = Image(depth[..., None].astype(np.float32), ("Y",))
    write_image(folder / "depth" / "corridor_01.png", picture, dtype="uint16")
    (folder / "calib").mkdir()
    (folder / "calib" / "corridor_01.txt").write_text(f"{CAMERA.fx},{CAMERA.fy},{CAMERA.cx},{CAMERA.cy}")
    good = np.ones((HEIGHT, WIDTH), bool)
    good[:4] = False
    save_mask_png(folder / "mask_invalid" / "corridor_01.png", good)
    save_mask_png(folder / "mask_transp" / "corridor_01.png", np.ones_like(good))


@pytest.mark.parametrize("write", [ibims1_mat, ibims1_raw])
def test_ibims1_depth(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    for layout in ("auto", "ibims1"):
        pair = only(tmp_path, layout)
        assert (pair.group, pair.name) == ("ibims1", "corridor_01")
        assert_plane(pair)
        assert not pair.trusted[:4].any()
        assert pair.trusted[8:-4, 4:-4].all()
        assert pair.fov_degrees == pytest.approx(FOV, abs=1e-3)


def test_planes_are_fitted_to_noisy_depth_and_not_across_a_step() -> None:
    camera = Intrinsics(519.0, 519.0, 60.0, 40.0)
    depth = plane_depth(camera, 80, 120)
    depth[:, 60:] += 1.0
    noisy = depth * (1.0 + np.random.default_rng(0).normal(0.0, 1e-4, depth.shape))
    normals, trusted = fit_normals(noisy, np.ones(depth.shape, bool), camera)
    error = angular_error_degrees(normals, PLANE)
    left = trusted.copy()
    left[:, 60:] = False
    assert trusted[4:-4, 4:-4].mean() > 0.99
    assert error[left].mean() < 1.5
    assert error[8:-8, 56:60][trusted[8:-8, 56:60]].mean() < 4.0, "the step one metre behind does not bend the fit"
    broken = noisy.copy()
    broken[::2] *= 1.03
    assert not fit_normals(broken, np.ones(depth.shape, bool), camera)[1].any(), "what is no plane is not trusted"


def test_axes() -> None:
    for letters in ("RUB", "RDF", "LUB", "RDB", "BRU"):
        np.testing.assert_allclose(Axes(letters).to_camera_space(stored(letters)), PLANE, atol=1e-6)
    for wrong in ("", "RU", "RUU", "RLB", "XYZ", "rub", "RUBB"):
        with pytest.raises(BadConfig, match="such as RUB, RDF or LUB"):
            Axes(wrong)


def test_other_axes_can_be_said_and_impossible_ones_are_found_out(tmp_path: Path) -> None:
    save_plate(tmp_path / "a_img.png")
    save_normals_png(tmp_path / "a_normal.png", "RDF")
    with pytest.raises(BadInput, match=r"a_normal\.png: 100 % of its normals look away .* LUB; .*--normal-axes"):
        only(tmp_path)
    assert_plane(only(tmp_path, axes="RDF"))
    write_image(tmp_path / "b_normals.exr", Image(np.ones((8, 8, 3), np.float32), ("N.X", "N.Y", "N.Z")))
    with pytest.raises(BadConfig, match="always right, up, back"):
        open_pairs(tmp_path, axes=Axes("RDF"))


def test_intrinsics_in_every_spelling(tmp_path: Path) -> None:
    written = {
        "a.txt": "40 42 16.5 11.5",
        "b.txt": "40\n42\n16.5\n11.5\n",
        "c.txt": "40, 0, 16.5\n0, 42, 11.5\n0, 0, 1",
        "d.txt": "40 0 0\n0 42 0\n16.5 11.5 1",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text)
        assert read_intrinsics(tmp_path / name) == CAMERA
    np.save(tmp_path / "e.npy", matrix())
    assert read_intrinsics(tmp_path / "e.npy") == CAMERA
    for text in ("40 42", "a b c d", "0 42 16 11", ""):
        (tmp_path / "wrong.txt").write_text(text)
        with pytest.raises(BadInput, match=r"wrong\.txt"):
            read_intrinsics(tmp_path / "wrong.txt")
    portrait = Intrinsics(40.0, 40.0, 12.0, 16.0)
    assert portrait.fov_degrees(32, 24) == pytest.approx(FOV)


@pytest.mark.parametrize(
    ("layout", "word"),
    [
        ("nyuv2", r"nyu_depth_v2_labeled\.mat: missing"),
        ("scannet", "scene0000_00: no folder sceneNNNN_NN"),
        ("ibims1", r"imagelist\.txt: missing"),
        ("diode", r"NAME_depth_mask\.npy: no such file"),
        ("oasis", r"OASIS_val\.csv: missing"),
        ("auto", "nor a public data set"),
        ("platelight", "neither shards"),
    ],
)
def test_an_empty_folder_names_what_it_lacks(tmp_path: Path, layout: str, word: str) -> None:
    with pytest.raises(FileMissing, match=word):
        open_pairs(tmp_path, layout)


@pytest.mark.parametrize(
    ("write", "gone", "layout"),
    [
        (nyuv2_extracted, "test/norm/000000.png", "nyuv2"),
        (nyuv2_stems, "test/000000_normal.png", "nyuv2"),
        (scannet_framenet, "scene0016_02/frame-000000-normal.png", "scannet"),
        (scannet_exported, "scans/scene0000_00/normal/0.png", "scannet"),
        (scannet_exported, "scans/scene0000_00/intrinsic/intrinsic_color.txt", "scannet"),
        (ibims1_stems, "corridor_01_normal.exr", "ibims1"),
        (ibims1_raw, "calib/corridor_01.txt", "ibims1"),
        (diode, "val/indoors/scene_00019/scan_00183/00019_00183_indoors_000_010_normal.npy", "diode"),
        (oasis_listed, "OASIS_trainval/normal/1_DT.pkl", "oasis"),
        (oasis_stems, "val/100277_DT_normal.pkl", "oasis"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_missing_file_is_named(tmp_path: Path, write: Callable[[Path], None], gone: str, layout: str) -> None:
    write(tmp_path / "set")
    (tmp_path / "set" / gone).unlink()
    with pytest.raises(FileMissing) as told:
        list(open_pairs(tmp_path / "set", layout))
    assert Path(gone).name in str(told.value)


def test_a_file_of_a_list_of_images_is_named(tmp_path: Path) -> None:
    ibims1_mat(tmp_path)
    (tmp_path / "imagelist.txt").write_text("corridor_01\ncorridor_02\n")
    with pytest.raises(FileMissing, match=r"corridor_02\.mat: is in the list"):
        open_pairs(tmp_path)


def test_without_the_package_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nyu_depth_v2_labeled.mat").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingPart, match=r"platelight\[datasets\]"):
        open_pairs(tmp_path)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "nyu_depth_v2_labeled.mat").write_bytes(b"no HDF5")
    with pytest.raises(BadInput, match=r"nyu_depth_v2_labeled\.mat: cannot be read as HDF5"):
        open_pairs(tmp_path / "n")
    diode(tmp_path / "d")
    (normals,) = (tmp_path / "d").rglob("*_normal.npy")
    normals.write_bytes(b"no array")
    with pytest.raises(BadInput, match=r"_normal\.npy: cannot be read as a numpy array"):
        list(open_pairs(tmp_path / "d"))
    save_array(normals, np.ones((HEIGHT, WIDTH, 4)))
    with pytest.raises(BadInput, match=r"shape \(24, 32, 4\)"):
        list(open_pairs(tmp_path / "d"))
    nyuv2_stems(tmp_path / "s")
    save_plate(tmp_path / "s" / "test" / "000000_img.png", HEIGHT, 2 * WIDTH)
    with pytest.raises(BadSize, match="another shape"):
        list(open_pairs(tmp_path / "s"))
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "OASIS_val.csv").write_text("Image,Depth\n")
    with pytest.raises(BadInput, match="no column Normal; it has Image, Depth"):
        open_pairs(tmp_path / "o")


class Program:
    """Unpickled, it would run a program."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.proof,)  # type: ignore[return-value]


def test_a_pickle_cannot_run_programs(tmp_path: Path) -> None:
    oasis_stems(tmp_path / "set")
    proof = tmp_path / "was_run"
    (path,) = tmp_path.rglob("*.pkl")
    path.write_bytes(pickle.dumps({**region(), "more": Program(proof)}))
    with pytest.raises(BadInput, match=r"_normal\.pkl: cannot be read as a pickle of numpy arrays"):
        list(open_pairs(tmp_path / "set"))
    assert not proof.exists()


def test_an_unknown_layout(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="layout 'kitti' is not known; use auto, platelight, nyuv2"):
        open_pairs(tmp_path, "kitti")
