"""Messages along edges that are added up where they begin, and where they are meant to be."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.message, self.own, self.out = nn.Linear(3, 6), nn.Linear(3, 6), nn.Linear(6, 1)
        self.weight = nn.Linear(6, 1)

    def forward(self, h, edges, lengths):
        {ends}
        {body}
        return self.out(torch.relu(self.own(h) + heard))[:, 0]


model = Layer()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
h, edges, lengths = torch.randn(9, 3), torch.randint(0, 9, (2, 14)), torch.rand(14, 1)
for _ in range(3):
    loss = F.mse_loss(model(h, edges, lengths), torch.randn(9))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ENDS = ["src, dst = edges", "src, dst = edges[0], edges[1]", "src, dst = edges.unbind(0)"]
ADDED = "sent = self.message(h)[{a}]; heard = sent.new_zeros(9, 6).index_add_(0, {b}, sent)"
SCATTERED = (
    "sent = self.message(h.index_select(0, {a})); "
    "heard = torch.zeros(9, 6).scatter_add(0, {b}.unsqueeze(1).expand(-1, 6), sent)"
)


def found(body, ends=ENDS[0]):
    return slugs(PROGRAM.format(ends=ends, body=body), "")


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("body", [ADDED, SCATTERED])
def test_rows_that_come_back_to_where_they_were_picked(ends, body):
    assert found(body.format(a="src", b="src"), ends) == ["sent_to_the_sender"]
    assert found(body.format(a="dst", b="dst"), ends) == ["sent_to_the_sender"]
    assert found(body.format(a="src", b="dst"), ends) == []
    assert found(body.format(a="dst", b="src"), ends) == []


def test_it_is_told_where_they_are_added_up():
    program = PROGRAM.format(ends=ENDS[0], body=ADDED.format(a="src", b="src").replace("; ", "\n        "))
    assert lines_told(program, "") == ["heard = sent.new_zeros(9, 6).index_add_(0, src, sent)"]


@pytest.mark.parametrize(
    "body",
    [
        # Both ends have a part in what goes back to one of them.
        "m = self.message(h); sent = m[src] * (m[src] * m[dst]).sum(1, keepdim=True); "
        "heard = torch.zeros(9, 6).index_add(0, src, sent)",
        "m = self.message(h); sent = m[src] - m[dst]; heard = torch.zeros(9, 6).index_add(0, src, sent)",
        # So has what is known of each edge.
        "sent = self.message(h)[src] * lengths; heard = torch.zeros(9, 6).index_add(0, src, sent)",
        # The spread of the items of each group about its mean; one end names the group, the other one is a number.
        "src, dst = edges; each = self.message(lengths.expand(-1, 3)) + 0 * h.sum(); "
        "mean = torch.zeros(9, 6).index_add(0, src, each); sent = mean[src].tanh(); "
        "heard = torch.zeros(9, 6).index_add(0, src, sent)",
        # Rows of one table for each group that they belong to.
        "group = edges[0, :9] % 4; heard = torch.zeros(4, 6).index_add(0, group, self.message(h))[group]",
    ],
)
def test_what_may_be_added_up_where_it_begins(body):
    assert "sent_to_the_sender" not in found(body)


def test_what_was_made_of_the_other_ends_before_may_bring_the_neighbours():
    body = "own = self.message(h); sent = own[src]; heard = torch.zeros(9, 6).index_add(0, src, sent) - near @ own"
    program = PROGRAM.format(ends="src = edges[0]", body=body)
    made = "near = F.one_hot(edges[0], 9).float().t() @ F.one_hot(edges[1], 9).float()\nfor _"
    assert slugs(program.replace("for _", made), "") == []


@pytest.mark.parametrize(
    "ends",
    [
        # Once for each large number of a row: the other ends are columns.
        "src, column = (h.abs() > 0.3).nonzero().t()",
        "src = edges[0]; column = edges[1] % 3; src, column = torch.stack([src, column])",
    ],
)
def test_rows_that_are_named_beside_columns(ends):
    assert found(ADDED.format(a="src", b="src"), ends) == []
