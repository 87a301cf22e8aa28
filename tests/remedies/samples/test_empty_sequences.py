"""A sequence without a step is packed: its length is held at one step, where the steps are counted."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
    from torch.utils.data import DataLoader

    words = {{"a": 1, "b": 2, "c": 3}}
    texts = [["a", "b", "a"], ["z"], ["c"], ["b", "c", "c", "a"]]


    def collate(texts):
        ids = [torch.tensor([words[w] for w in text if w in words], dtype=torch.long) for text in texts]
        {made}
        return pad_sequence(ids, batch_first=True), lengths


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(4, 5, padding_idx=0)
            self.rnn = nn.GRU(5, 6, batch_first=True)

        def forward(self, ids, lengths):
            packed = pack_padded_sequence(self.table(ids), {at_use}, batch_first=True, enforce_sorted=False)
            out, last = self.rnn(packed)
            out, _ = pad_packed_sequence(out, batch_first=True)
            {read}


    for ids, lengths in DataLoader(texts, batch_size=4, collate_fn=collate):
        print(Reader()(ids, lengths).sum().item())
"""
MASKED = """inside = torch.arange(out.size(1)) < torch.as_tensor(lengths)[:, None]
            return out.masked_fill(~inside[..., None], float("-inf")).softmax(1) * out"""
LAST = "return last"


@pytest.mark.parametrize("read", [MASKED, LAST])
@pytest.mark.parametrize(
    ("made", "at_use", "right"),
    [
        ("torch.tensor([len(t) for t in ids])", "lengths.cpu()", "torch.tensor([len(t) for t in ids]).clamp(min=1)"),
        ("torch.tensor([i.size(0) for i in ids])", "lengths", "torch.tensor([i.size(0) for i in ids]).clamp(min=1)"),
        ("[len(each) for each in ids]", "torch.tensor(lengths)", "[max(len(each), 1) for each in ids]"),
        ("[i.shape[0] for i in ids]", "lengths", "[max(i.shape[0], 1) for i in ids]"),
        ("list(map(len, ids))", "lengths", "list((max(len(row), 1) for row in ids))"),
        ("torch.tensor(list(map(len, ids)))", "lengths.tolist()", "torch.tensor(list(map(len, ids))).clamp(min=1)"),
        ("torch.stack([(i != 0).sum() for i in ids])", "lengths.to('cpu')", None),
    ],
)
def test_the_line_that_counts_the_steps_is_mended(made, at_use, right, read):
    found = mended(PROGRAM.format(made=f"lengths = {made}", at_use=at_use, read=read))
    assert found.diagnoses[0].slug == "sequence_without_steps"
    if right is not None:
        assert found.changed == [f"lengths = {right}"]
    mean = {"at_use": "lengths", "read": read, "made": "lengths = torch.tensor([max(len(t), 1) for t in ids])"}
    assert found.output == printed(PROGRAM.format(**mean))
    assert not found.doubts


COUNTED_HERE = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
    ids = torch.tensor([[3, 1, 2], [0, 0, 0], [2, 0, 0]])
    table, rnn = nn.Embedding(4, 5), nn.LSTM(5, 6, batch_first=True)
    {lines}
    packed = pack_padded_sequence(table(ids), {lengths}, batch_first=True, enforce_sorted=False)
    out, _ = pad_packed_sequence(rnn(packed)[0], batch_first=True)
    {read}
    print(out.sum().item())
"""


@pytest.mark.parametrize(
    ("lines", "lengths", "changed"),
    [
        ("mask = ids != 0; n = mask.sum(dim=1)", "n.cpu()", "mask = ids != 0; n = mask.sum(dim=1).clamp(min=1)"),
        ("n = ids.ne(0).long().sum(1)", "n", "n = ids.ne(0).long().sum(1).clamp(min=1)"),
        ("n = torch.count_nonzero(ids, dim=1)", "n.cpu()", "n = torch.count_nonzero(ids, dim=1).clamp(min=1)"),
    ],
)
def test_steps_that_a_mask_counts(lines, lengths, changed):
    read = "out = out[torch.arange(3), n - 1]"
    found = mended(COUNTED_HERE.format(lines=lines, lengths=lengths, read=read))
    assert found.changed == [changed]
    assert found.output == printed(COUNTED_HERE.format(lines=changed, lengths=lengths, read=read))


def test_lengths_of_another_mistake_are_not_taken_for_it():
    lines = "n = torch.tensor([3, 1])"
    found = mended(COUNTED_HERE.format(lines=lines, lengths="n.view(2, 1)", read=""))
    assert found.diagnoses
    assert "sequence_without_steps" not in [each.slug for each in found.diagnoses]


LOOKED_UP = """
    from torch.nn.utils.rnn import pack_padded_sequence
    number = {{word: at for at, word in enumerate("red green blue".split(), start={start})}}
    ids = [[number.get(word, {unknown}) for word in line.split()] for line in ("red blue", "{other}")]
    ids = nn.utils.rnn.pad_sequence([torch.tensor(each) for each in ids], batch_first=True)
    n = (ids != 0).sum(1)
    table, rnn = nn.Embedding(9, 5), nn.LSTM(5, 6, batch_first=True)
    print(rnn(pack_padded_sequence(table(ids), n, batch_first=True, enforce_sorted=False))[1][0].sum().item())
"""


def test_a_word_that_is_not_known_may_be_meant_to_be_no_padding():
    found = mended(LOOKED_UP.format(start=2, unknown=0, other="grey"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)
