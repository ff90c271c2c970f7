"""Reads damaged images in a process of its own: what decodes them is C++, and what goes wrong there ends the process.

    python -m tests.fuzz.damaged_images FOLDER FIRST COUNT

makes damaged copies number FIRST to FIRST + COUNT - 1 of the images in FOLDER, the same ones every time, and reads each
as a whole, by its header and in bands. It prints the number before it begins, and a line where anything but a picture
or an error of Platelight's comes out. Memory is limited, and so is the time for each: who is over it is killed.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

MOST_MEMORY = 6 << 30
MOST_SECONDS = 20.0
_WORTH = (b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80")


def damaged_copy(number: int, sources: list[bytes]) -> tuple[int, bytes]:
    """Which source copy `number` is made of, and its bytes."""
    rng = np.random.default_rng(number)
    which = int(rng.integers(len(sources)))
    data = bytearray(sources[which])
    # Headers are at the front (TIFF's may be at the end), and are where damage does most.
    for _ in range(int(rng.integers(1, 8))):
        reach = len(data) if rng.random() < 0.3 else min(len(data), 400)
        at = int(rng.integers(max(1, reach)))
        if rng.random() < 0.15:
            at = len(data) - 1 - at
        how = rng.random()
        if how < 0.35:
            data[at : at + 1] = bytes([int(rng.integers(256))])
        elif how < 0.7:
            worth = _WORTH[int(rng.integers(len(_WORTH)))]
            data[at : at + len(worth)] = worth
        elif how < 0.8:
            del data[at : at + int(rng.integers(1, 32))]
        elif how < 0.9:
            data[at:at] = data[at : at + int(rng.integers(1, 64))]
        elif how < 0.95:
            del data[at:]
        else:
            data[at:at] = rng.bytes(int(rng.integers(1, 64)))
    return which, bytes(data)


def main() -> int:
    """Read COUNT copies; 0, or 1 where one gave an error that is none of Platelight's."""
    from core.errors import PlatelightError
    from core.image import RowReader, read_header, read_image, write_image

    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    names = sorted(path.name for path in folder.iterdir())
    sources = [(folder / name).read_bytes() for name in names]
    readings: dict[str, Callable[[Path], object]] = {
        "header": read_header,
        "image": read_image,
        "copy": lambda path: write_image(path.with_name("again.exr"), read_image(path)),
        "bands": lambda path: [band.sum() for band in RowReader(path).bands(7)],
    }
    found = 0
    for number in range(first, first + count):
        which, data = damaged_copy(number, sources)
        path = folder.parent / f"copy{Path(names[which]).suffix}"
        path.write_bytes(data)
        print(number, names[which], flush=True)
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
        for name, read in readings.items():
            try:
                read(path)
            except PlatelightError as error:
                if str(path) not in str(error) or len(str(error).splitlines()) > 1 or len(str(error)) > 2000:
                    found += 1
                    print(f"BAD {number} {name}: says {str(error)[:300]!r}", flush=True)
            except BaseException as error:
                found += 1
                print(f"BAD {number} {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    print("end", flush=True)
    return int(found > 0)


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        sys.exit(main())
