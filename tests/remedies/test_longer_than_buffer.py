"""Rows that are longer than their buffer are cut to the length that it was made for."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np

    def filled(texts, length):
        rows = {made}
        for at, text in enumerate(texts):
            rows[at, {index}] = {row}
        return rows

    texts = [[4, 8, 2], [7, 1, 9, 3, 5, 2, 6, 8], [3, 3]]
    print(filled(texts, 6).tolist())
"""


@pytest.mark.parametrize("index", [":len(text)", "-len(text):"])
@pytest.mark.parametrize(
    ("made", "row"),
    [
        ("np.zeros((len(texts), length), dtype=int)", "np.array(text)"),
        ("torch.zeros(len(texts), length, dtype=torch.long)", "torch.tensor(text)"),
    ],
)
def test_a_row_ends_where_the_buffer_does(made, index, row):
    found = mended(PROGRAM.format(made=made, index=index, row=row))
    assert found.output == printed(PROGRAM.format(made=made, index=index, row=f"{row}[:length]"))
    assert not found.doubts


def test_a_buffer_of_a_number_may_be_too_short():
    made = "np.zeros((len(texts), 6), dtype=int)"
    assert mended(PROGRAM.format(made=made, index=":len(text)", row="np.array(text)"), most=1).doubts


def test_a_row_that_goes_to_a_part_of_its_own_is_left():
    program = """
        rows = torch.zeros(3, 6)
        rows[1, 2:5] = torch.arange(4.0)
        print(rows.sum())
    """
    assert "[:" not in mended(program, most=1).text
