"""A loop whose last round has no step behind its own."""

import pytest
from mended import mended, printed

NEXT = """
    torch.manual_seed(2)
    cell, head, x = nn.GRUCell(4, 9), nn.Linear(9, 4), torch.randn({shape}, 4)
    h, total = torch.zeros(6, 9), 0.0
    for t in range({rounds}):
        h = cell(x[{now}], h)
        total = total + F.mse_loss(head(h), x[{then}])
    print(total.item())
"""


@pytest.mark.parametrize(
    ("shape", "rounds", "fewer", "now", "then"),
    [
        ("6, 5", "x.size(1)", "x.size(1) - 1", ":, t", ":, t + 1"),
        ("6, 5", "x.shape[1]", "x.shape[1] - 1", ":, t, :", ":, t + 1, :"),
        ("5, 6", "len(x)", "len(x) - 1", "t", "t + 1"),
        ("5, 6", "0, 5", "0, 4", "t", "t + 1"),
    ],
)
def test_a_step_that_is_to_give_the_next_one(shape, rounds, fewer, now, then):
    found = mended(NEXT.format(shape=shape, rounds=rounds, now=now, then=then))
    assert found.changed == [f"for t in range({fewer}):"]
    assert found.output == printed(NEXT.format(shape=shape, rounds=fewer, now=now, then=then))


FORCED = """
    torch.manual_seed(2)
    cell, head, gold = nn.GRUCell(4, 9), nn.Linear(9, 4), torch.randn(6, 5, 4)
    h, given, out = torch.zeros(6, 9), {first}, []
    given = {first}
    for k in range(5):
        h = cell(given, h)
        out.append(head(h))
        given = {then}
    print(torch.stack(out, 1).sum().item())
"""


@pytest.mark.parametrize("then", ["gold[:, {}]", "gold[:, {}] if k < 9 else out[-1]", "gold[:, {}].detach()"])
def test_what_goes_into_the_next_round_is_the_step_of_this_one(then):
    found = mended(FORCED.format(first="torch.zeros(6, 4)", then=then.format("k + 1")))
    assert found.changed == [f"given = {then.format('k')}"]
    assert found.output == printed(FORCED.format(first="torch.zeros(6, 4)", then=then.format("k")))


def test_what_begins_with_the_first_step_of_the_same_is_not_decided():
    text = FORCED.format(first="gold[:, 0]", then="gold[:, k + 1]")
    fixes = mended(text, most=1).diagnoses[0].fixes
    assert "given = gold[:, k]" not in [edit.replacement.strip() for fix in fixes for edit in fix.edits]


def test_the_step_that_is_handed_on_is_this_round_s_where_the_first_one_is_given():
    program = """
    def decode(cell, frame, future, teach):
        h, guesses = torch.zeros(4, 5), []
        for t in range(3):
            h = cell(frame, h)
            guesses.append(h)
            frame = future[:, {step}] if teach else h
        return torch.stack(guesses, 1)

    future = torch.randn(4, 3, 5)
    print(decode(nn.GRUCell(5, 5), torch.zeros(4, 5), future, True).sum().item())
    """
    found = mended(program.format(step="t + 1"))
    assert found.changed == ["frame = future[:, t] if teach else h"]
    assert found.output == printed(program.format(step="t"))


@pytest.mark.parametrize(
    ("line", "is_one_less"),
    [
        ("total = total + F.mse_loss(w[:, t], x[:, t + 1])", True),
        # Weights of the steps are as likely to be meant for this step as for the next one.
        ("total = total + (w[:, t] * x[:, t + 1]).sum()", False),
    ],
)
def test_a_loss_holds_this_round_against_the_next_one(line, is_one_less):
    program = f"""
    w, x, total = torch.rand(3, 5), torch.randn(3, 5), 0.0
    for t in range(5):
        {line}
    print(total.item())
    """
    titles = [fix.title for fix in mended(program, most=1).diagnoses[0].fixes]
    assert ("range up to 4" in titles) is is_one_less
