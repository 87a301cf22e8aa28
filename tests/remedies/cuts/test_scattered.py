"""Indices of scatter and index_add that have not the axes of what they count in."""

import pytest
from mended import mended, printed

POOL = """
    rows, groups = torch.randn(9, 4), torch.tensor([0, 0, 2, 1, 1, 2, 2, 0, 1])
    print({text}.sum(1))
"""
SMOOTHED = """
    labels = torch.tensor([2, 0, 4, 1, 3, 3, 0])
    soft = torch.full((7, 5), 0.1)
    {text}
    print(soft)
"""
EDGES = """
    edges = torch.tensor([[0, 1, 2, 3, 3, 1], [1, 2, 0, 0, 4, 3]])
    def passed(x, edges):
        {taken}
        return torch.zeros_like(x).index_add(0, {index}, m)
    print(passed(torch.randn(5, 3), edges).sum(1))
"""


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("torch.zeros(3, 4).scatter_add(0, groups, rows)", "torch.zeros(3, 4).index_add(0, groups, rows)"),
        ("torch.zeros(3, 4).scatter_add_(0, index=groups, src=rows)", "torch.zeros(3, 4).index_add(0, groups, rows)"),
        (
            "torch.zeros(3, 4).scatter_reduce(0, groups, rows, 'amax')",
            "torch.zeros(3, 4).scatter_reduce(0, groups[:, None].expand(9, 4), rows, 'amax')",
        ),
    ],
)
def test_groups_of_whole_rows_are_spread_along_them(text, right):
    found = mended(POOL.format(text=text))
    assert found.output == printed(POOL.format(text=right))
    assert not found.doubts


@pytest.mark.parametrize(
    "text", ["soft.scatter_(1, labels, 0.6)", "soft = soft.scatter(-1, labels, torch.full((7,), 0.6))"]
)
def test_one_place_in_each_row_is_a_column(text):
    found = mended(SMOOTHED.format(text=text))
    assert found.output == printed(SMOOTHED.format(text="soft[torch.arange(7), labels] = 0.6"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("taken", "index", "right"),
    [
        ("a, b = edges; m = x[a]", "edges", "b"),
        ("a, b = edges; m = x[b]", "edges", "a"),
        ("m = x[edges[0]]", "edges", "edges[1]"),
    ],
)
def test_the_row_of_edges_that_nobody_reads_is_where_they_end(taken, index, right):
    found = mended(EDGES.format(taken=taken, index=index))
    assert found.output == printed(EDGES.format(taken=taken, index=right))
    assert not found.doubts


def test_of_two_rows_that_are_read_already_neither_is_sure():
    found = mended(EDGES.format(taken="a, b = edges; m = x[a] - x[b]", index="edges"))
    assert found.changed == ["return torch.zeros_like(x).index_add(0, b, m)"]
    assert found.doubts == ["which row of the index is meant is not known"]


@pytest.mark.parametrize(
    "text",
    [
        # As many labels as columns of another table: nothing says which rows they belong to.
        "soft[:6].scatter_(1, labels, 0.6)",
        # Rows along the first axis, of which a number fills no more than one column each.
        "soft.scatter_(0, labels, 0.6)",
    ],
)
def test_an_index_for_other_rows_is_not_spread_as_if_it_were_sure(text):
    found = mended(SMOOTHED.format(text=text), most=1)
    assert all(fix.doubt for each in found.diagnoses for fix in each.fixes)


TOKENS = """
    torch.manual_seed(3)
    tokens, ends = torch.randint(7, (5, 1)), torch.tensor([[0, 1, 2, 3, 3, 1], [1, 2, 0, 0, 4, 3]])
    rows = {rows}
    print(torch.zeros({sizes}).index_add({axis}, ends[1], {given}).sum(1))
"""


@pytest.mark.parametrize(
    ("rows", "sizes", "axis", "given", "good"),
    [
        ("nn.Embedding(7, 4)(tokens)", "5, 4", 0, "rows[ends[0]]", "rows[ends[0]].squeeze(1)"),
        ("torch.randn(4, 6, 1)", "4, 5", 1, "rows", "rows.squeeze(2)"),
    ],
)
def test_an_axis_of_one_is_dropped_of_what_is_added(rows, sizes, axis, given, good):
    fields = {"rows": rows, "sizes": sizes, "axis": axis}
    found = mended(TOKENS.format(given=given, **fields))
    assert found.output == printed(TOKENS.format(given=good, **fields))
    assert not found.doubts


def test_rows_of_another_width_keep_their_axes():
    found = mended(TOKENS.format(rows="torch.randn(6, 1, 3)", sizes="5, 4", axis=0, given="rows"), most=1)
    assert not any("squeeze" in fix.title and not fix.doubt for each in found.diagnoses for fix in each.fixes)
