"""What a round leaves with two axes in one, where the loop began with both."""

import pytest
from mended import mended, printed

PROGRAM = """
    cells = nn.ModuleList([nn.GRUCell(4, 6) for _ in range(2)])
    x = torch.randn(5, 3, 4)
    h = {begun}
    for t in range(5):
        new = [cell(x[t], {state}) for k, cell in enumerate(cells)]
        h = {left}
    print(h.sum().item())
"""


@pytest.mark.parametrize("state", ["h[k, :, :]", "h[k]"])
def test_the_rounds_leave_what_the_loop_began_with(state):
    begun = "torch.zeros(2, x.size(1), 6)"
    found = mended(PROGRAM.format(begun=begun, state=state, left="torch.cat(new)"), most=1)
    assert found.output == printed(PROGRAM.format(begun=begun, state=state, left="torch.stack(new)"))
    assert not found.doubts


def test_parts_that_lie_along_another_axis_are_not_mixed():
    program = PROGRAM.format(begun="torch.zeros(3, 2, 6)", state="h[:, k, :]", left="torch.cat(new)")
    found = mended(program, most=1)
    assert not any("reshape" in fix.title for fix in found.diagnoses[0].fixes)
    assert found.doubts
