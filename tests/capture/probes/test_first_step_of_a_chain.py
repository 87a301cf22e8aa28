"""States that are worked out by hand, step by step, of which the first or the last one is read."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.out = nn.Linear(3 + 4, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, states = x.new_zeros(5, 4), []
        for step in x.unbind(1):
            h = torch.tanh(self.gate(torch.cat([step, h], 1)))
            states.append(h)
        {made}
        return self.out({taken})


model = Model()
criterion = nn.MSELoss()
batches = [(x, x[:, -1, :2]) for x in torch.randn(2, 5, 7, 3)]
"""
SLUG = "first_step_of_a_forward_layer"


@pytest.mark.parametrize(
    ("made", "taken", "is_told"),
    [
        ("made = torch.stack(states)", "made[0]", True),
        ("made = torch.stack(states, dim=1)", "made[:, 0]", True),
        ("made = torch.stack(states)", "made[-1]", False),
        # The latest state lies first.
        ("made = torch.stack(states[::-1])", "made[0]", False),
        ("made = torch.stack(states)", "made[0] + made[-1]", False),
    ],
)
def test_the_first_of_a_chain(made, taken, is_told):
    assert (SLUG in slugs(PROGRAM.format(made=made, taken=taken))) is is_told
