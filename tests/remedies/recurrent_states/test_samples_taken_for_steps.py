"""An encoder and a decoder that both take the samples for the steps: the state has a row for each step of the one."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.fc = nn.Embedding(30, 6), nn.Linear(8, 30)
            self.encoder = nn.{kind}(6, 8{told})
            self.decoder = nn.{kind}(6, 8{told})

        def forward(self, context, question):
            _, state = self.encoder(self.embed(context))
            out, _ = self.{second}(self.embed(question), state)
            return self.fc(out)

    scores = Writer()(torch.randint(0, 30, (5, 13)), torch.randint(0, 30, ({rows}, 9)))
    print(round(F.cross_entropy(scores.flatten(0, 1), torch.randint(0, 30, (scores.shape[:2].numel(),))).item(), 4))
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("second", ["encoder", "decoder"])
def test_the_layers_are_told_that_the_samples_lie_first(kind, second):
    parts = {"kind": kind, "second": second, "rows": 5}
    found = mended(PROGRAM.format(told="", **parts))
    assert found.output == printed(PROGRAM.format(told=", batch_first=True", **parts))
    assert not found.doubts


def test_sequences_without_a_size_in_common_are_left():
    found = mended(PROGRAM.format(told="", kind="GRU", second="decoder", rows=7), most=1)
    assert all(fix.title != "batch_first=True" for each in found.diagnoses for fix in each.fixes)


ROUNDS = """
    rnn, state, total = nn.GRU(6, 8), None, 0.0
    for rows in (13, 9):
        out, state = rnn(torch.randn(5, rows, 6), state)
        total += out.sum().item()
    print(total)
"""


def test_the_state_of_a_larger_batch_before_says_nothing_of_the_layout():
    found = mended(ROUNDS, most=1)
    assert all(fix.title != "batch_first=True" for each in found.diagnoses for fix in each.fixes)
