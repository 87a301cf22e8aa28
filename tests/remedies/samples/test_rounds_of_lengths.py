"""A loop takes as many steps as the lengths allow that its steps are held against."""

import pytest
from mended import mended, printed

PROGRAM = """
    words, cell, top = nn.Embedding(12, 4), nn.GRUCell(4, 5), nn.Linear(5, 12)
    heard_lengths, said_lengths, rows = torch.tensor([{heard}]), torch.tensor([8, 9, 5]), 3
    said, state, scores = torch.randint(1, 12, (3, 9)), torch.randn(3, 5), []
    word = torch.zeros(3, dtype=torch.long)
    for step in range({rounds}):
        state = cell(words(word), state)
        scores.append(top(state))
        word = said[:, step]
    {loss}
"""
LOSSES = [
    "print(round(F.cross_entropy(torch.stack(scores, 1).flatten(0, 1), said.flatten()).item(), 4))",
    "print(round(torch.stack(scores, 1).log_softmax(2).gather(2, said.unsqueeze(2)).sum().item(), 2))",
]
ROUNDS = ["int({}.max())", "{}.max().item()", "max({})", "0, int(torch.max({}))"]


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_rounds_are_those_of_what_is_said(rounds, loss):
    program = PROGRAM.format(heard="6, 4, 3", rounds=rounds, loss=loss)
    found = mended(program.format("heard_lengths"))
    assert f"range({rounds.format('said_lengths')})" in found.text
    assert found.output == printed(program.format("said_lengths"))
    assert not found.doubts


def test_lengths_that_do_not_fit_are_no_others():
    program = PROGRAM.format(heard="6, 4, 3", rounds="int(heard_lengths.max())", loss=LOSSES[0])
    found = mended(program.replace("8, 9, 5", "8, 7, 5"), most=1)
    assert "range(int(said_lengths" not in found.text
