"""Labels below zero: classes counted from there on, or marks of what does not count."""

import pytest
from mended import mended, printed

PROGRAM = """
    torch.manual_seed(3)
    model = nn.Linear(6, {classes})


    def collate(samples):
        rows, labels = zip(*samples)
        return torch.stack(rows), {made}


    data = [(torch.randn(6), label) for label in {labels} * {times}]
    rows, wanted = collate(data)
    scores = model(rows)
    loss = F.cross_entropy(scores, wanted)
    right = (scores.argmax(1) == wanted).sum().item()
    print(round(loss.item(), 4), right)
"""


@pytest.mark.parametrize(("labels", "moved"), [("[-1, 0, 1]", 1), ("[0, -2, 1, -1]", 2)])
def test_classes_counted_from_below_zero(labels, moved):
    given = {"classes": labels.count(",") + 1, "labels": labels, "times": 5}
    found = mended(PROGRAM.format(made="torch.tensor(labels)", **given))
    assert found.changed == [f"return torch.stack(rows), torch.tensor(labels) + {moved}"]
    assert found.output == printed(PROGRAM.format(made=f"torch.tensor(labels) + {moved}", **given))
    assert not found.doubts


def test_few_labels_leave_both_in_doubt():
    found = mended(PROGRAM.format(made="torch.tensor(labels)", classes=3, labels="[-1, 0, 1]", times=1))
    assert found.changed == ["return torch.stack(rows), torch.tensor(labels) + 1"]
    assert found.doubts == [
        "the labels may be counted from below zero, or those below zero may mark what does not count"
    ]


def test_a_mark_of_what_does_not_count():
    found = mended(PROGRAM.format(made="torch.tensor(labels)", classes=4, labels="[-1, 0, 1, 2, 3]", times=3))
    assert found.changed == ["loss = F.cross_entropy(scores, wanted, ignore_index=-1)"]
    assert not found.doubts


TICKS = """
    class Ticks(torch.utils.data.Dataset):
        def __init__(self, rows):
            self.book = torch.randn(rows, 6)
            self.moves = torch.sign(self.book[:, 0].round()).long(){made}

        def __len__(self):
            return len(self.moves)

        def __getitem__(self, at):
            {also}
            return self.book[at], self.moves[at]


    model = nn.Linear(6, 3)
    for x, y in torch.utils.data.DataLoader(Ticks(40), batch_size=20):
        print(round(F.cross_entropy(model(x), y).item(), 4))
"""


def test_labels_that_a_data_set_keeps_for_its_samples_alone_are_moved_where_all_are_made():
    found = mended(TICKS.format(made="", also="pass"))
    assert found.changed == ["self.moves = torch.sign(self.book[:, 0].round()).long() + 1"]
    assert found.output == printed(TICKS.format(made=" + 1", also="pass"))
    assert not found.doubts


def test_labels_that_a_data_set_reckons_with_are_moved_where_they_leave_it():
    found = mended(TICKS.format(made="", also="gain = self.moves[at] * self.book[at, 1]"))
    assert found.changed == ["return self.book[at], self.moves[at] + 1"]


def test_of_a_single_label_nobody_knows_which_others_there_are():
    program = """
        head = nn.Linear(4, 3)
        for value in [{}]:
            print(F.cross_entropy(head(torch.ones(1, 4)), torch.tensor([value])).item())
    """
    found = mended(program.format("-1, 0, 1"), most=1)
    assert found.changed == [
        "print(F.cross_entropy(head(torch.ones(1, 4)), torch.tensor([value]), ignore_index=-1).item())"
    ]
    assert found.doubts == [
        "the labels may be counted from below zero, or those below zero may mark what does not count"
    ]
