"""Two stores of a sample that a data set cuts from different steps on."""

import pytest
from mended import mended

PROGRAM = """
    from torch.utils.data import DataLoader, Dataset


    class Windows(Dataset):
        def __init__(self):
            self.values, self.marks, self.past, self.known, self.ahead = torch.randn(40, 3), torch.randn(40, 2), 9, 4, 6

        def __len__(self):
            return 20

        def __getitem__(self, i):
            now, end = i + self.past, i + self.past + self.ahead
            begin = now - self.known
            x, y = self.values[i:now], self.values[begin:end]
            x_marks, y_marks = self.marks[i:now], self.marks[{marks}]
            return x, y, x_marks, y_marks


    torch.manual_seed(1)
    of_values, of_marks = nn.Linear(3, 5), nn.Linear(2, 5)
    for x, y, x_marks, y_marks in DataLoader(Windows(), batch_size=5):
        seen = of_values(x) + of_marks(x_marks)
        told = torch.cat([y[:, :4], torch.zeros(len(y), 6, 3)], dim=1)
        out = of_values(told) + of_marks(y_marks)
    print(out.sum().item())
"""


@pytest.mark.parametrize("marks", ["now:end", "begin:now"])
def test_the_marks_are_cut_as_the_values(marks):
    found = mended(PROGRAM.format(marks=marks))
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert "self.marks[begin:end]" in titles
    assert {f"self.values[{marks}]", "self.marks[begin:end]"} >= set(titles[:2])


def test_parts_that_go_in_pairs_are_left_as_they_are():
    found = mended(PROGRAM.format(marks="begin:end").replace("dim=1)", "dim=0)"))
    assert not any("self." in line for line in found.changed)


FORETOLD = """
    from torch.utils.data import Dataset

    class Steps(Dataset):
        def __init__(self, long):
            self.given, self.wanted, self.long = torch.randn(40, 3), torch.randn(40, 3), long

        def __getitem__(self, i):
            return self.given[i : i + self.long], self.wanted[i + 1 : i + self.long]

    x, y = Steps(6)[0]
    print(F.mse_loss(nn.Linear(3, 3)(x), y).item())
"""


def test_what_is_foretold_may_begin_later_and_go_on():
    found = mended(FORETOLD)
    assert not any("self." in line for line in found.changed) or found.doubts
