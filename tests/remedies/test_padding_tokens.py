"""Tokens that are padded with a number for which the embedding has no row."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pad_sequence
    rows = [torch.tensor([3, 1, 4]), torch.tensor([5, 2]), torch.tensor([6, 2, 5, 3])]
    table = nn.Embedding(7, 5, {table})
    {made}
    {behind}
    print(table(tokens).sum(1).shape, table(tokens).sum().item())
"""
PADDED = "tokens = pad_sequence(rows, batch_first=True, padding_value={})"
FILLED = "tokens = torch.full((3, 4), {})\n    for at, row in enumerate(rows): tokens[at, :len(row)] = row"
EACH = "tokens = torch.stack([F.pad(row, (0, 4 - len(row)), value={}) for row in rows])"


@pytest.mark.parametrize("made", [PADDED, FILLED, EACH])
@pytest.mark.parametrize(("wrong", "padding"), [("-1", 0), ("-100", 0), ("99", 0), ("-1", 1)])
def test_the_padding_of_the_table_is_taken(made, wrong, padding):
    table = f"padding_idx={padding}"
    found = mended(PROGRAM.format(table=table, made=made.format(wrong), behind=""), most=1)
    assert found.diagnoses[0].slug == "token_out_of_range"
    assert found.output == printed(PROGRAM.format(table=table, made=made.format(padding), behind=""))
    assert not found.doubts


def test_a_table_that_keeps_no_row_leaves_a_doubt():
    found = mended(PROGRAM.format(table="max_norm=None", made=PADDED.format(-1), behind=""), most=1)
    assert found.diagnoses[0].fixes[0].title == "padding with 0"
    assert found.doubts


@pytest.mark.parametrize(
    "asked", ["mask = tokens != -1", "mask = tokens >= 0", "mask = tokens.ge(0)", "PAD = -1; mask = tokens == PAD"]
)
def test_a_number_that_is_asked_for_stays(asked):
    found = mended(PROGRAM.format(table="padding_idx=0", made=PADDED.format(-1), behind=asked), most=1)
    assert not any(fix.title.startswith("padding with") for fix in found.diagnoses[0].fixes)


def test_another_token_that_is_out_of_range_is_not_the_padding():
    made = PADDED.format(1).replace("rows,", "[*rows, torch.tensor([-3])],")
    found = mended(PROGRAM.format(table="padding_idx=0", made=made, behind=""), most=1)
    assert not any(fix.title.startswith("padding with") for fix in found.diagnoses[0].fixes)
