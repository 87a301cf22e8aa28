"""One step, or one sequence, for a model that was trained with batches of sequences."""

import pytest
from mended import mended, printed

WRITER = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first={first})
            self.out = nn.Linear(6, 9)

        def forward(self, x, state=None):
            steps, state = self.rnn(self.embed(x), state)
            return self.out(steps), state

    writer = Writer()
    optimizer = torch.optim.SGD(writer.parameters(), 0.1)
    for tokens in torch.randint(9, (2, 5, 7)):
        scores, _ = writer(tokens)
        optimizer.zero_grad()
        scores.logsumexp(-1).mean().backward()
        optimizer.step()
    with torch.no_grad():
        _, state = writer(torch.randint(9, {begun}))
        {asked}
        print(round(scores.sum().item(), 3), tuple(scores.shape))
"""


@pytest.mark.parametrize(
    ("first", "begun", "asked", "right"),
    [
        (True, "(1, 3)", "x = torch.tensor([4])", "x.unsqueeze(1)"),
        (True, "(3, 2)", "x = torch.tensor([4, 2, 8])", "x.unsqueeze(1)"),
        (False, "(2, 3)", "x = torch.tensor([4, 2, 8])", "x.unsqueeze(0)"),
        (True, "(1, 3)", "x = torch.tensor([4, 2, 8])", "x.unsqueeze(0)"),
    ],
)
def test_the_axis_is_put_in_where_the_model_is_called(first, begun, asked, right):
    parts = {"first": first, "begun": begun}
    called = "\n        scores, state = writer({}, state)"
    found = mended(WRITER.format(asked=asked + called.format("x"), **parts), most=1)
    assert f"writer({right}, state)" in found.text
    assert found.output == printed(WRITER.format(asked=asked + called.format(right), **parts))
    assert not found.doubts
