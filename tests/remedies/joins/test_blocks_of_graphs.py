"""Matrices of graphs of several sizes, put together for one batch."""

from mended import mended, printed

PROGRAM = """
    def together(graphs):
        rows, links = zip(*graphs)
        return {text}
    graphs = [(torch.randn(n, 4), (torch.rand(n, n) > 0.5).float()) for n in (3, 5, 4)]
    x, links = together(graphs)
    print(x.shape, links.shape)
"""


def test_they_lie_along_a_diagonal_where_their_rows_are_joined():
    found = mended(PROGRAM.format(text="torch.cat(rows), torch.cat(links)"))
    assert found.output == printed(PROGRAM.format(text="torch.cat(rows), torch.block_diag(*links)"))
    assert not found.doubts


def test_where_nothing_has_all_of_their_rows_they_may_be_filled_up():
    found = mended(PROGRAM.format(text="None, torch.stack(links)"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "block_diag" in fix.title)


def test_matrices_that_are_not_square_are_left():
    found = mended("a, b = torch.ones(3, 2), torch.ones(4, 5)\nx = torch.ones(7, 2)\nprint(torch.cat([a, b]))", most=1)
    assert not any("block_diag" in fix.title for each in found.diagnoses for fix in each.fixes)
