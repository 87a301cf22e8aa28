"""The sum of lengths where the longest was meant."""

import pytest
from mended import mended, printed

PROGRAM = """
    def mask_of(lengths):
        return torch.arange({most})[None, :] < torch.as_tensor(lengths)[:, None]

    scores, lengths = torch.randn(3, {steps}), {lengths}
    print(round(scores.masked_fill(~mask_of(lengths), 0.0).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("lengths", "wrong", "right"),
    [
        ("torch.tensor([8, 5, 3])", "int(lengths.sum())", "int(lengths.max())"),
        ("[8, 5, 3]", "sum(lengths)", "max(lengths)"),
    ],
)
def test_it_is_as_long_as_the_longest(lengths, wrong, right):
    found = mended(PROGRAM.format(most=wrong, lengths=lengths, steps=8))
    assert found.output == printed(PROGRAM.format(most=right, lengths=lengths, steps=8))
    assert not found.doubts


def test_steps_that_are_not_as_many_as_the_longest_are_left():
    found = mended(PROGRAM.format(most="int(lengths.sum())", lengths="torch.tensor([7, 5, 3])", steps=8), most=1)
    assert not any(".max()" in fix.title for fix in found.diagnoses[0].fixes)


def test_rows_that_were_made_for_all_may_be_met_by_too_few():
    program = """
    lengths = torch.tensor([4, 2, 3])
    rows = nn.utils.rnn.pad_sequence([torch.ones(n, 2) for n in lengths])[:, 0]
    print((rows + torch.zeros(int(lengths.sum()), 2)).shape)
    """
    found = mended(program)
    assert found.output != "crashed"
    assert found.doubts
