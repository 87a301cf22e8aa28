"""A loop hands a model one step, which needs the axis that the calls before had."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.top = nn.Embedding(9, 5), nn.{kind}(5, 6{told}), nn.Linear(6, 9)

        def forward(self, ids, state=None):
            out, state = self.rnn(self.table(ids), state)
            return self.top(out), state

    model = Words()
    ids = torch.randint(9, {sizes})
    with torch.no_grad():
        scores, state = model(ids)
        for _ in range(3):
            token = {last}.argmax(-1)
            scores, state = model({given}, state)
    print(scores.shape, round(scores.sum().item(), 4))
"""
FIRST = ", batch_first=True"


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize(
    ("told", "sizes", "last", "right"),
    [
        (FIRST, "(1, 4)", "scores[:, -1]", "token.unsqueeze(0)"),
        (FIRST, "(3, 4)", "scores[:, -1]", "token.unsqueeze(1)"),
        ("", "(4, 3)", "scores[-1]", "token.unsqueeze(0)"),
        (FIRST, "(1, 4)", "scores[0]", "token.unsqueeze(0)"),
        ("", "(4, 1)", "scores[:, 0]", "token.unsqueeze(1)"),
    ],
)
def test_the_axis_goes_where_it_was_before(kind, told, sizes, last, right):
    parts = {"kind": kind, "told": told, "sizes": sizes, "last": last}
    found = mended(PROGRAM.format(**parts, given="token"))
    assert found.output == printed(PROGRAM.format(**parts, given=right))
    assert not found.doubts


def test_a_state_of_other_samples_tells_nothing():
    program = PROGRAM.format(kind="GRU", told=FIRST, sizes="(3, 4)", last="scores[:2, -1]", given="token")
    assert "token.unsqueeze" not in mended(program, most=1).text


@pytest.mark.parametrize(
    "drawn",
    [
        "scores[0, -1].topk(3).indices",
        "scores[0, -1].topk(3)[1]",
        "torch.multinomial(scores[0, -1].softmax(-1), 3)",
        "scores[:, -1].topk(3)[1].squeeze(0)",
    ],
)
def test_several_that_were_drawn_for_one_sample_leave_a_doubt(drawn):
    program = PROGRAM.format(kind="GRU", told=FIRST, sizes="(1, 4)", last="scores", given="token")
    found = mended(program.replace("scores.argmax(-1)", drawn).replace("range(3)", "range(1)"), most=1)
    assert "token.unsqueeze(0)" in found.text
    assert found.doubts


def test_one_that_was_drawn_for_each_sample_is_a_step_of_it():
    drawn = "torch.multinomial(scores[:, -1].softmax(-1), 1).squeeze(1)"
    program = PROGRAM.replace("{last}.argmax(-1)", drawn).replace("range(3)", "range(1)")
    parts = {"kind": "GRU", "told": FIRST, "sizes": "(3, 4)"}
    found = mended(program.format(**parts, given="token"))
    assert "token.unsqueeze(1)" in found.text
    assert not found.doubts


WORDS = """
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb, self.rnn, self.top = nn.Embedding(12, 5), nn.{kind}(5, 6{told}), nn.Linear(6, 12)

        def sample(self, start, many=4):
            x, state, found = {first}, None, []
            {loop}
                out, state = self.rnn(x, state)
                word = self.top(out.squeeze({axis})).argmax(-1)
                found.append(word)
                x = self.emb(word){last}
            return torch.stack(found, 1)

    print(Words().sample(torch.randn(3, 5)).tolist())
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("loop", ["for _ in range(many):", "while len(found) < many:"])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_word_is_handed_to_the_next_round_as_one_step(kind, loop, axis):
    told = ", batch_first=True" * axis
    parts = {"kind": kind, "told": told, "loop": loop, "axis": axis, "first": f"start.unsqueeze({axis})"}
    found = mended(WORDS.format(last="", **parts))
    assert found.output == printed(WORDS.format(last=f".unsqueeze({axis})", **parts))
    assert found.changed == [f"x = self.emb(word).unsqueeze({axis})"]
    assert not found.doubts
