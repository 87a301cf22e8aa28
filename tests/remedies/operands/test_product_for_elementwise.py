"""Two matrices multiplied number by number, of which a product of matrices can be made."""

import pytest
from mended import mended, printed

PROGRAM = """
x, y, w = torch.randn(8, 5), torch.randn(8, 5), nn.Parameter(torch.randn(5, 3))
h = nn.Parameter(torch.randn(5, 5))
u = torch.randn(5, 3, requires_grad=True)
q, k, v = torch.randn(2, 4, 6), torch.randn(2, 7, 6), torch.randn(2, 7, 6)
shares = (q @ k.transpose(1, 2)).softmax(-1)
print({line}.sum().item())
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("((x + 1) * w)", "((x + 1) @ w)"),
        ("torch.mul(x, u)", "torch.matmul(x, u)"),
        ("x.mul(w)", "x.matmul(w)"),
        ("(q * k.transpose(1, 2))", "(q @ k.transpose(1, 2))"),
        ("(shares * v)", "(shares @ v)"),
        ("(x @ w + (x * h) @ w)", "(x @ w + (x @ h) @ w)"),
    ],
)
def test_the_product_of_matrices_is_made(wrong, right):
    found = mended(PROGRAM.format(line=wrong))
    assert found.output == printed(PROGRAM.format(line=right))
    assert found.diagnoses[0].slug == "elementwise_for_product"
    assert not found.doubts


@pytest.mark.parametrize(
    "line",
    [
        "(x * y.t())",
        "(x * torch.rand(5, 3))",
        # Of a square mask or table some rows may have been forgotten to be taken.
        "((q @ k.transpose(1, 2)).softmax(-1) * torch.ones(7, 7).tril())",
        "((q @ k.transpose(1, 2)) * torch.rand(7, 6))",
        "(x * nn.Parameter(torch.rand(5, 5)))",
    ],
)
def test_what_may_be_meant_otherwise_is_in_doubt(line):
    [found] = mended(PROGRAM.format(line=line), most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if "@" in fix.title)
