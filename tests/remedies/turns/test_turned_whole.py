"""``x.T`` of what has samples in front of its matrices."""

import pytest
from mended import mended, printed

pytestmark = pytest.mark.filterwarnings("ignore:The use of `x.T`:UserWarning")


@pytest.mark.parametrize(
    ("program", "bad", "good"),
    [
        ("q = k = torch.randn(2, 5, 8)\nprint((q @ @@).sum((0, 1)).tolist())", "k.T", "k.mT"),
        ("q = k = torch.randn(2, 3, 5, 4)\nprint(torch.matmul(q, @@).sum((0, 1, 2)).tolist())", "k.T", "k.mT"),
        ("x = torch.randn(3, 4, 6)\nprint(nn.Conv1d(6, 5, 3)(@@).sum((0, 2)).tolist())", "x.T", "x.mT"),
        (
            "import numpy as np\nf = np.arange(24.0).reshape(2, 3, 4)\nprint((f @ @@).tolist())",
            "f.T",
            "f.swapaxes(1, 2)",
        ),
    ],
)
def test_each_matrix_is_turned_by_itself(program, bad, good):
    found = mended(program.replace("@@", bad))
    assert found.output == printed(program.replace("@@", good))
    assert not found.doubts


PAIRS = """
    def scores(x, u, v):
        left, right = x @ u, x @ v
        return torch.tanh(left + {})

    x = torch.randn(4, 7, 5)
    e = scores(x, torch.randn(5, 1), torch.randn(5, 1))
    a = torch.where(torch.rand(4, 7, 7) < 0.5, e, torch.zeros(4, 7, 7)).softmax(-1)
    print(round(((a @ x).std(1) * torch.arange(5)).sum().item(), 4))
"""


def test_a_sum_of_each_with_each_is_turned_by_itself():
    found = mended(PAIRS.format("right.T"))
    assert found.output == printed(PAIRS.format("right.mT"))
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # A matrix alone, and what was turned to be read backwards.
        "x, w = torch.randn(3, 4), torch.randn(4, 5)\nprint((x @ w.T).shape)",
        "x, w = torch.randn(3, 4, 2), torch.randn(7, 5)\nprint((x.T @ w).shape)",
    ],
)
def test_other_turns_are_left(program):
    found = mended(program, most=1)
    assert not any(".transpose(-2, -1)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
