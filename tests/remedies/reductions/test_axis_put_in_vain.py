"""An axis of one that was put in on the way to a layer which takes one axis less."""

import pytest
from mended import mended, printed

STEPPED = """
    class Stepped(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.cell = nn.Linear(3, 5), nn.{kind}Cell(5, 5)

        def forward(self, x, rounds):
            state = None
            for k in range(rounds):
                seen = torch.tanh(self.read({given}))
                state = self.cell(seen, state)
            return state

    out = Stepped()(torch.randn(4, 3), 2)
    print(round((out if torch.is_tensor(out) else out[0]).sum().item(), 4))
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("given", ["x.unsqueeze(1)", "x[:, None]", "torch.unsqueeze(x, 1)"])
def test_it_stays_out(kind, given):
    found = mended(STEPPED.format(kind=kind, given=given))
    assert found.changed == ["seen = torch.tanh(self.read(x))"]
    assert found.output == printed(STEPPED.format(kind=kind, given="x"))
    assert not found.doubts


def test_a_sequence_of_several_steps_is_left_as_it_is():
    program = "print(nn.GRUCell(3, 5)(torch.randn(4, 7, 3)).shape)"
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any(fix.cost == 0.08 for fix in fixes)
