"""Degrees that scale a graph with loops: counted with them, without them, or with one more by hand."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BODY = """
n = 7
A = ((torch.rand(n, n) < 0.4).float() + torch.eye(n).roll(1, 0) > 0).float()
edge = A.nonzero().t()
{norm}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 5), nn.Linear(5, 2)

    def forward(self, x):
        return {spread}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(n, 3), torch.randn(n, 2)) for _ in range(3)]
"""
DENSE = "self.two(norm @ self.one(x).relu())"
SPARSE = "self.two(torch.zeros(n, 5).index_add(0, dst, w[:, None] * self.one(x)[src]))"
LOOPS = "loop = torch.arange(n); all_edges = torch.cat([edge, torch.stack([loop, loop])], 1); src, dst = all_edges; "
COUNT = "d = torch.zeros(n).scatter_add(0, {}, torch.ones(len({}))).pow(-0.5); w = d[src] * d[dst]"


@pytest.mark.parametrize(
    ("norm", "is_told"),
    [
        ("D = torch.diag(A.sum(1)).inverse().sqrt(); norm = D @ (A + torch.eye(n)) @ D", True),
        ("H = A + torch.eye(n); D = torch.diag(H.sum(1)).inverse().sqrt(); norm = D @ H @ D", False),
        ("D = torch.diag(A.sum(1)).inverse().sqrt(); norm = D @ A @ D + torch.eye(n)", False),
        ("d = (A.sum(1) + 1).rsqrt(); norm = d[:, None] * (A + torch.eye(n)) * d", False),
        ("d = (A.sum(1) + 1e-6).rsqrt(); norm = d[:, None] * (A + torch.eye(n)) * d", True),
        ("d = A.sum(1) ** -0.5; d[torch.isinf(d)] = 0; A += torch.eye(n); norm = d.view(-1, 1) * A * d", True),
        ("A += torch.eye(n); d = A.sum(1) ** -0.5; d[torch.isinf(d)] = 0; norm = d.view(-1, 1) * A * d", False),
        ("deg = A.sum(1, keepdim=True); norm = A.clone().fill_diagonal_(1) / deg", True),
        ("H = A.clone().fill_diagonal_(1); norm = H / H.sum(1, keepdim=True)", False),
        ("norm = A / A.sum(1, keepdim=True)", False),
        # Loops that are there already, degrees that are numbers of the nodes, and edges that weigh as much as these.
        ("A.fill_diagonal_(1); d = A.sum(1).rsqrt(); norm = d[:, None] * torch.maximum(A, torch.eye(n)) * d", False),
        ("H = A + torch.eye(n); seen = H @ A.sum(1).pow(-1).unsqueeze(1); norm = H + 0 * seen", False),
        ("norm = (A + torch.eye(n)) * A.sum(1, keepdim=True)", False),
    ],
)
def test_degrees_of_a_matrix_count_its_loops(norm, is_told):
    assert slugs(BODY.format(norm=norm, spread=DENSE)) == ["degrees_without_loops"] * is_told


@pytest.mark.parametrize(
    ("norm", "is_told"),
    [
        (LOOPS + COUNT.format("edge[1]", "edge[1]"), True),
        (LOOPS + COUNT.format("dst", "dst"), False),
        ("row, col = edge; " + LOOPS + COUNT.format("row", "row"), True),
        (LOOPS + "d = (torch.bincount(edge[1], minlength=n) + 1.0).rsqrt(); w = d[src] * d[dst]", False),
        (LOOPS + "d = torch.bincount(edge[1], minlength=n).float().rsqrt(); w = d[src] * d[dst]", True),
        ("src, dst = edge; " + COUNT.format("dst", "dst"), False),
        # A count that begins at the loop, and one that scales nothing down.
        (LOOPS + COUNT.format("edge[1]", "edge[1]").replace("zeros", "ones"), False),
        (LOOPS + "w = torch.bincount(edge[1], minlength=n)[dst].float().add(1).log()", False),
        (LOOPS + "d = torch.bincount(edge[1], minlength=n); w = (d[src] * d[dst]).float().rsqrt()", True),
    ],
)
def test_degrees_of_a_list_of_edges_count_its_loops(norm, is_told):
    assert slugs(BODY.format(norm=norm, spread=SPARSE)) == ["degrees_without_loops"] * is_told


def test_it_is_told_where_the_degrees_are_counted():
    norm = "deg = A.sum(1)\nd = deg.rsqrt()\nnorm = d[:, None] * (A + torch.eye(n)) * d"
    assert lines_told(BODY.format(norm=norm, spread=DENSE)) == ["deg = A.sum(1)"]
