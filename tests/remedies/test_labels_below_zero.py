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
    assert found.doubts


def test_a_mark_of_what_does_not_count():
    found = mended(PROGRAM.format(made="torch.tensor(labels)", classes=4, labels="[-1, 0, 1, 2, 3]", times=3))
    assert found.changed == ["loss = F.cross_entropy(scores, wanted, ignore_index=-1)"]
    assert not found.doubts
