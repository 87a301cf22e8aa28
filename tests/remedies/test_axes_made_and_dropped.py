"""An axis that was added where none was wanted is taken back where it was added, and not dropped behind it."""

import pytest
from mended import mended, printed

STATE = """
    class Sampler(nn.Module):
        def __init__(self):
            super().__init__()
            self.expand = nn.Linear(6, 2 * 8)
            self.gru = nn.GRU(4, 8, num_layers=2, batch_first=True)
            self.score = nn.Linear(8, 4)

        def begin(self, z):
            state = self.expand(z).view(-1, 2, 8).transpose(0, 1).contiguous()
            return state{more}

        def forward(self, x, z):
            hidden = self.begin(z){used}
            out = []
            for step in x.unbind(1):
                y, hidden = self.gru(step.unsqueeze(1), hidden)
                out.append(self.score(y))
            return torch.cat(out, dim=1)


    print(round(Sampler()(torch.randn(3, 5, 4), torch.randn(3, 6)).sum().item(), 4))
"""


@pytest.mark.parametrize("added", [".unsqueeze(0)", "[None]", ".unsqueeze(1)"])
@pytest.mark.parametrize("place", ["more", "used"])
def test_an_axis_that_a_state_has_too_many_is_not_added(added, place):
    wrong = {"more": "", "used": "", place: added}
    found = mended(STATE.format(**wrong), most=2)
    assert found.output == printed(STATE.format(more="", used=""))
    assert found.diagnoses[0].slug == "state_with_axis_too_many"
    assert len(found.diagnoses) == 1
    assert added not in found.changed[0]
    assert "squeeze" not in found.changed[0]


def test_an_axis_added_in_the_call_is_not_dropped_there():
    text = """
    gru = nn.GRU(4, 8, batch_first=True)
    h = torch.zeros(1, 3, 8)
    print(round(gru(torch.randn(3, 5, 4), h{more})[0].sum().item(), 4))
    """
    found = mended(text.format(more=".unsqueeze(0)"), most=1)
    assert found.changed == ["print(round(gru(torch.randn(3, 5, 4), h)[0].sum().item(), 4))"]


def test_an_axis_dropped_that_is_wanted_is_kept():
    text = """
    conv = nn.Conv1d(1, 3, 3)
    x = torch.randn(6, 1, 9)
    y = x.squeeze(1)
    print(round(conv(y[:, :8]).sum().item(), 4), y.shape)
    """
    found = mended(text, most=1)
    assert found.output != "crashed"
