"""Tokens of several kinds in one sequence, kind by kind or in turns, and the one kind that is read of it."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(1, 8), nn.Linear(4, 8), nn.Linear(2, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.gru, self.head = nn.GRU(8, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, given):
        one, two, three = given
        batch, steps, _ = two.shape
        a, b, c = self.first(one), self.second(two), self.third(three)
        h = {joined}
        h = {behind}
        return self.head({read})


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
mask = nn.Transformer.generate_square_subsequent_mask(18)
for _ in range(2):
    given = torch.randn(5, 6, 1), torch.randn(5, 6, 4), torch.randn(5, 6, 2)
    optimizer.zero_grad()
    F.mse_loss(model(given), torch.randn(5, 6, 2)).backward()
    optimizer.step()
"""
KIND_BY_KIND = ["torch.cat([a, b, c], dim=1)", "torch.cat((a, b, c), 1) + 0.1"]
IN_TURNS = ["torch.stack([a, b, c], dim=2).reshape(batch, 3 * steps, 8)", "torch.stack([a, b, c], 2).flatten(1, 2)"]
BEHIND = ["self.blocks(h, mask=mask, is_causal=True)", "self.gru(h)[0]"]
TAKEN_IN_TURNS = [
    "h.reshape(batch, steps, 3, -1)[:, :, 1]",
    "h.view(batch, steps, 3, 8).select(2, 1)",
    "h.unflatten(1, (steps, 3)).unbind(2)[1]",
]
TAKEN_BY_KIND = ["h.reshape(batch, 3, steps, -1)[:, 1]", "h[:, steps : 2 * steps]", "h.chunk(3, 1)[1]"]


def found(joined, behind, read):
    return slugs(PROGRAM.format(joined=joined, behind=behind, read=read), "")


@pytest.mark.parametrize("read", TAKEN_IN_TURNS)
@pytest.mark.parametrize("joined", KIND_BY_KIND)
@pytest.mark.parametrize("behind", BEHIND)
def test_what_lies_kind_by_kind_is_taken_apart_in_turns(joined, behind, read):
    assert found(joined, behind, read) == ["axes_renamed"]


@pytest.mark.parametrize("read", TAKEN_BY_KIND)
@pytest.mark.parametrize("behind", BEHIND)
def test_what_lies_kind_by_kind_is_taken_apart_so(behind, read):
    assert "axes_renamed" not in found(KIND_BY_KIND[0], behind, read)


@pytest.mark.parametrize("read", TAKEN_IN_TURNS)
@pytest.mark.parametrize("joined", IN_TURNS)
def test_what_takes_turns_is_taken_apart_so(joined, read):
    assert "axes_renamed" not in found(joined, BEHIND[0], read)


def test_steps_that_are_pooled_three_at_a_time_are_no_kinds():
    assert "axes_renamed" not in found(KIND_BY_KIND[0], BEHIND[1], "h.reshape(batch, steps, 3, -1).mean(2)")


def test_pieces_of_one_sequence_are_of_one_kind():
    read = "torch.cat([self.gru(self.second(piece))[0] for piece in two.repeat(1, 3, 1).chunk(3, 1)], 1)"
    assert "axes_renamed" not in found(read, BEHIND[0], TAKEN_IN_TURNS[0])
