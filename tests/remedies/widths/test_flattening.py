"""A view of everything as one row, in front of a layer that reads samples."""

import pytest
from mended import mended, printed

GRAPHS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix, self.head = nn.Linear(5, 3), nn.Linear(8 * 3, 2)

        def forward(self, x, {graphs}):
            x = torch.relu(self.mix(x))
            return self.head({flat})

    print(Net()(torch.randn(4 * 8, 5), 4).sum(1).tolist())
"""


@pytest.mark.parametrize("flat", ["x.view(-1)", "x.flatten()", "x.reshape(-1)", "torch.flatten(x)"])
def test_rows_that_are_parts_of_samples_are_put_together(flat):
    found = mended(GRAPHS.format(graphs="graphs", flat=flat))
    assert found.output == printed(GRAPHS.format(graphs="graphs", flat="x.view(graphs, -1)"))
    assert found.diagnoses[0].slug == "batch_flattened"
    assert not found.doubts


def test_where_nothing_counts_the_samples_the_layer_does():
    program = GRAPHS.replace(", {graphs}", "").replace("5), 4)", "5))")
    found = mended(program.format(flat="x.view(-1)"))
    assert found.output == printed(program.format(flat="x.view(-1, 24)"))


def test_samples_that_are_rows_already_stay_so():
    program = "print(nn.Linear(12, 2)(torch.randn(5, 3, 4).{}).sum(1).tolist())"
    found = mended(f"x = torch.randn(5, 3, 4)\n{program.replace('torch.randn(5, 3, 4)', 'x')}".format("view(-1)"))
    assert found.changed == ["print(nn.Linear(12, 2)(x.flatten(1)).sum(1).tolist())"]
