"""Rows of sequences that lie one behind the other, and the reshape in front of a recurrent layer."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.start, self.gru, self.head = nn.Linear(3, 8), nn.GRU(8, 8{front}), nn.Linear(8, 2)

    def forward(self, rows, count):
        h = self.start(rows).relu()
        h = {cut}
        h, _ = self.gru(h)
        return self.head({back})


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
store, wanted = torch.randn(7, 9, 3), torch.randn(7, 9, 2)
for _ in range(3):
    picked = torch.randperm(9)[:4]
    rows, targets = ({joined} for part in (store, wanted))
    optimizer.zero_grad()
    F.mse_loss(model(rows, 4), targets).backward()
    optimizer.step()
"""
ONE_BEHIND_THE_OTHER = "torch.cat([part[:, at] for at in picked])"
STEP_BY_STEP = "torch.cat([part[at][picked] for at in range(7)])"


def found(front="", back="h.flatten(0, 1)", **parts):
    return slugs(PROGRAM.format(front=front, back=back, **parts), "")


@pytest.mark.parametrize(
    ("cut", "front", "joined"),
    [
        ("h.view(-1, count, 8)", "", ONE_BEHIND_THE_OTHER),
        ("h.reshape(7, count, h.size(-1)).contiguous()", "", ONE_BEHIND_THE_OTHER),
        ("h.unflatten(0, (count, -1))", ", batch_first=True", STEP_BY_STEP),
    ],
)
def test_what_is_cut_the_other_way_round(cut, front, joined):
    assert found(cut=cut, front=front, joined=joined) == ["reshaped_instead_of_permuted"]


@pytest.mark.parametrize(
    ("cut", "front", "back", "joined"),
    [
        ("h.view(-1, count, 8)", "", "h.flatten(0, 1)", STEP_BY_STEP),
        ("h.view(count, -1, 8)", ", batch_first=True", "h.flatten(0, 1)", ONE_BEHIND_THE_OTHER),
        ("h.view(count, -1, 8).transpose(0, 1)", "", "h.transpose(0, 1).flatten(0, 1)", ONE_BEHIND_THE_OTHER),
    ],
)
def test_what_is_cut_where_it_was_put_together(cut, front, back, joined):
    assert found(cut=cut, front=front, back=back, joined=joined) == []


def test_single_steps_of_one_sequence_are_a_batch_of_one():
    cut = "h.view(1, -1, 8)"
    joined = "torch.cat([part[at : at + 1, 0] for at in range(7)])"
    assert found(cut=cut, front=", batch_first=True", back="h.squeeze(0)", joined=joined) == []
