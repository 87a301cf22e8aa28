"""A squeeze of the first axis, which drops the batch where a last batch holds one sample."""

import re

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(5, 6, {layers})
            self.head = nn.Linear({width}, 3)

        def forward(self, x):
            _, state = self.rnn(x)
            {state}
            return self.head({squeezed})

    def right(scores, labels):
        return (scores.argmax(dim=1) == labels).float().mean()

    net = Net()
    for rows, labels in zip(torch.randn(9, 7, 5).split(4), torch.arange(9).remainder(3).split(4)):
        scores = net(rows.transpose(0, 1))
        {measured}
"""
BOTH = {"layers": "bidirectional=True", "width": 12, "state": "state = torch.cat((state[0], state[1]), 1)"}


@pytest.mark.parametrize(
    "measured", ["print(right(scores, labels).item())", "print(scores.softmax(1).sum().round().item())"]
)
@pytest.mark.parametrize("squeezed", ["state.squeeze(0)", "torch.squeeze(state, dim=0)", "state.squeeze(dim=0)"])
def test_the_batch_of_one_is_kept(squeezed, measured):
    found = mended(PROGRAM.format(squeezed=squeezed, measured=measured, **BOTH))
    assert [each.slug for each in found.diagnoses] == ["batch_lost_by_squeeze"]
    assert found.output == printed(PROGRAM.format(squeezed="state", measured=measured, **BOTH))
    assert not found.doubts


def test_an_axis_of_layers_may_be_squeezed():
    lines = {"layers": "num_layers=1", "width": 6, "state": "state = state.squeeze(0)"}
    program = PROGRAM.format(squeezed="state", measured="print(scores.argmax(dim=2))", **lines)
    (found,) = mended(program, most=1).diagnoses
    assert found.slug == "axis_that_is_not_there"
    assert not any(re.search(r"\bsqueeze", fix.title) for fix in found.fixes)


GIVEN = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 4), nn.Linear(4, 2)

        def forward(self, x):
            {read}
            return self.b(y)

    net = Net()
    net(torch.ones(4, 5, 6)).sum().backward()
    for rows in torch.ones(9, 5, 6).split(4):
        {line}
        print(round(net({given}).sum().item(), 4))
"""


@pytest.mark.parametrize(
    "read",
    ["b, t, _ = x.shape; y = self.a(x).view(b * t, 4)", "y = self.a(x)[:, -1, :]", "y = self.a(x).permute(1, 0, 2)"],
)
@pytest.mark.parametrize(
    ("line", "given"), [("rows = rows.squeeze(0) * 2", "rows"), ("pass", "torch.squeeze(rows, 0).float()")]
)
def test_the_batch_of_one_is_kept_where_a_model_is_given_it(read, line, given):
    found = mended(GIVEN.format(read=read, line=line, given=given), most=1)
    line, given = line.replace(".squeeze(0)", ""), given.replace("torch.squeeze(rows, 0)", "rows")
    assert found.output == printed(GIVEN.format(read=read, line=line, given=given))
    assert not found.doubts
    assert found.diagnoses[0].slug == "batch_lost_by_squeeze"
