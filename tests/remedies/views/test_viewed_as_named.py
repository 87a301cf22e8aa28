"""A model that was told one number twice is told the number of classes by which its scores are viewed."""

import pytest
from mended import mended, printed

PROGRAM = """
    signs, moods = list("abcdefghijk"), ["glad", "sad", "calm"]

    class Reader(nn.Module):
        def __init__(self, n_signs, {name}, width=6):
            super().__init__()
            self.embed = nn.Embedding(n_signs, width)
            self.rnn = nn.GRU(width, width, batch_first=True)
            self.head = nn.Linear(width, {name})

        def forward(self, x):
            return self.head(self.rnn(self.embed(x))[0])

    def loss_of(model, x, y):
        scores = model(x)
        return F.cross_entropy(scores.{view}, y.reshape(-1))

    model = Reader({given})
    loss = loss_of(model, torch.randint(0, 11, (2, 5)), torch.randint(0, 3, (2, 5)))
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize("view", ["view(-1, len(moods))", "reshape(-1, len(moods))"])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("len(signs), len(signs)", "len(signs), len(moods)"),
        ("n_signs=len(signs), n_moods=len(signs)", "n_signs=len(signs), n_moods=len(moods)"),
    ],
)
def test_it_is_told_the_number_of_classes(view, wrong, right):
    found = mended(PROGRAM.format(name="n_moods", view=view, given=wrong))
    assert found.output == printed(PROGRAM.format(name="n_moods", view=view, given=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("name", "view", "given"),
    [
        ("n_out", "view(-1, len(moods))", "len(signs), len(signs)"),
        ("n_moods", "view(-1, 3)", "len(signs), len(signs)"),
        ("n_moods", "view(-1, len(moods))", "len(signs), 13"),
    ],
)
def test_else_nothing_is_sure(name, view, given):
    found = mended(PROGRAM.format(name=name, view=view, given=given))
    assert found.doubts or "len(signs), len(moods)" not in found.text
