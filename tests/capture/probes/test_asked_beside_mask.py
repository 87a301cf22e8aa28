"""A token that asks, put where a sequence goes on, and the step at which the answer is read."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.walk = nn.Embedding(10, 8), nn.GRU(8, 4, batch_first=True, bidirectional=True)
        self.out = nn.Linear(8, 10)

    def forward(self, ids):
        return self.walk(self.table(ids))[0]


model = Model()
rows = torch.arange(5)
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    ids, lengths = torch.randint(0, 9, (5, 7)), torch.randint(2, 7, (5,))
    {trained}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        asked = ids.clone()
        {asked}
        hits = model.out(read).argmax(1) == ids[rows, lengths]
        print(hits.float().mean().item())
"""
HIDDEN = (
    "chosen = torch.rand(5, 7) < 0.4; h = model(ids.masked_fill(chosen, 9)); "
    "loss = F.cross_entropy(model.out(h[chosen]), ids[chosen])"
)
SET = HIDDEN.replace(
    "h = model(ids.masked_fill(chosen, 9))", "given = ids.clone(); given[chosen] = 9; h = model(given)"
)
GATHER = "asked[rows, lengths] = 9; read = model(asked).gather(1, ({}).view(-1, 1, 1).expand(-1, 1, 8)).squeeze(1)"
PICK = "asked[rows, lengths] = 9; read = model(asked)[rows, {}]"
ALL = "loss = F.cross_entropy(model.out(model(ids)).flatten(0, 1), torch.randint(0, 9, (35,)))"


@pytest.mark.parametrize(
    ("trained", "asked", "is_told"),
    [
        (HIDDEN, GATHER.format("lengths - 1"), True),
        (HIDDEN, GATHER.format("lengths"), False),
        (SET, PICK.format("lengths - 1"), True),
        (SET, PICK.format("lengths"), False),
        (HIDDEN, "asked[:, -1] = 9; read = model(asked)[:, -2]", True),
        (HIDDEN, "asked[:, -1] = 9; read = model(asked)[:, -1]", False),
        # What a token does to others, and a step that is read in training whatever stands there.
        (HIDDEN, PICK.format("(lengths - 1)] + model(asked)[rows, (lengths - 2)"), False),
        (HIDDEN + " + model.out(h[:, 0]).pow(2).mean()", "asked[:, 3] = 9; read = model(asked)[:, 0]", False),
        (HIDDEN, "asked[:, 3] = 9; read = model(asked)[:, 0]", True),
        # Nothing says that the token asks.
        (ALL, PICK.format("lengths - 1"), False),
        (HIDDEN, PICK.format("lengths - 1").replace("= 9", "= 0"), False),
    ],
)
def test_the_answer_is_read_where_the_token_stands(trained, asked, is_told, capsys):
    found = slugs(BODY, TRAIN.format(trained=trained, asked=asked))
    assert ("answer_read_elsewhere" in found) is is_told
    assert is_told or found == []


def test_it_is_told_where_the_step_is_reckoned(capsys):
    asked = "asked[rows, lengths] = 9\n        at = lengths - 1\n        read = model(asked)[rows, at]"
    assert lines_told(BODY, TRAIN.format(trained=HIDDEN, asked=asked)) == ["at = lengths - 1"]
