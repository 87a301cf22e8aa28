"""The first of what a layer gives, taken of the tensor alone."""

import pytest
from mended import mended, printed

PROGRAM = """
    def pooled(outputs):
        return {pool}

    rnn, head = nn.GRU(4, 12{first}), nn.Linear(12, 3)
    out, _ = rnn(torch.randn(5, 7, 4))
    print(head(pooled(out)).sum().item())
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("outputs[0][:, -1]", "outputs[:, -1]"),
        ("outputs[0].mean(dim=1)", "outputs.mean(dim=1)"),
        ("outputs[0][:, -1, :]", "outputs[:, -1, :]"),
    ],
)
def test_a_step_of_all_samples_is_taken_of_the_tensor(wrong, right):
    found = mended(PROGRAM.format(pool=wrong, first=", batch_first=True"), most=1)
    assert found.output == printed(PROGRAM.format(pool=right, first=", batch_first=True"))
    assert not found.doubts


def test_the_first_step_may_be_meant_where_the_samples_are_not_told_to_come_first():
    assert mended(PROGRAM.format(pool="outputs[0][:, -1]", first=""), most=1).doubts


def test_a_width_is_in_doubt_that_calls_before_spoke_against_or_that_counts_steps():
    program = """
        rnn, head = nn.GRU(4, 12, batch_first=True), nn.Linear(6, 3)
        for steps in (6, 9):
            out, _ = rnn(torch.randn(5, steps, 4))
            head({read})
    """
    assert mended(program.format(read="out.select(0, 0).select(1, 0)"), most=1).doubts
    assert mended(program.format(read="out.select(2, 0)"), most=1).doubts
