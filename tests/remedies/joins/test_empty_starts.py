"""An empty array or tensor to which parts are joined."""

import pytest
from mended import mended, printed

LOOP = """
    import numpy as np
    net, x = nn.Linear(4, 3), torch.randn(11, 4)
    found = {start}
    with torch.no_grad():
        for part in x.split(5):
            scores = net(part).softmax(1)
            found = {join}
    print(tuple(found.shape), round(float(found.sum()), 4){more})
"""


@pytest.mark.parametrize(
    ("start", "right", "join"),
    [
        ("np.empty((0, 1))", "np.empty(0)", "np.concatenate([found, scores.numpy().argmax(1)])"),
        ("np.zeros((0, 1))", "np.zeros(0)", "np.concatenate((found, scores.numpy().argmax(1)), axis=0)"),
        ("np.empty((0, 1))", "np.empty((0, 3))", "np.concatenate([found, scores.numpy()])"),
        ("np.empty((0, 1))", "np.empty((0, 3))", "np.vstack([found, scores.numpy()])"),
        ("torch.empty(0, 1)", "torch.empty(0, 3)", "torch.cat([found, scores])"),
        ("torch.empty((0, 1))", "torch.empty(0)", "torch.cat([found, scores.argmax(1)])"),
    ],
)
def test_a_beginning_has_the_axes_of_its_parts(start, right, join):
    found = mended(LOOP.format(start=start, join=join, more=""))
    assert found.output == printed(LOOP.format(start=right, join=join, more=""))
    assert not found.doubts


def test_columns_that_are_read_leave_it_open():
    join = "np.concatenate([found, scores.numpy().argmax(1)])"
    found = mended(LOOP.format(start="np.empty((0, 1))", join=join, more=", found[:, 0].mean()"), most=1)
    assert found.changed == ["found = np.empty(0)"]
    assert found.doubts == ["its columns are read elsewhere, and the parts may be meant to have some"]


@pytest.mark.parametrize("start", ["torch.empty(0, 5)", "torch.empty(0, x.size(1))"])
def test_other_columns_may_be_what_the_parts_lack(start):
    found = mended(LOOP.format(start=start, join="torch.cat([found, scores])", more=""), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "begun" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


@pytest.mark.parametrize("start", ["np.zeros((2, 1))", "np.random.rand(3, 1)"])
def test_what_holds_something_is_no_beginning(start):
    found = mended(LOOP.format(start=start, join="np.concatenate([found, scores.numpy().argmax(1)])", more=""), most=1)
    assert not any("begun" in fix.title for fix in found.diagnoses[0].fixes)
