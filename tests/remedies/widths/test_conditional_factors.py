"""A factor for both directions that took the width with it."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(1)
    width, both = 6, {both}
    rnn = nn.LSTM(4, width, batch_first=True, bidirectional=both)
    head = nn.Linear({size}, 3)
    print(head(rnn(torch.randn(5, 7, 4))[0]).sum().item())
"""


@pytest.mark.parametrize("size", ["width * 2 if both else 1", "2 * width if both else 1"])
def test_otherwise_it_is_the_width(size):
    found = mended(PROGRAM.format(both=False, size=size))
    assert found.changed == [f"head = nn.Linear({size.replace('else 1', 'else width')}, 3)"]
    assert found.output == printed(PROGRAM.format(both=False, size="width"))
    assert found.doubts == []


@pytest.mark.parametrize("size", ["3 * width if both else width", "width + 2 if both else 1"])
def test_another_condition_stays(size):
    found = mended(PROGRAM.format(both=size.startswith("3"), size=size), most=1)
    assert not any(fix.title.startswith("... else") for each in found.diagnoses for fix in each.fixes)


def test_one_score_may_be_meant():
    program = """
    both = False
    scores = nn.Linear(5, 2 * 5 if both else 1)
    print(F.binary_cross_entropy_with_logits(scores(torch.randn(4, 5)), torch.rand(4)).item())
    """
    found = mended(program, most=1)
    assert found.doubts or not any("else 5" in line for line in found.changed)
