"""A state that is kept with its samples first, because it is cut as they are, is turned where the layer gets it."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.{kind}(5, 7, 2, batch_first=True)

        def begin(self, count):
            return torch.zeros({sizes})

        def forward(self, x, h{c}):
            out, _ = self.rnn(x, {given})
            return out.sum()

    net, data = Net(), torch.randn(8, 6, 5)
    {calls}
"""
TURNED = "h.transpose(0, 1).contiguous()"
ROWS = """h = net.begin(len(data))
    for at in range(0, 8, 4):
        print(round(net(data[at:at + 4], h[at:at + 4]).item(), 4))"""
PARTS = """h, c = net.begin(len(data)), net.begin(len(data))
    for x, one, other in zip(data.chunk(2), h.chunk(2), c.chunk(2)):
        print(round(net(x, one, other).item(), 4))"""


@pytest.mark.parametrize(
    ("kind", "c", "given", "right", "calls"),
    [
        ("GRU", "", "h", TURNED, ROWS),
        ("LSTM", ", c", "(h, c)", f"({TURNED}, {TURNED.replace('h', 'c', 1)})", PARTS),
    ],
)
def test_a_state_that_is_cut_with_its_samples_is_turned_at_the_layer(kind, c, given, right, calls):
    told = {"kind": kind, "sizes": "count, 2, 7", "c": c, "calls": calls}
    found = mended(PROGRAM.format(given=given, **told), most=1)
    assert found.changed == [f"out, _ = self.rnn(x, {right})"]
    assert found.output == printed(PROGRAM.format(given=right, **told))
    assert not found.doubts


WHOLE = """for x in data.split(4):
        print(round(net(x, net.begin(len(x))).item(), 4))"""


def test_a_state_that_is_made_for_the_samples_it_is_used_with_is_made_the_other_way_round():
    told = {"kind": "GRU", "c": "", "given": "h", "calls": WHOLE}
    found = mended(PROGRAM.format(sizes="count, 2, 7", **told), most=1)
    assert found.changed == ["return torch.zeros(2, count, 7)"]
    assert found.output == printed(PROGRAM.format(sizes="2, count, 7", **told))
