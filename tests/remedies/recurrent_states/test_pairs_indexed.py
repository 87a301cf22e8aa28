"""What holds both states of an LSTM is not asked for its last layer."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 6, {layers}, batch_first=True{more})
            self.mix = nn.MultiheadAttention(6, 2, batch_first=True)
            self.head = nn.Linear({width}, 2)

        def forward(self, x):
            out, {state} = self.rnn(x)
            {last}
            return {given}

    torch.manual_seed(1)
    print(round(Net()(torch.randn(4, 5, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("more", "width", "last", "given"),
    [
        ("", 6, "h = h[-1]", "self.head(self.mix(h.unsqueeze(1), out, out)[0].squeeze(1))"),
        ("", 6, "last = h[-1]", "self.head(self.mix(last[:, None], out, out)[0].squeeze(1))"),
        ("", 9, "last = h[-1]", "self.head(torch.cat([last, x[:, 0]], dim=1))"),
        (", bidirectional=True", 12, "last = torch.cat([h[-2], h[-1]], dim=1)", "self.head(last)"),
    ],
)
@pytest.mark.parametrize("layers", [1, 2])
def test_the_hidden_state_is_taken_apart(layers, more, width, last, given):
    parts = {"layers": layers, "more": more, "width": width, "last": last, "given": given}
    right = printed(PROGRAM.format(state="(h, _)", **parts))
    found = mended(PROGRAM.format(state="h", **parts))
    assert found.output == right
    assert not found.doubts


def test_a_pair_that_is_read_as_one_stays():
    parts = {
        "layers": 1,
        "more": "",
        "width": 6,
        "last": "y, _ = self.rnn(x, h); last = h[-1]",
        "given": "self.head(last + y)",
    }
    found = mended(PROGRAM.format(state="h", **parts), most=1)
    assert not any("(h, _)" in fix.title for each in found.diagnoses for fix in each.fixes)
