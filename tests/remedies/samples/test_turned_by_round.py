"""A decoder whose rounds hand on (samples, 1), where the first one was given (1, samples)."""

import pytest
from mended import mended, printed

PROGRAM = """
    table, rnn, top = nn.Embedding(9, 5), nn.{layer}(5, 6{first}), nn.Linear(6, 9)
    state, word, said = {state}, torch.ones({begin}, dtype=torch.long), []
    for _ in range(3):
        {lines}
        said.append(word.flatten())
    print(torch.cat(said).tolist())
"""
LINES = "out, state = rnn(table(word), state)\n        _, best = top(out[{0}]).topk(1)\n        word = {1}"


@pytest.mark.parametrize(
    ("layer", "state"), [("GRU", "torch.zeros(1, 2, 6)"), ("LSTM", "(torch.zeros(1, 2, 6), torch.zeros(1, 2, 6))")]
)
@pytest.mark.parametrize(("word", "right"), [("best", "best.t()"), ("best.detach()", "best.detach().t()")])
def test_the_word_is_turned_as_the_first_one_lay(layer, state, word, right):
    parts = {"layer": layer, "state": state, "first": "", "begin": "1, 2"}
    found = mended(PROGRAM.format(lines=LINES.format("0", word), **parts))
    assert found.output == printed(PROGRAM.format(lines=LINES.format("0", right), **parts))
    assert not found.doubts


def test_a_word_that_another_statement_made_is_left_alone():
    parts = {"layer": "GRU", "state": "torch.zeros(1, 2, 6)", "first": "", "begin": "1, 2"}
    lines = LINES.format("0", "best.t()") + "\n        out, state = rnn(table(best), state)"
    (found,) = mended(PROGRAM.format(lines=lines, **parts), most=1).diagnoses
    assert not any("best.t().transpose" in fix.title for fix in found.fixes)


def test_a_round_that_reads_the_word_itself_keeps_it_as_it_was_made():
    program = """
        table, rnn, top = nn.Embedding(9, 5), nn.GRU(5, 6), nn.Linear(6, 9)
        state, word, said = torch.randn(1, 2, 6), torch.ones(1, 2, dtype=torch.long), []
        for _ in range(3):
            out, state = rnn(table(word), state)
            word = top(out[0]).topk(1)[1]
            said.append(word){turned}
        print(torch.cat(said, 1).tolist())
    """
    found = mended(program.format(turned=""))
    assert found.output == printed(program.format(turned="\n            word = word.t()"))
    assert not found.doubts
