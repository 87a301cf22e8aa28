"""All steps in one row for a layer that reads one of them: the last step is meant, or all of them by a wider layer."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.rnn = nn.{kind}(3, hidden{first})
            self.head = {head}

        def forward(self, x):
            out, _ = self.rnn(x)
            return self.head(out{flat})

    torch.manual_seed(1)
    print(round(Net(6)(torch.randn(4, 5, 3)).sum().item(), 4))
"""
HEADS = ["nn.Linear(hidden, 2)", "nn.Sequential(nn.Linear(hidden, 7), nn.ReLU(), nn.Linear(7, 2))"]


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("first", "flat", "right"),
    [
        (", batch_first=True", ".reshape(x.size(0), -1)", "[:, -1]"),
        (", batch_first=True", ".contiguous().view(-1)", "[:, -1]"),
        (", batch_first=True", ".flatten(1)", "[:, -1]"),
        ("", ".flatten()", "[-1]"),
    ],
)
def test_the_last_step_is_read_in_doubt(kind, head, first, flat, right):
    parts = {"kind": kind, "head": head, "first": first}
    found = mended(PROGRAM.format(flat=flat, **parts), most=1)
    titles = {fix.title: fix.doubt for fix in found.diagnoses[0].fixes}
    assert titles.get(f"out{right}")
    if found.diagnoses[0].fixes[0].title == f"out{right}":
        assert found.output == printed(PROGRAM.format(flat=right, **parts))


def test_a_layer_of_another_width_is_not_for_one_step():
    parts = {"kind": "GRU", "head": "nn.Linear(5 * 5, 2)", "first": ", batch_first=True"}
    found = mended(PROGRAM.format(flat=".reshape(x.size(0), -1)", **parts), most=1)
    assert not any(fix.title == "out[:, -1]" for fix in found.diagnoses[0].fixes)
