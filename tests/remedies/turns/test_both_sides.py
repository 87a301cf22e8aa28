"""A square matrix between a factor and the same turned round."""

import pytest
from mended import mended, printed

PROGRAM = """
    s, near = torch.randn({s}).softmax(-1), torch.rand({near})
    print({product}.shape, round({product}.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("s", "near", "wrong", "right"),
    [
        ("3, 9, 4", "3, 9, 9", "(s @ near @ s.transpose(1, 2))", "(s.transpose(1, 2) @ near @ s)"),
        ("9, 4", "9, 9", "(s @ near @ s.T)", "(s.T @ near @ s)"),
        ("4, 9", "9, 9", "(s.t() @ near @ s)", "(s @ near @ s.t())"),
        ("9, 4", "9, 9", "torch.mm(torch.mm(s, near), s.t())", "torch.mm(torch.mm(s.t(), near), s)"),
    ],
)
def test_the_outer_factors_are_exchanged(s, near, wrong, right):
    found = mended(PROGRAM.format(s=s, near=near, product=wrong.replace(" ", " ")).replace("{", ""), most=2)
    assert found.output == printed(PROGRAM.format(s=s, near=near, product=right))
    assert not found.doubts


@pytest.mark.parametrize(
    "product", ["(s @ near @ w.transpose(0, 1))", "(s @ near)", "(s @ wide @ s.transpose(0, 1))", "(near @ near @ w)"]
)
def test_other_products_are_no_change_of_sides(product):
    found = mended(
        f"""
        s, near, wide, w = torch.randn(9, 4), torch.rand(9, 9), torch.rand(9, 7), torch.randn(6, 4)
        print({product}.shape)
        """,
        most=1,
    )
    assert not any("in front and" in fix.title for fix in found.diagnoses[0].fixes)
