"""The numbers of a line are its last fields, where a name in front of them has blanks."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np

    LINES = ["cat 1 2 3", "{}dog 4 5 6", "at home 7 8 9"]


    def read(lines, wide):
        table = {table}
        for at, line in enumerate(lines):
            {split}
            table[at] = {value}
        return table


    print(read(LINES, 3).tolist())
"""
SPLIT = "fields = line.split()"


@pytest.mark.parametrize(
    "value",
    [
        "np.asarray(fields[1:])",
        "np.array(fields[1:])",
        "np.array(fields[1:], dtype=object)",
        "np.array(line.split()[1:])",
    ],
)
def test_as_many_as_a_row_holds(value):
    parts = {"table": "np.zeros((len(lines), wide))", "split": SPLIT}
    found = mended(PROGRAM.format("", **parts, value=value))
    assert found.output == printed(PROGRAM.format("", **parts, value=value.replace("1:", "-wide:")))
    assert not found.doubts


def test_the_rest_has_a_name():
    parts = {"table": "np.zeros((len(lines), wide))", "value": "numbers"}
    split = SPLIT + "\n            numbers = np.asarray(fields[1:])"
    found = mended(PROGRAM.format("", **parts, split=split))
    assert found.output == printed(PROGRAM.format("", **parts, split=split.replace("1:", "-wide:")))
    assert not found.doubts


def test_the_first_line_leaves_a_doubt():
    parts = {"table": "np.zeros((len(lines), wide))", "split": SPLIT, "value": "np.array(fields[1:])"}
    program = PROGRAM.format("", **parts).replace('"cat 1', '"a cat 1')
    found = mended(program, most=1)
    assert "[-wide:]" in found.text
    assert found.doubts


@pytest.mark.parametrize("value", ["np.array(fields[:-1])", "np.array(list(map(len, fields)) + [1])"])
def test_what_does_not_take_the_rest_is_left(value):
    parts = {"table": "np.zeros((len(lines), wide))", "split": SPLIT, "value": value}
    assert "[-wide:]" not in mended(PROGRAM.format("a b c ", **parts), most=1).text
