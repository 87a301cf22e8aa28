"""A packed sequence has four fields, also for who wants the first two."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pack_padded_sequence

    cell = nn.GRUCell(5, 8)

    def walk(packed, hidden):
        {first}, {second}{more} = packed
        start = 0
        for many in {second}.tolist():
            new = cell({first}[start : start + many], hidden[:many])
            hidden, start = torch.cat((new, hidden[many:])), start + many
        return hidden

    print(walk(pack_padded_sequence(torch.randn(6, 3, 5), [6, 4, 1]), torch.zeros(3, 8)).sum().item())
"""


@pytest.mark.parametrize("second", ["batch_sizes", "sizes", "batches", "bs"])
def test_the_other_fields_are_left_over(second):
    found = mended(PROGRAM.format(first="steps", second=second, more=""))
    assert found.output == printed(PROGRAM.format(first="steps", second=second, more=", *_"))
    assert not found.doubts


def test_where_lengths_are_named_they_may_be_meant():
    found = mended(PROGRAM.format(first="steps", second="lengths", more=""), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes if "*_" in fix.title)
