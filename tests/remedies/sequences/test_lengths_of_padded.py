"""Lengths counted of the labels, where the rows beside them are packed."""

import pytest
from mended import mended, printed

BATCH = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


    def together(batch):
        rows, labels = zip(*batch)
        sizes = torch.tensor([len(each) for each in {of}])
        return pad_sequence(rows, batch_first=True), sizes, pad_sequence(labels, batch_first=True)


    samples = [(torch.randint(1, 20, (n,)), torch.randint(0, 4, (n // 2,))) for n in (11, 8, 5)]
    ids, sizes, labels = together(samples)
    table, rnn = nn.Embedding(20, 4), nn.GRU(4, 6, batch_first=True)
    packed, _ = rnn(pack_padded_sequence(table(ids), sizes, batch_first=True))
    out, _ = pad_packed_sequence(packed, batch_first=True{more})
    print({read})
"""
MASKED = "round((out * (ids != 0).unsqueeze(2)).sum().item(), 4)"


@pytest.mark.parametrize("read", [MASKED, "round(F.cross_entropy(out.transpose(1, 2), ids % 4).item(), 4)"])
def test_those_of_what_is_packed_are_counted(read):
    found = mended(BATCH.format(of="labels", more="", read=read))
    assert found.output == printed(BATCH.format(of="rows", more="", read=read))
    assert not found.doubts


def test_right_lengths_are_left_as_they_are():
    read = "round((out * torch.ones(3, 13, 1)).sum().item(), 4)"
    found = mended(BATCH.format(of="rows", more="", read=read), most=1)
    assert not any("labels" in fix.title for fix in found.diagnoses[0].fixes)


def test_labels_that_are_packed_themselves_are_counted_as_they_are():
    program = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


    def together(batch):
        rows, labels = zip(*batch)
        sizes = torch.tensor([len(each) for each in labels])
        return pad_sequence(rows, batch_first=True), pad_sequence(labels, batch_first=True), sizes


    samples = [(torch.randn(5, 6), torch.randint(0, 9, (9,))), (torch.randn(4, 6), torch.randint(0, 9, (7,)))]
    rows, labels, sizes = together(samples)
    table, rnn = nn.Embedding(9, 4), nn.GRU(4, 6, batch_first=True)
    packed, _ = rnn(pack_padded_sequence(table(PACKED), sizes, batch_first=True))
    out, _ = pad_packed_sequence(packed, batch_first=True)
    print((out + rows).shape)
    """
    titles = [fix.title for fix in mended(program.replace("PACKED", "labels"), most=1).diagnoses[0].fixes]
    assert "labels -> rows" not in titles
    other = program.replace("PACKED", "rows.argmax(2).repeat(1, 2)")
    assert "labels -> rows" in [fix.title for fix in mended(other, most=1).diagnoses[0].fixes]
