"""A step of a decoder that hands its state back with the axis of the layers, which it puts in itself each time."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Step(nn.Module):
        def __init__(self, width, inner):
            super().__init__()
            self.mix, self.rnn, self.out = nn.Linear(2 * inner, 1), nn.{kind}(width, inner), nn.Linear(inner, width)

        def forward(self, x, state, memory):
            asked = {asked}
            shares = torch.softmax(self.mix(torch.cat([asked, memory], 2)), 1)
            out, {new} = self.rnn({given}, state.unsqueeze(0))
            return self.out(out.squeeze(0)) + shares.mean(), {back}

    torch.manual_seed(1)
    step, memory = Step(3, 5), torch.randn(2, 4, 5)
    state, x = memory.mean(1), torch.randn(2, 3)
    for _ in range(3):
        x, state = step(x, state, memory)
    print(x.shape, round(x.sum().item(), 4))
"""


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
@pytest.mark.parametrize("new", ["state", "fresh"])
@pytest.mark.parametrize(
    "asked", ["state.unsqueeze(1).repeat(1, 4, 1)", "state[:, None].expand(-1, memory.size(1), -1)"]
)
def test_it_is_handed_back_as_it_came(kind, new, asked):
    parts = {"kind": kind, "new": new, "asked": asked, "given": "x.unsqueeze(0)"}
    found = mended(PROGRAM.format(back=new, **parts))
    assert found.output == printed(PROGRAM.format(back=f"{new}.squeeze(0)", **parts))
    assert found.changed == [f"return self.out(out.squeeze(0)) + shares.mean(), {new}.squeeze(0)"]
    assert not found.doubts


def test_a_state_that_fails_in_the_first_round_is_not_meant():
    parts = {"kind": "GRU", "new": "state", "asked": "state.unsqueeze(1).repeat(1, 4, 1)", "back": "state.squeeze(0)"}
    found = mended(PROGRAM.format(given="x", **parts), most=1)
    assert not any("squeeze(0).squeeze(0)" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("kind", ["GRU", "RNN"])
def test_what_is_taken_back_is_put_in_for_the_layer(kind):
    parts = {"kind": kind, "new": "state", "asked": "state.unsqueeze(1).repeat(1, 4, 1)", "given": "x.unsqueeze(0)"}
    right = PROGRAM.format(back="state.squeeze(0)", **parts)
    found = mended(right.replace("state.unsqueeze(0))", "state)"))
    assert found.output == printed(right)
    assert not found.doubts


def test_where_the_layer_fails_it_is_not_made_to_fit_there():
    program = """
        class Step(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = nn.GRU(3, 5)

            def forward(self, x, state):
                out, state = self.rnn(x.unsqueeze(0), state.unsqueeze(0))
                return out.squeeze(0), state

        step, state = Step(), torch.zeros(4, 5)
        for _ in range(3):
            out, state = step(torch.randn(4, 3), state)
        print(state.shape)
    """
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert "state.squeeze(0)" in titles
    assert "state.unsqueeze(0).squeeze(1)" not in titles
