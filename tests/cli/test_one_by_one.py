from __future__ import annotations

import pytest

from core.cli.one_by_one import one_by_one
from core.errors import BadInput, DiskFull, PlatelightError


def test_what_fails_is_told_and_does_not_stop_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 2:
            raise BadInput("frame.2.exr: [odd] pixels")
        done.append(item)

    failures = one_by_one("frames", [1, 2, 3], work, alone=False)
    assert done == [1, 3]
    assert [str(error) for error in failures] == ["frame.2.exr: [odd] pixels"]
    assert "failed: frame.2.exr: [odd] pixels" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "alone"), [(BadInput("bad"), True), (DiskFull("full"), False)])
def test_a_full_disk_and_the_error_of_the_only_file_end_it(error: PlatelightError, alone: bool) -> None:
    calls: list[int] = []

    def work(item: int) -> None:
        calls.append(item)
        raise error

    with pytest.raises(type(error), match=str(error)):
        one_by_one("frames", [1, 2], work, alone=alone)
    assert calls == [1]
