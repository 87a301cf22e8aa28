"""A choice that goes back into a loop with an axis more than what the loop began with."""

import pytest
from mended import mended, printed

SPOKEN = """
    emb, out, rnn = nn.Embedding(9, 4), nn.Linear(6, 9), {layer}
    token = torch.full((5,), 1){begun}
    state, words = None, []
    for _ in range(4):
        {call}
        {choice}
        words.append(token)
    print({read}.tolist())
"""
GRU = ("nn.GRU(4, 6, batch_first=True)", "y, state = rnn(emb({}), state); scores = out(y[:, -1])")
CELL = ("nn.GRUCell(4, 6)", "state = rnn(emb({}), state); scores = out(state)")
STACK, CAT = "torch.stack(words, 1)", "torch.cat(words, 1)"


@pytest.mark.parametrize(
    ("layer", "given", "choice", "right"),
    [
        (GRU, "token.unsqueeze(1)", "token = scores.topk(1).indices", "token = scores.argmax(-1)"),
        (GRU, "token[:, None]", "_, token = scores.topk(1)", "token = scores.argmax(-1)"),
        (CELL, "token", "token = scores.max(1, keepdim=True)[1]", "token = scores.argmax(-1)"),
        (CELL, "token", "token = scores.argmax(-1, keepdim=True)", "token = scores.argmax(-1)"),
    ],
)
def test_the_axis_goes_where_it_is_chosen(layer, given, choice, right):
    program = {"layer": layer[0], "call": layer[1].format(given), "begun": "", "read": STACK}
    found = mended(SPOKEN.format(choice=choice, **program), most=1)
    assert found.output == printed(SPOKEN.format(choice=right, **program))
    assert not found.doubts


def test_what_is_joined_along_it_begins_with_it():
    program = {"layer": GRU[0], "choice": "token = scores.topk(1)[1]", "read": CAT}
    found = mended(SPOKEN.format(call=GRU[1].format("token.unsqueeze(1)"), begun="", **program), most=1)
    assert found.output == printed(SPOKEN.format(call=GRU[1].format("token"), begun=".unsqueeze(1)", **program))
    assert not found.doubts
