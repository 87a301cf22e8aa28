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
