"""A state that was repeated along its layers for the beams of a search."""

import pytest
from mended import mended, printed

LSTM = """
    rnn, many = nn.LSTM(3, 6, 2, batch_first=True), 5
    _, (h, c) = rnn(torch.randn(1, 7, 3))
    h = h.repeat({beams})
    c = c.repeat({beams})
    out, _ = rnn(torch.randn(many, 1, 3), (h, c))
    print(out.shape, round(out.sum().item(), 4))
"""
GRU = """
    rnn, many = nn.GRU(3, 6, 2, batch_first=True), 5
    _, h = rnn(torch.randn(1, 7, 3))
    out, _ = rnn(torch.randn(many, 1, 3), h.repeat({beams}))
    print(out.shape, round(out.sum().item(), 4))
"""


@pytest.mark.parametrize("program", [LSTM, GRU])
def test_beams_are_samples(program):
    found = mended(program.format(beams="many, 1, 1"))
    assert found.output == printed(program.format(beams="1, many, 1"))
    assert len(found.diagnoses) == 1
    assert found.diagnoses[0].slug != "swapped_batch_and_sequence"
    assert not found.doubts


def test_layers_that_are_missing_are_something_else():
    """Repeated as often as there are layers, where the batch is another matter."""
    program = """
        rnn = nn.GRU(3, 6, 2, batch_first=True)
        h = torch.zeros(1, 1, 6).repeat(2, 1, 1)
        print(rnn(torch.randn(5, 4, 3), h{more})[0].shape)
    """
    found = mended(program.format(more=""), most=1)
    assert not any(".repeat(1, 2, 1)" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_state_of_one_sample_that_was_repeated_is_not_told_as_another_layout():
    program = """
        rnn, many = nn.GRU(3, 6), 4
        h = torch.zeros(1, 1, 6).repeat({beams})
        print(rnn(torch.randn(1, many, 3), h)[0].shape)
    """
    found = mended(program.format(beams="many, 1, 1"))
    assert found.output == printed(program.format(beams="1, many, 1"))
    assert found.diagnoses[0].slug != "batch_first_missing"


BEAMS = """
    class Speller(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb, self.rnn, self.top = nn.Embedding(11, 5), nn.GRU(5, 6, batch_first=True), nn.Linear(6, 11)

        def forward(self, ids, state):
            out, state = self.rnn(self.emb(ids).unsqueeze(1), {state})
            return self.top(out.squeeze(1)), state

    net, state = Speller(), torch.randn(1, 1, 6)
    scores, state = net(torch.tensor([1]), state)
    scores, state = net(scores[0].topk({many}).indices, state)
    print(scores.argmax(1).tolist(), tuple(state.shape))
"""


@pytest.mark.parametrize("many", [2, 4])
def test_a_state_is_spread_over_as_many_as_the_call_is_given(many):
    found = mended(BEAMS.format(state="state", many=many))
    assert found.output == printed(BEAMS.format(state="state.expand(-1, len(ids), -1).contiguous()", many=many))
    assert len(found.diagnoses) == 1
    assert not found.doubts
