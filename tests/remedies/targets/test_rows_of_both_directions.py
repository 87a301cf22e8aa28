"""A view by the width of one direction of a layer that has two, found where the loss counts its rows."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, hidden=6):
            super().__init__()
            self.hidden = hidden
            self.rnn = nn.{layer}(5, hidden, batch_first=True, bidirectional=True)
            self.top = nn.Linear({wide}, 3)

        def forward(self, x):
            out, _ = self.rnn(x)
            out = out{same}.{how}(-1, {width})
            return self.top(out)

    labels = torch.randint(3, (4, 7))
    print(round(nn.functional.cross_entropy(Net()(torch.randn(4, 7, 5)), labels.view(-1)).item(), 4))
"""


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
@pytest.mark.parametrize(
    ("wide", "width", "right"),
    [("hidden", "self.hidden", ("2 * hidden", "2 * self.hidden")), ("6", "6", ("12", "12"))],
)
@pytest.mark.parametrize(("same", "how"), [("", "reshape"), (".contiguous()", "view")])
def test_the_view_and_the_linear_take_both_directions(layer, wide, width, right, same, how):
    parts = {"layer": layer, "same": same, "how": how}
    found = mended(PROGRAM.format(wide=wide, width=width, **parts))
    assert found.output == printed(PROGRAM.format(wide=right[0], width=right[1], **parts))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_rows_that_are_too_many_for_another_reason():
    parts = {"layer": "LSTM", "same": "", "how": "reshape", "wide": "12", "width": "12"}
    program = PROGRAM.format(**parts).replace("labels.view(-1)", "labels.view(-1)[::2]")
    (found,) = mended(program, most=1).diagnoses
    assert not any("12 -> " in fix.title for fix in found.fixes)
