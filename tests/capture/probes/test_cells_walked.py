"""Loops over a recurrent cell: from sample to sample, from step to step, and where nothing says which is which."""

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.cell, self.out = nn.Linear(3, 8), nn.{cell}(8, 8), nn.Linear(8, 2)

    def forward(self, x):
        x = self.enter(x)
        state, outs = {state}, []
        {loop}
            state = self.cell(step, state)
            outs.append(self.out({h}))
        return torch.stack(outs{stacked})


model, criterion = Model(), nn.MSELoss()
batches = DataLoader(TensorDataset(torch.randn(20, 7, 3), torch.randn(20, 7, 2)), 5, shuffle={shuffle})
"""
GRU = {"cell": "GRUCell", "h": "state"}
LSTM = {"cell": "LSTMCell", "h": "state[0]"}
LOOPS = [
    "for step in x:",
    "for step in x.unbind({axis}):",
    "for t in range(x.size({axis})):\n            step = {item}",
]


def program(kind, loop, axis, shuffle=True):
    state = f"x.new_zeros(x.size({1 - axis}), 8)"
    return PROGRAM.format(
        **kind,
        state=state if kind is GRU else f"({state}, {state})",
        loop=loop.format(axis=axis, item="x[:, t]" if axis else "x[t]"),
        stacked=f", {axis}",
        shuffle=shuffle,
    )


@pytest.mark.parametrize("kind", [GRU, LSTM], ids=["gru", "lstm"])
@pytest.mark.parametrize("loop", LOOPS, ids=["rows", "unbind", "item"])
def test_a_cell_that_is_handed_one_sample_after_another(kind, loop):
    assert slugs(program(kind, loop, 0)) == ["recurrent_along_batch"]


def test_the_axis_that_is_taken_apart_is_changed():
    [(_, lines)] = audited(program(GRU, LOOPS[1], 0))
    assert [line.strip() for line in lines] == ["for step in x.unbind(1):"]


@pytest.mark.parametrize("kind", [GRU, LSTM], ids=["gru", "lstm"])
@pytest.mark.parametrize("loop", LOOPS[1:], ids=["unbind", "item"])
def test_a_cell_that_is_handed_one_step_after_another(kind, loop):
    assert slugs(program(kind, loop, 1)) == []


@pytest.mark.parametrize("loop", LOOPS, ids=["rows", "unbind", "item"])
def test_items_that_come_in_their_order_may_be_steps(loop):
    assert "recurrent_along_batch" not in slugs(program(GRU, loop, 0, shuffle=False))


def test_samples_that_were_turned_behind_are_walked_by_their_steps():
    text = program(GRU, LOOPS[0], 0).replace("x = self.enter(x)", "x = self.enter(x.transpose(0, 1))")
    assert slugs(text.replace("torch.stack(outs, 0)", "torch.stack(outs, 1)")) == []
