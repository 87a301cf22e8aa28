"""What is said of each step, beside what holds the step behind it."""

import pytest
from mended import mended, printed

PROGRAM = """
    net, ids = nn.Sequential(nn.Embedding(9, 6), nn.Linear(6, 9), nn.Sigmoid()), torch.randint(0, 9, (4, 7))
    said = net({given})
    print(round(({said} * F.one_hot({beside}, 9)).sum().item(), 4))
"""


@pytest.mark.parametrize(("beside", "right"), [("ids[:, 1:]", "said[:, :-1]"), ("ids[:, :-1]", "said[:, 1:]")])
def test_the_step_that_has_no_other_beside_it_is_left_out(beside, right):
    found = mended(PROGRAM.format(given="ids", said="said", beside=beside))
    assert found.output == printed(PROGRAM.format(given="ids", said=right, beside=beside))
    assert not found.doubts


def test_of_other_items_neither_end_is_told():
    found = mended(PROGRAM.format(given="ids", said="said", beside="torch.randint(0, 9, (4, 7))[:, 1:]"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if fix.title.startswith("said["))
