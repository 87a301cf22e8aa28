"""What a script prints in a process of its own: all of it counts, and no more than its end is kept."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from shapecheck.scripts.printed import Printed
from shapecheck.scripts.rehearsal import rehearse
from shapecheck.scripts.running import Target


@pytest.mark.parametrize(
    ("pieces", "has_nan"),
    [
        ([b"loss na", b"n\n"], True),
        ([b"loss nan"], True),
        ([b"loss na", b"no\n"], False),
        ([b"x" * 5000, b" NaN\n", b"end"], True),
        ([b"banana", b"nan"], False),
        ([], False),
    ],
)
def test_a_word_is_read_though_it_comes_in_two_pieces(pieces: list[bytes], has_nan: bool) -> None:
    with closing(Printed()) as printed, closing(Printed()) as whole:
        for piece in pieces:
            os.write(printed.end, piece)
            assert printed.read(1)
        os.write(whole.end, b"".join(pieces))
    assert printed.has_nan is whole.has_nan is has_nan
    assert printed.digest == whole.digest
    assert b"".join(pieces).decode().endswith(printed.last)


def test_a_script_that_prints_very_much_is_run_to_its_end(tmp_path) -> None:
    script = tmp_path / "much.py"
    script.write_text("for _ in range(66):\n    print('x' * (1 << 20))\nprint('done')\n")
    ran = rehearse(Target("script", str(script)), {}, 50)
    assert ran["status"] == "ended"
    assert ran["output"].endswith("x\ndone\n")
    assert len(ran["output"]) == 4000
