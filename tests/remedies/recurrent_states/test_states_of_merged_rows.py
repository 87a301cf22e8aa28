"""A state laid out (samples, parts, hidden) beside rows that hold all parts of all samples."""

import pytest
from mended import mended, printed

STEPPED = """
    cell, x = nn.{kind}(3, 6), torch.rand(5, 4, 7, 3)
    h, c = torch.rand({sizes}, 6), torch.rand({sizes}, 6)
    for t in range(7):
        {line}
    print(round(h.sum().item(), 4))
"""
GRU = ("GRUCell", "h = cell(x[:, :, t].flatten(0, 1), h{0})")
LSTM = ("LSTMCell", "h, c = cell(x[:, :, t].reshape(20, 3), (h{0}, c{0}))")


@pytest.mark.parametrize(("kind", "line"), [GRU, LSTM])
def test_it_is_merged_as_the_rows_are(kind, line):
    found = mended(STEPPED.format(kind=kind, sizes="5, 4", line=line.format("")), most=1)
    assert found.output == printed(STEPPED.format(kind=kind, sizes="5, 4", line=line.format(".reshape(-1, 6)")))
    assert not found.doubts


def test_a_state_of_other_parts_is_left():
    found = mended(STEPPED.format(kind=GRU[0], sizes="5, 3", line=GRU[1].format("")), most=1)
    assert not any("reshape(-1" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
