"""The state of a cell is made for as many samples as the steps have that it goes through."""

import pytest
from mended import mended, printed

WALK = """
    class Walk(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.top = nn.{kind}(3, 6), nn.Linear(6, 2)

        def forward(self, seen):
            state = {state}
            for step in range(seen.size({axis})):
                state = self.cell({taken}, state)
            return self.top({last})


    print([round(Walk()(part).sum().item(), 4) for part in torch.randn(2, 5, 4, 3)])
"""


@pytest.mark.parametrize(("axis", "taken", "wrong", "right"), [(0, "seen[step]", 0, 1), (1, "seen[:, step]", 1, 0)])
@pytest.mark.parametrize("kind", ["GRUCell", "RNNCell"])
def test_the_samples_are_asked_for_where_the_state_is_made(kind, axis, taken, wrong, right):
    given = {"kind": kind, "axis": axis, "taken": taken, "last": "state"}
    found = mended(WALK.format(state=f"torch.zeros(seen.size({wrong}), 6)", **given))
    meant = f"torch.zeros(seen.size({right}), 6)"
    assert meant in found.text
    assert found.output == printed(WALK.format(state=meant, **given))
    assert not found.doubts


def test_both_states_of_a_cell():
    given = {"kind": "LSTMCell", "axis": 0, "taken": "seen[step]", "last": "state[0]"}
    state = "(torch.zeros(len(seen), 6), torch.zeros(len(seen), 6))"
    found = mended(WALK.format(state=state, **given))
    assert found.text.count("torch.zeros(seen.size(1), 6)") == 2
