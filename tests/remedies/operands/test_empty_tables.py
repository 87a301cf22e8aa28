"""A table of which there is once no row keeps its columns."""

import pytest
from mended import mended, printed

BOXES = """
    import numpy as np

    PLOTS = [[(1, 2, 6, 5), (0, 3, 4, 9)], [], [(2, 2, 8, 7)]]


    def table(plot):
        {filled}
        return {made}


    def areas(boxes):
        boxes = boxes{before}
        {read}


    print([round(float(areas(table(plot)).sum()), 3) for plot in PLOTS])
"""
APPENDED = "rows = []\n        for a, b, c, d in plot:\n            rows.append({})"
READ = "return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"


@pytest.mark.parametrize(
    "filled",
    [
        APPENDED.format("[float(a), float(b), float(c), float(d)]"),
        APPENDED.format("(a, b, c, d)"),
        "rows = [[a / 2, b / 2, c / 2, d / 2] for a, b, c, d in plot]",
    ],
)
@pytest.mark.parametrize(
    ("made", "before"),
    [
        ("torch.tensor(rows)", ".clamp(min=0)"),
        ("torch.as_tensor(rows, dtype=torch.float32)", ""),
        ("torch.FloatTensor(rows)", " * 0.5"),
        ("np.array(rows)", ".clip(min=0)"),
        ("np.asarray(rows)", ""),
    ],
)
def test_the_columns_are_those_of_the_rows_that_are_put_into_the_list(filled, made, before):
    found = mended(BOXES.format(filled=filled, made=made, before=before, read=READ))
    assert found.changed == [f"return {made}.reshape(-1, 4)"]
    right = BOXES.format(filled=filled, made=f"{made}.reshape(-1, 4)", before=before, read=READ)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize("read", ["return boxes @ torch.eye(4)[:2].T", "return boxes + torch.arange(4)"])
def test_whatever_refuses_the_empty_table(read):
    filled = "rows = [[float(a), float(b), float(c), float(d)] for a, b, c, d in plot]"
    program = BOXES.format(filled=filled, made="{}", before="", read=read)
    found = mended(program.format("torch.tensor(rows)"))
    assert found.output == printed(program.format("torch.tensor(rows).reshape(-1, 4)"))
    assert not found.doubts


def test_columns_that_are_only_read_leave_a_doubt():
    program = BOXES.format(filled="rows = [list(each) for each in plot]", made="{}", before="", read=READ)
    found = mended(program.format("torch.tensor(rows)"), most=1)
    assert found.output == printed(program.format("torch.tensor(rows).reshape(-1, 4)"))
    assert found.doubts


def test_rows_of_several_lengths_tell_nothing():
    filled = APPENDED.format("[a, b, c, d]").replace(
        "for a", "rows.append([1, 2]) if len(plot) > 9 else None\n        for a"
    )
    program = BOXES.format(filled=filled, made="torch.tensor(rows)", before="", read="return boxes[:, -1:]")
    assert "reshape(-1" not in mended(program, most=1).text


def test_what_has_numbers_is_no_empty_table():
    program = BOXES.replace("(a, b, c, d)", "a").format(
        filled="rows = [a for a, b, c, d in plot]", made="torch.tensor(rows)", before="", read=READ
    )
    assert "reshape(-1" not in mended(program, most=1).text
