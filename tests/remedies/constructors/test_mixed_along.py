"""A layer that mixes steps, beside one that mixes features."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Block(nn.Module):
        def __init__(self, steps, channels):
            super().__init__()
            self.time = {made}
            self.chan = nn.Linear(channels, channels)

        def forward(self, x):
            {line}
            return x + self.chan(x)

    y = Block(12, 4)(torch.randn(3, 12, 4))
    print(y.shape, round(y.sum().item(), 4))
"""
DEEP = "nn.Sequential(nn.Linear(steps, 7), nn.ReLU(), nn.Linear(7, steps))"


@pytest.mark.parametrize("made", ["nn.Linear(steps, steps)", DEEP])
@pytest.mark.parametrize("line", ["x = x + torch.relu({})", "x = {} + x", "x += {}"])
def test_it_reads_the_steps_and_gives_them_back(made, line):
    found = mended(PROGRAM.format(made=made, line=line.format("self.time(x)")))
    right = PROGRAM.format(made=made, line=line.format("self.time(x.transpose(1, 2)).transpose(1, 2)"))
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "line"),
    [
        # What is added to nothing need not lie as it came.
        ("nn.Linear(steps, steps)", "x = self.time(x)"),
        # What gives fewer than it takes cannot be added.
        ("nn.Linear(steps, 4)", "x = x + self.time(x)"),
    ],
)
def test_where_it_is_not_given_back_it_is_left(made, line):
    found = mended(PROGRAM.format(made=made, line=line), most=1)
    assert not any(".transpose(1, 2)).transpose(1, 2)" in fix.title for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize("name", ["width", "hidden_size"])
def test_a_width_of_features_may_be_the_wrong_one(name):
    program = PROGRAM.format(made="nn.Linear(steps, steps)", line="x = x + self.time(x)").replace("steps", name)
    assert mended(program).doubts
