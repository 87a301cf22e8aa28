"""Sizes of tables, norms and recurrent layers, and what a loop begins with, as what stands beside them tells."""

import pytest
from mended import mended, printed

# The steps are pairwise other than every width, and a table of positions has one row for each.
BLOCK = """
    class Settings:
        longest, words, wide = 9, 13, 6

    class Net(nn.Module):
        def __init__(self, s):
            super().__init__()
            self.words = nn.Embedding(s.words, s.wide)
            self.places = nn.Embedding({rows}, {columns})
            self.before, self.behind = nn.LayerNorm({first}), nn.LayerNorm(s.wide)
            self.head = nn.Linear(s.wide, s.words)

        def forward(self, ids):
            x = self.words(ids) + self.places(torch.arange(ids.size(1)))
            return self.head(self.behind(self.before(x)))

    print(Net(Settings())(torch.randint(13, (4, 9))).sum().item())
"""
DECODED = """
    VOCABULARY = {count}
    START, STOP = 8, 9

    class Step(nn.Module):
        def __init__(self, embedded=5, hidden=7):
            super().__init__()
            self.look = nn.Embedding(VOCABULARY, embedded)
            self.rnn = nn.GRU({width}, hidden, batch_first=True)
            self.head = nn.Linear(hidden, VOCABULARY)

        def forward(self, token, state, seen):
            h = {repeated}
            shares = torch.softmax(torch.cat((h, seen), dim=2).sum(2), dim=1).unsqueeze(1)
            context = torch.bmm(shares, seen)
            looked = self.look(token).unsqueeze(1)
            out, state = self.rnn(torch.cat((looked, context), dim=2), state)
            return self.head(out.squeeze(1)), state

    step, seen, state = Step(), torch.randn(3, 4, 7), torch.randn(1, 3, 7)
    wanted = torch.cat([torch.randint(0, 8, (3, 2)), torch.full((3, 1), STOP)], dim=1)
    token, loss = {begun}, 0
    for t in range(wanted.size(1)):
        scores, state = step(token, state, seen)
        loss = loss + F.cross_entropy(scores, wanted[:, t])
        token = wanted[:, t]
    print(loss.item())
"""
GROWN = """
    number = {{c: i for i, c in enumerate("ab+=")}}
    sizes = dict(words={words}, wide=6)
    look, head = nn.Embedding(sizes["words"], sizes["wide"]), nn.Linear(sizes["wide"], sizes["words"])
    ids = torch.tensor([[number[c] for c in "ab+"]])
    for _ in range(3):
        scores = head(look(ids))
        ids = torch.cat((ids, {chosen}), dim=1)
    print(ids.shape)
"""
RIGHT = {
    BLOCK: {"rows": "s.longest", "columns": "s.wide", "first": "s.wide"},
    DECODED: {
        "count": "10",
        "width": "embedded + hidden",
        "repeated": "state[-1].unsqueeze(1).repeat(1, seen.size(1), 1)",
        "begun": "torch.full((wanted.size(0),), START)",
    },
    GROWN: {"words": "len(number)", "chosen": "scores[:, -1, :].argmax(dim=-1, keepdim=True)"},
}


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (BLOCK, {"first": "s.longest"}),
        (BLOCK, {"rows": "s.wide", "columns": "s.longest"}),
        (DECODED, {"count": "8"}),
        (DECODED, {"width": "2 * hidden"}),
        (DECODED, {"repeated": "state[-1].repeat(1, seen.size(1), 1)"}),
        (DECODED, {"repeated": "state[-1].unsqueeze(0).repeat(1, seen.size(1), 1)"}),
        (DECODED, {"begun": "torch.full((wanted.size(0), 1), START)"}),
        (GROWN, {"words": "2"}),
        (GROWN, {"chosen": "scores.argmax(dim=-1, keepdim=True)"}),
    ],
)
def test_it_is_told_what_the_rest_goes_by(program, wrong):
    found = mended(program.format(**RIGHT[program] | wrong))
    assert found.output == printed(program.format(**RIGHT[program]))
    assert found.doubts == []


WINDOWS = """
    columns = ["load", "heat", "wind"]
    window = 8
    series = torch.randn(40, 3)
    rows = torch.stack([series[i:i + window] for i in range(30)])
    model = nn.LSTM({told}, 5, batch_first=True)
    print({read}model(rows)[0].shape)
"""


def test_a_list_that_nobody_reads_says_how_many_columns_there_are():
    found = mended(WINDOWS.format(told="window", read=""))
    assert found.changed == ["model = nn.LSTM(len(columns), 5, batch_first=True)"]
    assert found.doubts == []


def test_a_width_that_cuts_windows_may_be_no_width():
    found = mended(WINDOWS.format(told="window", read="columns, "))
    assert found.doubts != []


@pytest.mark.parametrize(("loss", "is_sure"), [("torch.randn(4, 3)", False), ("torch.eye(3)[[0, 2, 1, 0]]", True)])
def test_numbers_of_any_size_are_no_marks_of_a_class(loss, is_sure):
    program = f"print(nn.NLLLoss()(torch.log_softmax(torch.randn(4, 3), 1), {loss}).item())"
    assert (mended(program, most=1).doubts == []) == is_sure


def test_of_several_rows_too_few_nobody_knows_how_many():
    found = mended("rows = 5\nids = torch.tensor([3, 7, 8])\nprint(nn.Embedding(rows, 4)(ids).shape)", most=1)
    assert found.doubts != []
