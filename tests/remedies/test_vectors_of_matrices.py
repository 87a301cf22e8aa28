"""A vector for each matrix, where the matrices have more axes in front than one."""

import pytest
from mended import mended, printed

PROGRAM = """
    votes, seen = torch.randn({votes}), torch.randn({seen})
    y = {text}
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("votes", "seen", "wrong", "right"),
    [
        ("1, 7, 3, 5, 4", "2, 7, 1, 4", "(votes @ seen).squeeze(-1)", "(votes @ seen.unsqueeze(-1)).squeeze(-1)"),
        ("2, 7, 5, 4", "2, 7, 4", "votes @ seen", "(votes @ seen.unsqueeze(-1)).squeeze(-1)"),
    ],
)
def test_each_is_a_column(votes, seen, wrong, right):
    found = mended(PROGRAM.format(votes=votes, seen=seen, text=wrong))
    assert found.output == printed(PROGRAM.format(votes=votes, seen=seen, text=right))
    assert not found.doubts


def test_a_single_row_beside_matrices_may_be_turned():
    found = mended(PROGRAM.format(votes="6, 5, 4", seen="1, 4", text="votes @ seen"), most=1)
    assert found.diagnoses[0].slug != "vectors_as_one_matrix"
