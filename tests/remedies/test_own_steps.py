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
