"""Rows of two axes are taken apart where they meet what has both."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.letters = nn.Embedding(20, {width}), nn.Embedding(9, 4)
            self.rnn = nn.GRU(4, 6, batch_first=True)

        def forward(self, words, letters):
            {sizes}
            _, last = self.rnn(self.letters({folded}))
            spelled = last[-1]
            return {together}


    model = Tagger()
    words, letters = torch.randint(0, 20, (3, 5)), torch.randint(0, 9, (3, 5, 7))
    print(round(model(words, letters).std(1).sum().item(), 4))
"""
FOLDED = [
    ("rows, steps, length = letters.shape", "letters.view(rows * steps, length)", ".view(rows, steps, -1)"),
    ("rows, steps = words.shape", "letters.reshape(rows * steps, -1)", ".view(rows, steps, -1)"),
    ("pass", "letters.flatten(0, 1)", ".unflatten(0, (-1, 5))"),
    ("pass", "letters.view(-1, letters.size(2))", ".unflatten(0, (-1, 5))"),
    ("pass", "letters.view(letters.size(0) * letters.size(1), -1)", ".unflatten(0, (-1, 5))"),
]
TOGETHER = ["torch.cat([self.words(words), {}], dim=-1)", "torch.cat(({}, self.words(words)), 2)"]


@pytest.mark.parametrize(("sizes", "folded", "apart"), FOLDED)
@pytest.mark.parametrize("together", TOGETHER)
def test_rows_are_joined_as_what_they_were(sizes, folded, apart, together):
    program = PROGRAM.format(width=8, sizes=sizes, folded=folded, together=together)
    found = mended(program.format("spelled"))
    assert found.changed[0].endswith(together.format(f"spelled{apart}"))
    assert found.output == printed(program.format(f"spelled{apart}"))
    assert not found.doubts


@pytest.mark.parametrize(("sizes", "folded", "apart"), FOLDED[:3])
def test_they_are_added_so_too(sizes, folded, apart):
    program = PROGRAM.format(width=6, sizes=sizes, folded=folded, together="self.words(words) + {}")
    found = mended(program.format("spelled"))
    assert found.output == printed(program.format(f"spelled{apart}"))
    assert not found.doubts


def test_rows_that_nobody_folded_are_not_taken_apart():
    program = """
        words, rows = torch.randn(3, 5, 8), torch.randn(15, 6)
        print(torch.cat([words, rows], -1).shape)
    """
    assert "unflatten" not in mended(program, most=1).text


@pytest.mark.parametrize(
    "folded", ["letters.transpose(0, 1).reshape(steps * rows, -1)", "letters.permute(1, 0, 2).flatten(0, 1)"]
)
def test_rows_of_the_axes_in_another_order_are_not_taken_apart_so(folded):
    program = PROGRAM.format(
        width=8,
        sizes="steps, rows = words.t().shape",
        folded=folded,
        together=TOGETHER[0].format("spelled"),
    )
    assert ".view(steps, rows, -1)" not in mended(program, most=1).text
    assert "unflatten" not in mended(program, most=1).text
