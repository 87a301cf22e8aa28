"""A state made for as many samples as a script counts steps, where the samples are told and never read."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.top = nn.Embedding(25, 7), nn.{kind}(7, 11), nn.Linear(11, 25)

        def forward(self, words, state):
            out, state = self.rnn(self.embed(words), state)
            return self.top(out), state


    def evaluate(model, source, window, {samples}):
        state, total = {state}, 0.0
        for at in range(0, len(source) - 1, window):
            n = min(window, len(source) - 1 - at)
            out, state = model(source[at : at + n], state)
            total += F.cross_entropy(out.flatten(0, 1), source[at + 1 : at + 1 + n].flatten(), reduction="sum").item()
        return round(total / len(source), 4)


    print(evaluate(Words(), torch.randint(25, (31, 10)), 14, 10))
"""
KINDS = [("GRU", "torch.zeros(1, {}, 11)"), ("LSTM", "(torch.zeros(1, {0}, 11), torch.zeros(1, {0}, 11))")]


@pytest.mark.parametrize(("kind", "state"), KINDS)
@pytest.mark.parametrize("samples", ["batch_size", "width"])
def test_the_parameter_that_nobody_reads_is_read(kind, state, samples):
    found = mended(PROGRAM.format(kind=kind, samples=samples, state=state.format("window")), most=1)
    assert found.output == printed(PROGRAM.format(kind=kind, samples=samples, state=state.format(samples)))
    assert not found.doubts


def test_a_parameter_that_is_read_elsewhere_decides_nothing():
    program = PROGRAM.format(kind="GRU", samples="vocab", state="torch.zeros(1, window, 11)")
    found = mended(program.replace("total = {", "total = {").replace("/ len(source)", "/ vocab"), most=1)
    assert not any("1, vocab" in line for line in found.changed)
