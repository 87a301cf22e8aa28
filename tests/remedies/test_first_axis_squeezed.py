"""A squeeze of the first axis, which drops the batch where a last batch holds one sample."""

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
    assert not any("squeeze" in fix.title for fix in found.fixes)
