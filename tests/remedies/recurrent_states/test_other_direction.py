"""One direction of a state is joined with all of the state: the other direction is what is left."""

import pytest
from mended import mended, printed

PROGRAM = """
    rnn, fc = nn.GRU(5, 6, {layers}, bidirectional=True), nn.Linear(12, 2)
    _, h = rnn(torch.randn(7, 4, 5))
    print(round(fc(torch.cat({joined}, dim=1)).sum().item(), 4))
"""


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("wrong", "right"), [("[h[-2], h]", "[h[-2], h[-1]]"), ("(h, h[-1])", "(h[-2], h[-1])")])
def test_the_other_of_the_last_two_is_taken(wrong, right, layers):
    found = mended(PROGRAM.format(layers=layers, joined=wrong))
    assert right in found.text
    assert found.output == printed(PROGRAM.format(layers=layers, joined=right))
    assert not found.doubts


@pytest.mark.parametrize(("wrong", "right"), [("[h[0], h]", "[h[0], h[1]]"), ("[h, h[1]]", "[h[0], h[1]]")])
def test_of_two_rows_the_other_is_taken(wrong, right):
    found = mended(PROGRAM.format(layers=1, joined=wrong))
    assert right in found.text
    assert not found.doubts


def test_of_more_rows_the_first_two_say_nothing():
    found = mended(PROGRAM.format(layers=2, joined="[h[0], h]"), most=1)
    assert all(fix.title != "h[1]" for each in found.diagnoses for fix in each.fixes)


@pytest.mark.parametrize(
    "program",
    [
        # Two layers that go the same way.
        PROGRAM.format(layers=2, joined="[h, h[-1]]").replace(", bidirectional=True", ""),
        # No state at all.
        "x = torch.randn(6, 4, 5)\nprint(torch.cat([x, x[-1]], 1).shape)",
    ],
)
def test_without_directions_it_is_in_doubt(program):
    assert mended(program, most=1).doubts


@pytest.mark.parametrize("along", ["", ", 0", ", dim=0"])
@pytest.mark.parametrize("which", ["0", "-1"])
def test_rows_put_behind_rows_are_no_directions(along, which):
    found = mended(f"x = torch.randn(2, 4, 5)\nprint(torch.cat([x, x[{which}]]{along}).shape)", most=1)
    others = {"x[1]", "x[-2]"}
    assert not others & {fix.title for each in found.diagnoses for fix in each.fixes}
