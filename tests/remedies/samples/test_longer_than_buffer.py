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


@pytest.mark.parametrize(("index", "is_sure"), [(":len(text)", True), ("-len(text):", False)])
@pytest.mark.parametrize(
    ("made", "row"),
    [
        ("np.zeros((len(texts), length), dtype=int)", "np.array(text)"),
        ("torch.zeros(len(texts), length, dtype=torch.long)", "torch.tensor(text)"),
    ],
)
def test_a_row_ends_where_the_buffer_does(made, index, row, is_sure):
    found = mended(PROGRAM.format(made=made, index=index, row=row))
    assert found.output == printed(PROGRAM.format(made=made, index=index, row=f"{row}[:length]"))
    # What is filled up in front may as well keep its end.
    assert bool(found.doubts) is not is_sure


def test_a_buffer_of_a_number_may_be_too_short():
    made = "np.zeros((len(texts), 6), dtype=int)"
    found = mended(PROGRAM.format(made=made, index=":len(text)", row="np.array(text)"), most=1)
    assert found.changed == ["rows[at, :len(text)] = np.array(text)[:6]"]
    assert found.doubts == ["the buffer may have been meant to be as long as the longest of what is stored in it"]


MARKED = """
    def ended(text):
        return {ended}

    texts = [[4, 8, 2], [7, 1, 9, 3, 5], [3, 3]]
    lengths = [len(text) for text in texts]
    longest = {longest}
    rows = torch.zeros(len(texts), longest, dtype=torch.long)
    for at, text in enumerate(texts):
        row = ended(text)
        rows[at, :len(row)] = torch.tensor(row)
    print(rows.tolist())
"""


@pytest.mark.parametrize(
    ("ended", "longest"),
    [
        ("text + [10]", "5"),
        ("[11, *text]", "5"),
        ("text + [10]", "max(lengths)"),
        ("text", "min(len(text) for text in texts)"),
        ("[11] + text", "max(map(len, texts))"),
    ],
)
def test_a_mark_or_a_length_that_is_reckoned_leaves_a_doubt(ended, longest):
    found = mended(MARKED.format(ended=ended, longest=longest), most=1)
    assert "torch.tensor(row)[:longest]" in found.text
    assert found.doubts


LENGTHS = """
    def filled(texts, {length}):
        rows, lengths, mask = torch.zeros(len(texts), {length}), [], torch.zeros(len(texts), {length})
        for at, text in enumerate(texts):
            rows[at, :len(text)] = torch.tensor(text)
            {more}
        return rows, lengths, mask

    print(filled([[4.0, 8.0], [7.0, 1.0, 9.0, 3.0, 5.0]], 4)[0].tolist())
"""


@pytest.mark.parametrize(
    ("length", "more", "is_sure"),
    [
        ("length", "lengths.append(len(text))", False),
        ("length", "mask[at, : len(text)] = 1", True),
        ("window", "pass", False),
    ],
)
def test_a_length_that_is_kept_or_the_latest_steps_leave_a_doubt(length, more, is_sure):
    found = mended(LENGTHS.format(length=length, more=more))
    assert f"torch.tensor(text)[:{length}]" in found.text
    assert found.output == "[[4.0, 8.0, 0.0, 0.0], [7.0, 1.0, 9.0, 3.0]]\n"
    assert bool(found.doubts) is not is_sure


def test_a_length_that_is_written_cuts_what_has_no_mark():
    assert not mended(MARKED.format(ended="text", longest="4"), most=1).doubts


@pytest.mark.parametrize("part", ["2:5", ":3"])
def test_a_row_that_goes_to_a_part_of_its_own_is_left(part):
    program = f"""
        rows = torch.zeros(3, 6)
        rows[1, {part}] = torch.arange(4.0)
        print(rows.sum())
    """
    assert "torch.arange(4.0)[:" not in mended(program, most=1).text


TABLES = """
    import numpy as np

    def filled(tables, rows, longest):
        size = {size}
        room = torch.zeros(len(tables), {sizes})
        for at, table in enumerate(tables):
            room[at, {index}] = {given}
        rows = {cut}
        return room, rows

    tables = [torch.arange(float(n * n)).view(n, n) for n in (3, 7, 4)]
    room, _ = filled(tables, [torch.ones(n) for n in (3, 7, 4)], 5)
    print(tuple(room.shape), room.sum().item())
"""
SQUARE = ":len(table), :len(table)"


@pytest.mark.parametrize(
    ("size", "cut", "is_sure"),
    [
        ("longest", "rows", False),
        ("longest", "[row[:size] for row in rows]", True),
        ("min(max(map(len, tables)), longest)", "[row[:size] for row in rows]", True),
        ("min(max(map(len, tables)), longest)", "rows", False),
    ],
)
@pytest.mark.parametrize("index", [SQUARE, ":table.size(0), :table.size(1)"])
def test_a_table_ends_where_the_buffer_does_on_both_sides(size, cut, is_sure, index):
    fields = {"size": size, "cut": cut, "index": index, "sizes": "size, size"}
    found = mended(TABLES.format(**fields, given="table"))
    good = "table[:size, :size]"
    assert found.output == printed(TABLES.format(**fields, given=good))
    assert bool(found.doubts) is not is_sure


def test_a_table_that_is_too_long_along_a_later_axis_alone_is_left():
    fields = {"size": "longest", "cut": "rows", "index": SQUARE, "sizes": "7, size"}
    assert "table[:" not in mended(TABLES.format(**fields, given="table"), most=1).text
