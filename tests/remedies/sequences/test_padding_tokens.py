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
    "asked",
    [
        "mask = tokens != -1",
        "mask = tokens >= 0",
        "mask = tokens.ge(0)",
        "PAD = -1; mask = tokens == PAD",
        "mask = (tokens + 1).bool()",
    ],
)
def test_a_number_that_is_asked_for_stays(asked):
    found = mended(PROGRAM.format(table="padding_idx=0", made=PADDED.format(-1), behind=asked), most=1)
    assert not any(fix.title.startswith("padding with") for fix in found.diagnoses[0].fixes)


def test_another_token_that_is_out_of_range_is_not_the_padding():
    made = PADDED.format(1).replace("rows,", "[*rows, torch.tensor([-3])],")
    found = mended(PROGRAM.format(table="padding_idx=0", made=made, behind=""), most=1)
    assert not any(fix.title.startswith("padding with") for fix in found.diagnoses[0].fixes)


COLLATED = """
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader

    WORDS = 9
    PAD = WORDS + 1

    def collate(rows):
        {more}
        return pad_sequence(rows, batch_first=True, padding_value={filled})

    table = nn.Embedding(WORDS + 2, 4, padding_idx=PAD)
    loaders = {{"train": DataLoader([torch.arange(n) for n in (3, 5, 2)], batch_size=3, collate_fn=collate)}}
    for ids in loaders["train"]:
        print(round(table(ids).sum().item(), 4))
"""


def test_what_a_loader_fills_in_is_named_as_the_table_names_it():
    found = mended(COLLATED.format(more="pass", filled=-1))
    assert found.output == printed(COLLATED.format(more="pass", filled="PAD"))
    assert found.changed == ["return pad_sequence(rows, batch_first=True, padding_value=PAD)"]
    assert not found.doubts


def test_two_fillings_of_a_loader_are_not_told_apart():
    more = "marks = pad_sequence(rows, batch_first=True, padding_value=-1)"
    assert "padding_value=PAD" not in mended(COLLATED.format(more=more, filled=-1), most=1).text


SHIFTED = """
    from torch.nn.utils.rnn import pad_sequence

    def rows_of(ids):
        return pad_sequence(ids, batch_first=True, padding_value={first})

    def labels_of(ids):
        return {labels}

    table, top = nn.Embedding(7, 5, padding_idx=0), nn.Linear(5, 7)
    ids = [torch.tensor([3, 1, 4]), torch.tensor([5, 2]), torch.tensor([6, 2, 5, 3])]
    tokens = rows_of(ids)
    print(round(F.cross_entropy(top(table(tokens)).flatten(0, 1), labels_of(ids).flatten(){told}).item(), 4))
"""
APART = "pad_sequence(ids, batch_first=True, padding_value={})"


@pytest.mark.parametrize(("mark", "told"), [("-100", ""), ("-1", ", ignore_index=-1")])
@pytest.mark.parametrize("labels", ["tokens", APART])
def test_rows_that_may_be_the_labels_leave_a_doubt(mark, told, labels):
    found = mended(SHIFTED.format(first=mark, told=told, labels=labels.format(mark)), most=1)
    assert "return pad_sequence(ids, batch_first=True, padding_value=0)" in found.text
    assert bool(found.doubts) is (labels == "tokens")
