"""Class numbers given to a loss that wants a column a class, in a script that reads the labels elsewhere as well."""

import pytest
from mended import mended, printed

READERS = """
    from torch.utils.data import DataLoader, Dataset

    class Sounds(Dataset):
        def __init__(self):
            self.x, self.y = torch.randn(12, 6), torch.arange(12)[:, None] % 4

        def __len__(self):
            return 12

        def __getitem__(self, i):
            kind = self.y[i].float()
            return self.x[i], kind

    net, loss = nn.Sequential(nn.Linear(6, 4), nn.Sigmoid()), nn.BCELoss()

    def right(scores, wanted):
        return (scores.argmax(1) == wanted.argmax(1)).sum().item() / len(wanted)

    for x, kind in DataLoader(Sounds(), batch_size=5):
        scores = net(x)
        print(loss(scores, kind).item(), right(scores, kind))
"""
WANTED = READERS.replace("self.y[i].float()", "F.one_hot(self.y[i, 0], 4).float()")
HERE = READERS.replace(
    "right(scores, kind))", "(scores.argmax(1) == torch.argmax(kind, dim=1)).sum().item() / len(kind))"
)
TENSORS = """
    from torch.utils.data import DataLoader, TensorDataset

    x, y = torch.randn(9, 6), torch.arange(9) % 3
    net = nn.Linear(6, 3)
    for part, kind in DataLoader(TensorDataset(x, y), batch_size=5):
        scores = net(part)
        cost = F.binary_cross_entropy_with_logits(scores, kind)
        print(cost.item(), (kind.max(1)[1] == scores.max(1)[1]).sum().item())
"""


@pytest.mark.parametrize(
    ("program", "right"),
    [
        (READERS, WANTED),
        (
            READERS.replace(
                "            kind = self.y[i].float()\n            return self.x[i], kind",
                "            return self.x[i], self.y[i]",
            ),
            WANTED,
        ),
        (HERE, HERE.replace("self.y[i].float()", "F.one_hot(self.y[i, 0], 4).float()")),
        (
            READERS.replace("nn.Sigmoid()", "nn.Identity()").replace("BCELoss()", "BCEWithLogitsLoss()"),
            WANTED.replace("nn.Sigmoid()", "nn.Identity()").replace("BCELoss()", "BCEWithLogitsLoss()"),
        ),
        (TENSORS, TENSORS.replace("torch.arange(9) % 3", "F.one_hot(torch.arange(9) % 3, 3).float()")),
    ],
)
def test_all_readers_get_a_column_a_class(program, right):
    found = mended(program, most=1)
    assert found.output == printed(right)
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        READERS.replace("== wanted.argmax(1))", "== wanted.squeeze(1))"),
        READERS.replace("print(loss(", "print(kind.sum().item(), loss("),
        TENSORS.replace("kind.max(1)[1] ==", "kind.max() ==").replace("scores.max(1)[1]", "scores.argmax(1)"),
    ],
)
def test_readers_of_the_numbers_keep_them(program):
    found = mended(program, most=1).diagnoses[0].fixes
    assert not any("one_hot(" in fix.title and not fix.doubt for fix in found)


def test_classes_against_scores_of_each_for_answers_of_yes_and_no():
    program = """
        kinds = torch.tensor([0, 2, 1, 1])
        loss = nn.BCELoss()(nn.Linear(6, 3)(torch.randn(4, 6)).sigmoid(), {labels})
        print(round(loss.item(), 4))
    """
    found = mended(program.format(labels="kinds"))
    assert found.output == printed(program.format(labels="F.one_hot(kinds, 3).float()"))
    assert not found.doubts


def test_as_many_outputs_as_the_targets_have_columns():
    program = """
        x, y = torch.randn(5, 7), torch.randn(5, 3)
        print(round(nn.MSELoss()(nn.Linear(7, {made})(x), y).item(), 2) > 0)
    """
    found = mended(program.format(made=2))
    assert found.changed == ["print(round(nn.MSELoss()(nn.Linear(7, 3)(x), y).item(), 2) > 0)"]
    assert found.output == "True\n"
