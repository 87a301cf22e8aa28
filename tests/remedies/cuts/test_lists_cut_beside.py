"""Lists of labels or marks that are not cut to the length that the list of tokens beside them is cut to."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader

    MOST = 4
    ROWS = [(list(range(1, n + 1)), [1 + k % 3 for k in range(n)]) for n in (6, 3, 7, 5)]

    class Rows:
        def __init__(self, rows, most):
            self.rows, self.most = rows, most

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, at):
            {own}
            return words, tags

    def joined(batch):
        {lines}
        return pad_sequence(one, batch_first=True), pad_sequence(other, batch_first=True)

    table, out = nn.Embedding(20, 5), nn.Linear(5, 4)
    for x, y in DataLoader(Rows(ROWS, MOST), batch_size=2, collate_fn=joined):
        print(round({loss}.item(), 4))
"""
WHOLE, ZIPPED = "words, tags = self.rows[at]", "one, other = zip(*batch)"
FLAT = "F.cross_entropy(out(table(x)).flatten(0, 1), y.flatten())"
TURNED = "F.cross_entropy(out(table(x)).transpose(1, 2), y)"
MARKED = "(table(x).sum(-1) * y).sum()"
IN_ITEM = WHOLE + "\n            words, tags = torch.tensor(words[:self.most]), torch.tensor({})"
IN_LISTS = """one = [torch.tensor(words[:MOST]) for words, _ in batch]
        other = [torch.tensor({}) for _, tags in batch]"""
IN_LOOP = """one, other = [], []
        for words, tags in batch:
            words = words[:MOST]
            one.append(torch.LongTensor(words))
            other.append(torch.LongTensor({}))"""


@pytest.mark.parametrize(
    ("own", "lines", "loss", "most"),
    [
        (IN_ITEM, ZIPPED, TURNED, "self.most"),
        (WHOLE, IN_LISTS, FLAT, "MOST"),
        (WHOLE, IN_LOOP, FLAT, "MOST"),
        (WHOLE, IN_LOOP, MARKED, "MOST"),
    ],
)
def test_the_list_beside_is_cut_as_well(own, lines, loss, most):
    given = ("tags", f"tags[:{most}]")
    bad, good = (PROGRAM.format(own=own.format(it), lines=lines.format(it), loss=loss) for it in given)
    found = mended(bad, most=1)
    assert found.diagnoses[0].slug == "cut_on_one_side_only"
    assert found.output == printed(good)
    assert not found.doubts


def test_what_is_one_item_of_a_list_is_not_cut():
    own = WHOLE + "\n            words, tags = torch.tensor(words[:self.most]), {}"
    own = own.format("torch.stack([torch.tensor(tag) for tag in tags])")
    found = mended(PROGRAM.format(own=own, lines=ZIPPED, loss=TURNED), most=1)
    assert not any("[:self.most]" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_row_of_which_the_rest_is_to_come_is_not_cut():
    own = WHOLE + "\n            words, tags = torch.tensor(tags[:self.most]), torch.tensor(tags)"
    found = mended(PROGRAM.format(own=own, lines=ZIPPED, loss=TURNED), most=1)
    assert not any(fix.title == "tags[:self.most]" for fix in found.diagnoses[0].fixes)


FULL = """
    from torch.utils.data import DataLoader, TensorDataset

    out = nn.Linear(3, 4)
    for x, y in DataLoader(TensorDataset(torch.randn(6, 3), torch.zeros(6, 2).long()), batch_size=2):
        print(F.cross_entropy(out(x), y.flatten()))
"""


def test_a_batch_that_is_full_is_not_the_last_one_to_be_left_out():
    assert not any("drop_last" in fix.title for each in mended(FULL, most=1).diagnoses for fix in each.fixes)


SPLIT = """
    xs, ys = [[k / 9, 1.0] for k in range(9)], [k / 5 for k in range(9)]
    x, y = torch.tensor(xs[:6]), torch.tensor(ys)
    print(round(F.mse_loss(nn.Linear(2, 1)(x).squeeze(1), y).item(), 4), y[6:].sum())
"""


def test_what_is_read_from_a_later_item_on_is_cut_in_doubt():
    assert mended(SPLIT, most=1).doubts


PAIRS = """
    from torch.utils.data import DataLoader, TensorDataset

    table = nn.Embedding(7, 4)
    for batch in DataLoader(TensorDataset(torch.randint(0, 7, (6, 5)), torch.zeros(6).long()), batch_size=3):
        print(F.cross_entropy(table(batch[0]).flatten(0, 1), batch[1]))
"""


def test_a_batch_that_is_held_as_a_list_is_as_full():
    assert not any("drop_last" in fix.title for each in mended(PAIRS, most=1).diagnoses for fix in each.fixes)
