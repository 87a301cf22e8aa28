"""Rows that meet several copies of each are repeated as often."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Search:
        def __init__(self, copies):
            self.copies = copies

        def best(self, seen, words):
            n, wide = seen.shape
            copies = self.copies
            rows = torch.arange(n * copies * wide).view({product}, wide) / 10
            {line}
            return rows.view({apart}).sum(-1)


    torch.manual_seed(0)
    print(Search(4).best(torch.randn(3, 5), torch.randn(3, 5, 2)).round(decimals=3).tolist())
"""
LINES = [
    ("rows[:] = {}", "seen", 1),
    ("rows[:, :5] = {}", "seen", 1),
    ("rows = rows * {}", "seen", 1),
    ("rows = torch.cat([rows, {}], dim=1)", "seen", 1),
    ("rows = torch.bmm(rows.unsqueeze(1), {}).squeeze(1)", "words", 2),
]


@pytest.mark.parametrize(("line", "name", "more"), LINES)
@pytest.mark.parametrize("product", ["n * copies", "copies * n", "seen.size(0) * copies"])
def test_the_copies_of_a_row_lie_as_they_are_taken_apart(line, name, more, product):
    apart = "n, copies, -1" if "size" not in product else "seen.size(0), copies, -1"
    parts = {"product": product, "apart": apart}
    found = mended(PROGRAM.format(**parts, line=line.format(name)))
    right = line.format(f"{name}.repeat_interleave(copies, dim=0)")
    assert found.changed == [right]
    assert found.output == printed(PROGRAM.format(**parts, line=right))
    assert not found.doubts


@pytest.mark.parametrize(("line", "name", "more"), LINES)
def test_all_rows_are_repeated_where_the_copies_stand_in_front(line, name, more):
    parts = {"product": "copies * n", "apart": "copies, n, -1"}
    found = mended(PROGRAM.format(**parts, line=line.format(name)))
    right = line.format(f"{name}.repeat(copies{', 1' * more})")
    assert found.changed == [right]
    assert found.output == printed(PROGRAM.format(**parts, line=right))
    assert not found.doubts


@pytest.mark.parametrize("apart", ["n * copies, -1", "-1"])
def test_rows_that_nobody_takes_apart_leave_a_doubt(apart):
    parts = {"product": "n * copies", "apart": apart}
    found = mended(PROGRAM.format(**parts, line="rows = rows * seen"), most=1)
    assert "repeat_interleave" in found.text
    assert found.doubts


def test_a_number_of_rows_that_is_no_product_says_nothing():
    program = PROGRAM.replace("torch.arange(n * copies * wide).view({product}, wide) / 10", "torch.ones(12, wide)")
    found = mended(program.format(apart="n, copies, -1", line="rows = rows * seen"), most=1)
    assert not any("repeat_interleave" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_square_buffer_is_not_turned():
    program = """
    table = torch.zeros(4, 4)
    table[:, :3] = torch.ones(2, 3)
    """
    assert not any("with (4, 4)" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


FOLDED = """
    from einops import rearrange

    class Heads(nn.Module):
        def __init__(self, heads=4):
            super().__init__()
            self.heads, self.near = heads, nn.Linear(12, 12)

        def forward(self, x, hidden):
            q = rearrange(self.near(x), "b n (h d) -> {rows} n d", h=self.heads)
            scores = (q @ q.transpose(1, 2)).masked_fill({hidden}[:, None], -1e9)
            out = scores.softmax(-1) @ q
            return rearrange(out, "{rows} n d -> b n (h d)", h=self.heads)

    torch.manual_seed(1)
    hidden = torch.arange(7)[None] >= torch.tensor([7, 4, 2])[:, None]
    print(Heads()(torch.randn(3, 7, 12), hidden).sum((1, 2)).tolist())
"""


@pytest.mark.parametrize(
    ("rows", "right"),
    [("(b h)", "hidden.repeat_interleave(self.heads, dim=0)"), ("(h b)", "hidden.repeat(self.heads, 1)")],
)
def test_heads_that_einops_folds_into_the_rows_are_copies_too(rows, right):
    found = mended(FOLDED.format(rows=rows, hidden="hidden"))
    assert found.output == printed(FOLDED.format(rows=rows, hidden=right))
    assert not found.doubts
