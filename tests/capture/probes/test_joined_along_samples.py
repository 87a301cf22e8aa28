"""States of the same samples that are joined one behind the other, and of which a mean is taken for each sample."""

from __future__ import annotations

import pytest
from programs import audited

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
        self.out = nn.Linear(12, 2)

    def forward(self, x):
        states, h = [], x
        for layer in self.layers:
            h = layer(h).tanh()
            states.append({state})
        joined = torch.cat(states{along})
        common = {reduced}
        return self.out(torch.cat([common{laid}, x], dim=-1))


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 6), torch.randn(5, 2)) for _ in range(3)]
"""
SPREAD = ".expand(x.size(0), -1)"


@pytest.mark.parametrize("reduced", ["joined.mean(dim={})", "torch.mean(joined, dim={})"])
def test_states_with_an_axis_of_their_own_are_joined_along_that(reduced):
    wrong = PROGRAM.format(state="h.unsqueeze(1)", along="", reduced=reduced.format(0), laid=SPREAD)
    ((slug, lines),) = [found[:2] for found in audited(wrong)]
    assert slug == "reduced_along_batch"
    assert lines == ["        joined = torch.cat(states, dim=1)\n", f"        common = {reduced.format(1)}\n"]
    right = PROGRAM.format(state="h.unsqueeze(1)", along=", dim=1", reduced=reduced.format(1), laid="")
    assert audited(right) == []


def test_states_without_one_are_stacked():
    wrong = PROGRAM.format(state="h", along="", reduced="joined.mean(dim=0)", laid=SPREAD)
    ((slug, lines),) = [found[:2] for found in audited(wrong)]
    assert (slug, lines) == ("reduced_along_batch", ["        joined = torch.stack(states)\n"])
