"""Square matrices: an identity of another size, and a vector that divides rows and columns."""

import pytest
from mended import mended, printed

ALIKE = """
    def alike(a, b):
        n = a.size(0)
        z = torch.cat([a, b])
        s = z @ z.t()
        {line}
        return s
    print(alike(torch.randn(5, 3), torch.randn(5, 3)).softmax(1).sum(0))
"""


@pytest.mark.parametrize(
    "line",
    [
        "s = s.masked_fill(torch.eye({n}, dtype=torch.bool), -1e9)",
        "own = torch.eye({n}).bool(); s = s.masked_fill(own, -1e9)",
        "s = s - 1e9 * torch.eye({n})",
    ],
)
def test_an_identity_is_as_large_as_what_it_meets(line):
    found = mended(ALIKE.format(line=line.format(n="n")))
    assert found.output == printed(ALIKE.format(line=line.format(n="2 * n")))
    assert not found.doubts


def test_an_identity_beside_what_is_not_square_is_left():
    found = mended("x = torch.randn(6, 4)\nprint(x + torch.eye(3))", most=1)
    assert not any("torch.eye" in fix.title for each in found.diagnoses for fix in each.fixes)


LEVELLED = """
    adj = ((torch.arange(36).view(6, 6) % 5) < 2).float() + torch.eye(6)
    d = {made}
    print({text})
"""


@pytest.mark.parametrize("made", ["adj.sum(1).pow(-0.5)", "adj.sum(1) ** -0.5", "1 / adj.sum(1)", "adj.sum(1).rsqrt()"])
def test_what_divides_rows_and_columns_is_a_diagonal(made):
    found = mended(LEVELLED.format(made=made, text="torch.mm(torch.mm(d, adj), d)"))
    right = LEVELLED.format(made=made, text="torch.diag(d) @ adj @ torch.diag(d)")
    assert found.output == printed(right)
    assert not found.doubts


def test_another_vector_may_be_meant_as_one():
    found = mended(LEVELLED.format(made="adj[0] * 0.5", text="torch.mm(d, adj)"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "diag" in fix.title)


@pytest.mark.parametrize(
    "line",
    ["print((s * torch.eye(4)).sum())", "w = torch.randn(9, 4)\n    print((w @ w.t() - torch.eye(4)).pow(2).sum())"],
)
def test_what_is_picked_or_wanted_may_be_another_matrix(line):
    found = mended(f"""
    z = torch.cat([torch.randn(4, 3), torch.randn(4, 3)])
    s = z @ z.t()
    {line}
    """)
    assert found.doubts or not any("torch.eye" in each for each in found.changed)
