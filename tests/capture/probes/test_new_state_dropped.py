"""Cells that a script wrote itself whose new state is handed on to nobody, beside what is told anew in each round."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.keep, self.new, self.out = nn.Linear(7, 4), nn.Linear(7, 4), nn.Linear(4, 1)
        self.start, self.about = nn.Parameter(torch.zeros(4)), nn.Linear(3, 4)

    def cell(self, x, h):
        both = torch.cat([x, h], 1)
        keep = self.keep(both).sigmoid()
        return keep * h + (1 - keep) * self.new(both).tanh()

    def forward(self, x):
        {first}
        outs = []
        for {turn}:
            {line}
            outs.append(self.out({read}))
        return torch.cat(outs, 1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 6, 3), torch.randn(5, 6)) for _ in range(2)]
"""
ZEROS, LEARNED, TOLD = "{} = x.new_zeros(5, 4)", "{} = self.start.expand(5, -1)", "{} = self.about(x[:, 0]).tanh()"
BY_ITEM, BY_NUMBER = "xt in x.unbind(1)", "t in range(6)"


def program(first: str, line: str, read: str, turn: str = BY_ITEM) -> str:
    return PROGRAM.format(first=first, line=line, read=read, turn=turn)


@pytest.mark.parametrize(
    ("first", "line", "read", "turn"),
    [
        (ZEROS.format("h"), "h_next = self.cell(xt, h)", "h_next", BY_ITEM),
        (ZEROS.format("state"), "y = self.cell(x[:, t], state)", "y", BY_NUMBER),
        (LEARNED.format("hidden"), "new = self.cell(xt, hidden)", "new", BY_ITEM),
        (ZEROS.format("h0") + "; h = h0", "h = self.cell(xt, h0)", "h", BY_ITEM),
        (TOLD.format("state"), "next_state = self.cell(x[:, t], state)", "next_state", BY_NUMBER),
        (LEARNED.format("hidden"), "hidden_t = self.cell(x[:, t], hidden)", "hidden_t", BY_NUMBER),
        (ZEROS.format("h"), "new_h = torch.tanh(self.about(xt) + self.out(h) * h + self.start)", "new_h", BY_ITEM),
    ],
)
def test_a_new_state_that_is_only_read_out(first, line, read, turn):
    assert slugs(program(first, line, read, turn)) == ["state_not_handed_on"]


def test_the_edit_hands_it_on():
    first, line = ZEROS.format("h"), "h_next = self.cell(xt, h)"
    ((_, (edit,)),) = audited(program(first, line, "h_next"))
    assert edit.splitlines() == [f"            {line}", "            h = h_next"]
    assert slugs(program(first, edit.strip(), "h_next")) == []


@pytest.mark.parametrize(
    ("first", "line", "read", "turn"),
    [
        # What all rounds are told.
        (TOLD.format("context"), "seen = self.cell(xt, context)", "seen", BY_ITEM),
        (LEARNED.format("base"), "token = base + self.about(xt)", "token", BY_ITEM),
        # What is said of a summary, or held against it, at each step.
        (TOLD.format("hidden"), "hidden_t = self.cell(x[:, t], hidden)", "hidden_t", BY_NUMBER),
        (TOLD.format("memory"), "memory_read = self.about(xt).sigmoid() * memory", "memory_read", BY_ITEM),
        # What may be done in one state of a world.
        (TOLD.format("state"), "next_state = self.cell(action, state)", "next_state", "action in x.unbind(1)"),
        (TOLD.format("h"), "new_h = self.cell(candidate, h)", "new_h", "candidate in x.unbind(1)"),
        # The leaves of a tree begin with nothing, and meet in the same cell.
        (
            ZEROS.format("h"),
            "h_leaf = self.cell(x[:, t], h)",
            "self.cell(x[:, 0], h_leaf) if t == 5 else h_leaf",
            BY_NUMBER,
        ),
        # It is handed on.
        (ZEROS.format("h"), "h = self.cell(xt, h)", "h", BY_ITEM),
    ],
)
def test_what_is_meant_is_left_alone(first, line, read, turn):
    assert slugs(program(first, line, read, turn)) == []
