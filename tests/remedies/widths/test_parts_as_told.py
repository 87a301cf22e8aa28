"""Zeros that stand for a part of a join, made as wide as another part."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Captioner(nn.Module):
        def __init__(self, seen, word, hidden):
            super().__init__()
            self.word, self.hidden = word, hidden
            self.first = nn.GRU(seen, hidden, batch_first=True)
            self.second = nn.GRU({told}, 5, batch_first=True)
            {more}

        def forward(self, x):
            out, _ = self.first(x)
            return self.second(torch.cat([out, torch.zeros(*x.shape[:2], {width})], 2))[0]

    print(round(Captioner(7, 4, 6)(torch.randn(3, 8, 7)).sum().item(), 4))
"""


def test_they_are_as_wide_as_the_reader_was_told():
    found = mended(PROGRAM.format(told="hidden + word", more="", width="self.hidden").replace("*x.shape[:2]", "3, 8"))
    right = PROGRAM.format(told="hidden + word", more="", width="self.word").replace("*x.shape[:2]", "3, 8")
    assert found.output == printed(right)
    assert not found.doubts


def test_a_part_may_have_a_name():
    def program(width):
        text = PROGRAM.format(told="hidden + word", more="", width=width)
        text = text.replace(f"torch.zeros(*x.shape[:2], {width})", "rest")
        return text.replace("self.first(x)", f"self.first(x); rest = torch.zeros(x.size(0), x.size(1), {width})")

    found = mended(program("self.hidden"))
    assert found.output == printed(program("self.word"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("told", "more"),
    [
        # What was kept is read elsewhere, so that the layer may be what was told wrongly.
        ("hidden + word", "self.table = nn.Embedding(9, self.word)"),
        # No term of the sum is so wide as the part would have to be.
        ("2 * word", ""),
    ],
)
def test_where_the_layer_may_be_wrong_it_is_a_doubt(told, more):
    wrong = PROGRAM.format(told=told, more=more, width="self.hidden").replace("*x.shape[:2]", "3, 8")
    found = mended(wrong, most=1)
    assert not any("self.word" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
