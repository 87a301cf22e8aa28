"""Loops that feed a layer with the steps of an input: one behind, on time, or behind on purpose."""

from __future__ import annotations

import pytest
from programs import slugs

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.proj = nn.Embedding(11, 4), nn.Linear(4, 4)
        self.cell, self.gru, self.out = nn.GRUCell(4, 4), nn.GRU(4, 4, batch_first=True), nn.Linear(4, 4)

    def forward(self, {names}):
        state, found, steps = torch.zeros(5, 4), [], x.size(1)
        {body}
        return self.out(torch.stack(found, 1))

model = Model()
def criterion(out, target):
    return F.mse_loss(out, target)
"""
DATA = "batches = [(torch.randn(5, 7, 4), torch.randn(5, 7, 4)) for _ in range(2)]\n"
CELL = """now = x[:, 0]
        for t in range(steps):
            state = self.cell(now, state)
            found.append(state)
            if t + 1 < steps:
                now = x[:, {after}]"""
LAYER = """now, state = x[:, 0:1], None
        for t in range(steps):
            out, state = self.gru(torch.relu(now), state)
            found.append(out[:, 0])
            if t == steps - 1:
                break
            now = x[:, {after}:{after} + 1].clone()
            now[:, :, :1] = out[:, :, :1].detach()"""
PROJECTED = "x = self.proj(x)\n        " + CELL
TOKENS = "x = self.embed(x)\n        " + CELL
OF_TOKENS = "batches = [(torch.randint(0, 11, (5, 7)), torch.randn(5, 7, 4)) for _ in range(2)]\n"
WAYS = [(CELL, DATA), (LAYER, DATA), (PROJECTED, DATA), (TOKENS, OF_TOKENS)]


def program(body, data=DATA, after="t"):
    return MODEL.format(names="x", body=body.format(after=after)) + data


@pytest.mark.parametrize(("body", "data"), WAYS)
def test_a_loop_that_takes_the_step_of_its_round_at_the_end_of_it_is_one_behind(body, data):
    assert slugs(program(body, data)) == ["step_read_twice"]


@pytest.mark.parametrize(("body", "data"), WAYS)
def test_a_loop_that_takes_the_next_step_is_left_alone(body, data):
    assert "step_read_twice" not in slugs(program(body, data, after="t + 1"))


@pytest.mark.parametrize(
    ("body", "data"),
    [
        # The step before beside the present one.
        (CELL.replace("self.cell(now, state)", "self.cell(x[:, t] - now, state)"), DATA),
        # The last step is asked of by something else.
        (CELL.replace("state, found, steps", "found, steps") + "\n        found[-1] = found[-1] + x[:, -1]", DATA),
        # The steps are what is to be predicted, each from the one before it.
        (CELL, "batches = [(x, x) for x in torch.randn(2, 5, 7, 4)]\n"),
        (CELL, "batches = [(x, x.clone()) for x in torch.randn(2, 5, 7, 4)]\n"),
        # Every step goes into another layer than the first one.
        (CELL.replace("now = x[:, 0]", "now = self.proj(x[:, 0])"), DATA),
    ],
)
def test_steps_that_are_one_behind_on_purpose_are_left_alone(body, data):
    assert "step_read_twice" not in slugs(program(body, data))
