"""Losses of the next token that count a filler in each row, although no row has a symbol for its end."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
def rows(count, width=9):
    lengths = torch.randint(3, width - 1, (count,))
    mask = (torch.arange(width) < lengths[:, None]).long()
    ids = torch.randint(1, 11, (count, width)) * mask
    return {given}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn, self.head = nn.Embedding(11, 6), nn.GRU(6, 7, batch_first={first}), nn.Linear(7, 11)

    def forward(self, ids):
        return self.head(self.rnn(self.table(ids))[0])


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for ids, mask in [rows(8)]:
    x, y, kept = ids{cut}
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LATER, EARLIER = "[:, :-1], ids[:, 1:], mask[:, 1:]", "[:, :-1], ids[:, 1:], mask[:, :-1]"
EACH = (
    "each = F.cross_entropy(model(x).transpose(1, 2), y, reduction='none')\n    loss = (each * kept).sum() / kept.sum()"
)
GATHERED = (
    "said = model(ids)[:, :-1].log_softmax(-1).gather(2, y.unsqueeze(2)).squeeze(2)\n"
    "    loss = -(said * kept).sum() / kept.sum()"
)
PICKED = "loss = F.cross_entropy(model(x)[kept.bool()], y[kept.bool()])"
IGNORED = "y = y.masked_fill(kept == 0, -100)\n    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())"
REPLACED = IGNORED.replace("y.masked_fill(kept == 0, -100)", "torch.where(kept.bool(), y, -100)")
FIRST = EACH.replace("transpose(1, 2)", "permute(0, 2, 1)")


def program(loss=EACH, cut=EARLIER, given="ids, mask", first=True):
    return PROGRAM.format(loss=loss, cut=cut, given=given, first=first)


@pytest.mark.parametrize("loss", [EACH, GATHERED, PICKED, IGNORED, REPLACED])
def test_a_mask_of_the_inputs_counts_a_filler_in_each_row(loss):
    ((slug, edits),) = audited(program(loss), "")
    assert slug == "mask_of_inputs"
    assert edits == [f"    x, y, kept = ids{LATER}\n"] * (loss != IGNORED)


@pytest.mark.parametrize("loss", [EACH, IGNORED])
def test_a_mask_of_the_targets_counts_none(loss):
    assert slugs(program(loss, LATER), "") == []


def test_a_mask_of_the_inputs_whose_steps_come_first():
    turned = {"cut": "[:-1], ids[1:], mask[:-1]", "given": "ids.t(), mask.t()", "first": False}
    assert slugs(program(FIRST, **turned), "") == ["mask_of_inputs"]


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        # The filler is spoken of as what comes last, or begins each row as well.
        (EACH + "  # 0 says where to stop", "ids, mask"),
        (EACH, "torch.cat([torch.zeros(count, 1).long(), ids], 1), torch.cat([torch.ones(count, 1).long(), mask], 1)"),
        # A script that leaves off where it meets the filler.
        (EACH + "\n    for token in y[0]:\n        if token == 0: break", "ids, mask"),
        (EACH + "\n    PAD = 0\n    for token in y[0]:\n        if token == PAD: break", "ids, mask"),
        # Something else leaves it out.
        (EACH.replace("'none'", "'none', ignore_index=0"), "ids, mask"),
        (EACH.replace("* kept", "* kept * (y != 0)"), "ids, mask"),
        # Tokens that are hidden for another reason.
        (EACH, "ids, torch.arange(width).lt(5).long().expand(count, width)"),
    ],
)
def test_a_filler_that_may_be_an_end_or_is_not_asked_for(loss, given):
    assert slugs(program(loss, given=given), "") == []
