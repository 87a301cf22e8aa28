"""One step of each sequence, by an index that takes the steps of all from each."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(3, 6, batch_first={first}), nn.Linear(6, 5)

        def forward(self, x, lengths):
            steps, _ = self.gru(x)
            last = steps[{index}]
            return self.head(last)

    x, lengths = torch.randn({shape}, 3), torch.tensor([7, 3, 5, 6])
    net = Net()
    loss = nn.CrossEntropyLoss()(net(x, lengths), torch.tensor([0, 1, 4, 2]))
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    ("first", "shape", "index", "right"),
    [
        (True, "4, 7", ":, lengths - 1", "torch.arange(steps.size(0)), lengths - 1"),
        (True, "4, 7", ":, (lengths - 1).clamp(min=0)", "torch.arange(steps.size(0)), (lengths - 1).clamp(min=0)"),
        (False, "7, 4", "lengths - 1", "lengths - 1, torch.arange(steps.size(1))"),
    ],
)
def test_samples_are_counted_beside_their_steps(first, shape, index, right):
    found = mended(PROGRAM.format(first=first, shape=shape, index=index))
    assert found.diagnoses[0].slug == "steps_of_all_sequences"
    assert found.changed == [f"last = steps[{right}]"]
    assert found.output == printed(PROGRAM.format(first=first, shape=shape, index=right))
    assert not found.doubts


def test_one_step_of_all_is_no_such_index():
    """As many steps as samples, and nothing that names a step of each."""
    program = PROGRAM.format(first=True, shape="4, 4", index=":, :")
    assert mended(program, most=1).diagnoses[0].slug == "every_step_against_one_label"


def test_columns_of_a_call_are_counted_by_what_names_them():
    program = """
        values, rows, picked = nn.Linear(4, 3), torch.randn(5, 4), torch.tensor([0, 2, 1, 1, 0])
        print(round(F.binary_cross_entropy_with_logits(values(rows)[{index}], torch.rand(5)).item(), 4))
    """
    found = mended(program.format(index=":, picked"))
    assert found.output == printed(program.format(index="torch.arange(picked.size(0)), picked"))
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # Rows of a table, one for each sample, of as many numbers as there are samples.
        """
            marks, rows = (torch.rand(50, 6) > 0.5).float(), torch.randperm(50)[:6]
            guess = nn.Linear(12, 1)(torch.randn(50, 12)[rows]).squeeze(1)
            print(F.binary_cross_entropy_with_logits(guess, marks[rows]))
        """,
        # Centers of classes against features of another width.
        """
            centers, labels = torch.randn(10, 6), torch.randint(0, 10, (6,))
            print((torch.randn(6, 5) - centers[labels]).shape)
        """,
        # Columns that all samples have, and a layer that was made for fewer of them.
        """
            columns = torch.tensor([0, 3, 5, 7])
            print(nn.Linear(3, 2)(torch.randn(4, 9)[:, columns]).shape)
        """,
        # As many joints as samples, and a size of each sample.
        """
            joints, some = torch.randn(6, 17, 2), torch.tensor([0, 2, 4, 6, 8, 10])
            print((joints[:, some] / torch.rand(6)).shape)
        """,
    ],
)
def test_an_index_of_as_many_as_there_are_samples_may_be_another(program):
    found = mended(program, most=1)
    assert found.diagnoses[0].slug != "steps_of_all_sequences"
    assert not any("arange" in fix.title for fix in found.diagnoses[0].fixes)


def test_an_order_of_as_many_samples_as_steps_is_in_doubt():
    program = """
        gru, head = nn.GRU(5, 6, batch_first=True), nn.Linear(6, 2)
        x, order = torch.randn(4, 4, 5), torch.tensor([2, 0, 3, 1])
        steps, _ = gru(x)
        print(F.cross_entropy(head(steps[order]), torch.tensor([0, 1, 1, 0])))
    """
    found = mended(program, most=1)
    assert found.changed == [
        "print(F.cross_entropy(head(steps[order, torch.arange(steps.size(1))]), torch.tensor([0, 1, 1, 0])))"
    ]
    assert found.doubts == ["the index may be meant to take the same of every sample"]
