"""A cell that a loop hands samples where its state has a row for each of them, and cells that are handed steps."""

import pytest
from mended import mended, printed

PROGRAM = """
    x, cell = torch.randn(2, 4, 3), nn.{kind}(3, 6)
    h = {state}
    for {loop}:
        h = cell({given}, h){last}
    print(round({read}.sum().item(), 4))
"""
STATES = {
    "GRUCell": {"state": "torch.zeros(2, 6)", "read": "h", "last": ""},
    "LSTMCell": {"state": "(torch.zeros(2, 6), torch.zeros(2, 6))", "read": "h[0]", "last": ""},
}


@pytest.mark.parametrize("kind", STATES)
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (("step in x", "step"), ("step in x.transpose(0, 1)", "step")),
        (("at, step in enumerate(x)", "step"), ("at, step in enumerate(x.transpose(0, 1))", "step")),
        (("t in range(len(x))", "x[t]"), ("t in range(x.size(1))", "x[:, t]")),
        (("t in range(x.shape[0])", "x[t]"), ("t in range(x.size(1))", "x[:, t]")),
        (("t in range(4)", "x[t]"), ("t in range(4)", "x[:, t]")),
    ],
)
def test_the_loop_goes_over_the_steps(kind, wrong, right):
    program = [PROGRAM.format(kind=kind, loop=loop, given=given, **STATES[kind]) for loop, given in (wrong, right)]
    found = mended(program[0])
    assert [each.slug for each in found.diagnoses] == ["swapped_batch_and_sequence"]
    assert found.output == printed(program[1])
    assert not found.doubts


def test_a_state_that_asks_for_the_axis_of_the_loop_leaves_a_doubt():
    how = {"kind": "GRUCell", "loop": "step in x", "given": "step", "read": "h", "last": ""}
    found = mended(PROGRAM.format(state="torch.zeros(x.size(0), 6)", **how))
    assert found.changed == ["for step in x.transpose(0, 1):"]
    assert found.doubts == [
        "the state asks for the axis that the loop goes over: either may be meant to be of the other one"
    ]


@pytest.mark.parametrize(
    ("named", "loop", "given"),
    [
        ("rows = x.size(0)", "step in x", "step"),
        ("rows, _, _ = x.shape", "step in x", "step"),
        ("rows = 2", "t in range(rows)", "x[t]"),
    ],
)
def test_a_state_made_with_a_name_of_that_axis_leaves_a_doubt(named, loop, given):
    how = {"kind": "GRUCell", "loop": loop, "given": given, "read": "h", "last": ""}
    program = PROGRAM.format(state="torch.zeros(rows, 6)", **how)
    assert mended(program.replace("h = ", f"{named}\n    h = ", 1)).doubts


def test_a_state_with_other_rows_is_what_is_wrong():
    how = {"kind": "GRUCell", "loop": "step in x.transpose(0, 1)", "given": "step", "read": "h", "last": ""}
    found = mended(PROGRAM.format(state="torch.zeros(5, 6)", **how))
    assert found.output == printed(PROGRAM.format(state="torch.zeros(2, 6)", **how))
    assert found.changed == ["h = torch.zeros(x.size(0), 6)"]


PAIR = """
    cell, x = nn.LSTMCell(3, 6), torch.randn(2, 4, 3)
    h, c = torch.zeros(2, 6), torch.zeros(2, 6)
    kept = []
    for t in range(x.size(1)):
        {h} = cell(x[:, t], (h, c))
        kept.append(h)
    print(round(torch.stack(kept, 1).sum().item(), 4))
"""


def test_both_states_of_a_cell_are_carried():
    found = mended(PAIR.format(h="h"))
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert found.output == printed(PAIR.format(h="h, c"))
    assert not found.doubts


UNBOUND = """
    x, cell, h = torch.randn(2, 4, 3), nn.GRUCell(3, 6), torch.zeros(2, 6)
    for each in x.unbind({}):
        h = cell(each, h)
    print(h.sum().item())
"""


def test_steps_that_are_taken_off_along_the_wrong_axis():
    found = mended(UNBOUND.format(0))
    assert found.output == printed(UNBOUND.format(1))
    assert not found.doubts
