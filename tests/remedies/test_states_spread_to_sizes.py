"""The sizes that a first state was spread to are mended where they are written."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Lines(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.start = nn.Embedding(9, 4), nn.Parameter(torch.randn(1, 1, 6))
            self.rnn, self.top = nn.{kind}(4, 6{told}), nn.Linear(6, 9)

        def forward(self, ids):
            h = self.start.expand(1, {count}, 6).contiguous()
            out, _ = self.rnn(self.table(ids), {state})
            return self.top(out)

    rows = [torch.arange(9)[:n] for n in (8, 3, 6, 2, 5)]
    ids = nn.utils.rnn.pad_sequence(rows)
    scores = Lines()(ids[:-1])
    print(round(F.cross_entropy(scores.reshape(-1, 9), ids[1:].reshape(-1)).item(), 4))
"""


@pytest.mark.parametrize(("kind", "state"), [("GRU", "h"), ("LSTM", "(h, torch.zeros_like(h))")])
@pytest.mark.parametrize("wrong", ["ids.size(0)", "len(ids)", "ids.shape[0]"])
def test_the_count_of_samples_is_asked_of_their_axis(kind, state, wrong):
    parts = {"kind": kind, "told": "", "state": state}
    found = mended(PROGRAM.format(**parts, count=wrong))
    assert found.output == printed(PROGRAM.format(**parts, count="ids.size(1)"))
    assert not found.doubts
