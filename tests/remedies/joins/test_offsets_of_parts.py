"""Positions in parts that are put one behind the other."""

import pytest
from mended import mended, printed

GRAPHS = """
    def together(graphs):
        rows, pairs, begin = [], [], 0
        for x, edges in graphs:
            rows.append(x)
            {put}
        return torch.cat(rows), torch.cat(pairs, dim=1)

    def ring(n):
        at = torch.arange(n)
        return torch.randn(n, 5), torch.cat([torch.stack([at, (at + k) % n]) for k in (1, 2)], 1)

    x, (source, target) = together([ring(4), ring(6), ring(3)])
    h = nn.Linear(5, 4)(x)
    out = torch.zeros_like(h).index_add(0, target, h[source])
    print(tuple(out.shape), round((out.std(0) * torch.arange(4)).sum().item(), 4))
"""
PUT = "pairs.append(edges + begin)\n            begin += "


@pytest.mark.parametrize(
    "put",
    [
        PUT + "edges.size(1)",
        PUT + "edges.numel()",
        PUT.replace("edges + begin", "begin + edges") + "len(edges[0])",
        # Counted on before it is added.
        "begin += len(x)\n            pairs.append(edges + begin)",
        "begin += x.size(0)\n            pairs.append(edges + begin)",
    ],
)
def test_each_part_begins_where_the_rows_before_it_end(put):
    found = mended(GRAPHS.format(put=put))
    assert found.output == printed(GRAPHS.format(put=PUT + "len(x)"))
    assert not found.doubts


def test_arrays_are_put_together_so_too():
    program = """
    import numpy as np

    rows, faces, begin = [], [], 0
    for n in (3, 5, 4):
        v, f = np.arange(2.0 * n).reshape(n, 2), np.stack([np.arange(n), (np.arange(n) + 1) % n])
        rows.append(v)
        faces.append(f + begin)
        begin += {}
    v, f = np.concatenate(rows), np.concatenate(faces, 1)
    print(v[f[0]].sum() + v[f[1]].std())
    """
    found = mended(program.format("f.size"))
    assert found.output == printed(program.format("len(v)"))
    assert not found.doubts


def test_two_things_that_are_put_together_leave_a_doubt():
    put = "u = edges[0]\n            others.append(u)\n            " + PUT + "edges.numel()"
    program = GRAPHS.format(put=put).replace("rows, pairs, begin = [],", "rows, pairs, others, begin = [], [],")
    program = program.replace("torch.cat(rows), torch.cat", "torch.cat(rows) + torch.cat(others).sum(), torch.cat")
    fixes = [fix for fix in mended(program, most=1).diagnoses[0].fixes if "begin += len" in fix.title]
    assert fixes
    assert all(fix.doubt for fix in fixes)


@pytest.mark.parametrize(
    ("row", "right"),
    [("nodes.append(g['x'])", "len(g['x'])"), ("nodes.append(torch.ones(n, 2))", "n"), ("nodes.append(x)", "len(x)")],
)
def test_the_rows_are_told_as_what_is_put_on_the_list(row, right):
    program = """
    nodes, edges, begin = [], [], 0
    for n in (4, 3, 5):
        x = torch.arange(2.0 * n).view(n, 2)
        g = {"x": x, "e": torch.arange(3 * n) % n}
        @@
        edges.append(g["e"] + begin)
        begin += ##
    h, e = torch.cat(nodes), torch.cat(edges)
    print(h[e].std().item())
    """.replace("@@", row)
    found = mended(program.replace("##", "3 * n"))
    assert found.output == printed(program.replace("##", right))
    assert not found.doubts


def test_what_is_known_by_a_name_alone_is_left():
    program = """
    nodes, edges, begin = [], [], 0
    for n, many in ((4, 4), (3, 3)):
        nodes.append(torch.ones(n, 2))
        edges.append(torch.tensor([0, 9]) + begin)
        begin += many
    print(torch.cat(nodes)[torch.cat(edges)].sum())
    """
    assert not any("begin +=" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize("moved", ["begin - edges", "edges + begin - len(x)"])
def test_positions_that_are_counted_from_the_end_of_a_part_stay_behind_the_count(moved):
    found = mended(GRAPHS.format(put=f"begin += len(x)\n            pairs.append(1 + {moved})"), most=1)
    assert not any("; begin += len(x)" in fix.title for each in found.diagnoses for fix in each.fixes)
