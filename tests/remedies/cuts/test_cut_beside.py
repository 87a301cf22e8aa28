"""Operands that were not cut along with their siblings get the same samples."""

import pytest
from mended import mended, printed

POLICY = """
    class Player(nn.Module):
        def __init__(self):
            super().__init__()
            self.core, self.top = nn.{kind}(4, 6), nn.Linear(6, 2)

        def forward(self, seen, state):
            steps, _ = self.core(seen, state)
            return self.top(steps)


    player = Player()
    store = {{"seen": torch.randn(7, 9, 4), "gain": torch.randn(7, 9, 2)}}
    begun = {begun}
    for who in torch.randperm(9).split(3):
        given = store["seen"][:, who]
        print(round(((player(given, {state}) - store["gain"][:, who]) ** 2).mean().item(), 4))
"""


@pytest.mark.parametrize(
    ("kind", "begun", "right"),
    [
        ("GRU", "torch.randn(1, 9, 6)", "begun[:, who]"),
        ("LSTM", "torch.randn(1, 9, 6), torch.randn(1, 9, 6)", "tuple(each[:, who] for each in begun)"),
    ],
)
def test_a_state_is_cut_as_its_input(kind, begun, right):
    found = mended(POLICY.format(kind=kind, begun=begun, state="begun"))
    assert found.output == printed(POLICY.format(kind=kind, begun=begun, state=right))
    assert right in found.changed[0]
    assert not found.doubts


ROWS = """
    rows, wanted, known = torch.randn(24, 5), torch.randint(0, 3, (24,)), torch.randn(24, 3)
    weights, kept = torch.rand(24), torch.arange(24) % 3 == 0
    net = nn.Linear(5, 3)
    for begin in range(0, 24, 8):
        {picked}
        {line}
        print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    ("picked", "index"),
    [("", "begin : begin + 8"), ("picked = torch.randperm(24)[:8]", "picked"), ("", "kept")],
)
@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("loss = F.cross_entropy(net(rows[{0}]), {1})", "wanted"),
        ("loss = (F.cross_entropy(net(rows[{0}]), wanted[{0}], reduction='none') * {1}).mean()", "weights"),
        ("loss = torch.cat([net(rows[{0}]), {1}], 1).mean()", "known"),
        ("scores = net(rows[{0}]); loss = (scores - {1}).abs().mean()", "known"),
    ],
)
def test_rows_are_cut_as_those_beside_them(picked, index, line, whole):
    parts = {"picked": picked or "pass"}
    found = mended(ROWS.format(line=line.format(index, whole), **parts))
    assert found.output == printed(ROWS.format(line=line.format(index, f"{whole}[{index}]"), **parts))
    assert not found.doubts


def test_a_state_that_is_carried_into_a_smaller_batch_is_no_sibling():
    program = """
        core, rows = nn.GRU(3, 4, batch_first=True), torch.randn(10, 5, 3)
        state = torch.zeros(1, 4, 4)
        for begin in range(0, 10, 4):
            out, state = core(rows[begin : begin + 4], state{cut})
            print(round(out.sum().item(), 4))
    """
    found = mended(program.format(cut=""))
    assert "state[begin" not in found.changed[0]
    assert found.output == printed(program.format(cut="[:, : rows[begin : begin + 4].size(0)].contiguous()"))
