"""Pairs of positions that stand one a row, where their two columns are taken by the numbers 0 and 1."""

import pytest
from mended import mended, printed

PROGRAM = """
    def score(z, pairs):
        return {text}
    pairs = torch.tensor({pairs}){turned}
    y = torch.tensor([1.0, 0.0, 1.0, 0.0, 1.0])
    print(F.binary_cross_entropy_with_logits(score(torch.randn(6, 4), pairs), y))
"""
PAIRS = "[(0, 1), (1, 2), (3, 4), (0, 5), (2, 5)]"


@pytest.mark.parametrize("text", ["(z[pairs[0]] * z[pairs[1]]).sum(-1)", "-(z[pairs[0]] - z[pairs[1]]).norm(dim=1)"])
def test_they_are_turned(text):
    found = mended(PROGRAM.format(text=text, pairs=PAIRS, turned=""))
    assert found.output == printed(PROGRAM.format(text=text, pairs=PAIRS, turned=".t()"))
    assert not found.doubts


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        # Only the first of them is taken, whoever they are.
        ("(z[pairs[0]] * z[:2]).sum(-1)", PAIRS),
        # Triples.
        ("(z[pairs[0]] * z[pairs[1]]).sum(-1)", "[(0, 1, 2), (3, 4, 5), (3, 4, 2), (0, 5, 1), (2, 5, 3)]"),
    ],
)
def test_what_holds_no_pairs_is_left(text, pairs):
    found = mended(PROGRAM.format(text=text, pairs=pairs, turned=""), most=1)
    assert not any("pairs" in fix.title and ".t()" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_both_places_are_turned_where_no_function_is_given_them():
    program = """
    x = torch.randn(6, 4)
    pairs = torch.tensor([(0, 1), (1, 2), (3, 4), (0, 5), (2, 5)]){turned}
    print(F.binary_cross_entropy_with_logits((x[pairs[0]] * x[pairs[1]]).sum(-1), torch.ones(5)))
    """
    found = mended(program.format(turned=""))
    assert found.output == printed(program.format(turned=".t()"))
    assert not found.doubts
