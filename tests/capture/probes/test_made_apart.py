"""State that a model keeps between batches which were drawn one by one, or picked in no order, and such as go on."""

from __future__ import annotations

import pytest
from programs import slugs

KIND = "state_of_another_batch"
MODEL = """
import random
random.seed(0)

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head, self._state = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 1), None

    def forward(self, x):
        out, state = self.rnn(x, {given})
        self._state = state.detach()
        return self.head(out)

model = Model()
criterion = nn.MSELoss()
series = torch.randn(4, 18, 2).cumsum(1)
windows = torch.stack([*series.split(6, 1)], 1).flatten(0, 1)
mixed = random.sample(range(12), 12)
batches = []
for at in range(3):
    {make}
    batches.append((x, {answer}))
"""
APART = ("x = torch.rand(4, 5, 2)", "x.cumsum(1).sum(-1, keepdim=True)")
PICKED = ("x = windows[mixed[4 * at:4 * at + 4]]", "x.sum(-1, keepdim=True)")


@pytest.mark.parametrize(("make", "answer"), [APART, PICKED])
def test_batches_that_have_nothing_to_do_with_each_other(make, answer):
    assert slugs(MODEL.format(make=make, answer=answer, given="self._state")) == [KIND]
    assert slugs(MODEL.format(make=make, answer=answer, given="None")) == []


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        # What is drawn for want of data, and what goes on from where it was.
        ("x = torch.rand(4, 5, 2)", "torch.rand(4, 5, 1)"),
        ("x = torch.rand(4, 5, 2)", "x[..., :1]"),
        ("x = (batches[-1][0][:, -1:] if batches else 0) + torch.rand(4, 5, 2).cumsum(1)", "x.sum(-1, keepdim=True)"),
        ("x = windows[[at, 6 + at, 3 + at, 9 + at]]", "x.sum(-1, keepdim=True)"),
    ],
)
def test_batches_that_may_go_on(make, answer):
    assert slugs(MODEL.format(make=make, answer=answer, given="self._state")) == []


def test_states_of_a_packed_batch_are_put_into_the_order_of_its_lengths():
    body = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x, sizes, state):
            packed = nn.utils.rnn.pack_padded_sequence(x, sizes, batch_first=True, enforce_sorted=False)
            _, state = self.rnn(packed, state)
            return self.head(state[0]), state

    model, state = Model(), torch.zeros(1, 4, 4)
    for _ in range(3):
        sizes = torch.tensor([2, 5, 3, 4])
        scores, state = model(torch.randn(4, 5, 2), sizes, state.detach())
        F.cross_entropy(scores, torch.tensor([0, 1, 1, 0])).backward()
    """
    assert "picked_again" not in slugs(body, "")
