"""A loader made of a tensor, where the loop takes the first of what a data set would give."""

import pytest
from mended import mended, printed

PROGRAM = """
    from torch.utils.data import DataLoader{imported}

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.top = nn.LSTM(3, 6{layout}), nn.Linear(6, 2)

        def fit(self, loader):
            total = 0.0
            for batch in loader:
                {taken}
                total += self.top(self.rnn(x)[1][0][-1]).std(0).sum().item()
            return total


    series = torch.randn(24, 15, 3)
    print(round(Reader().fit(DataLoader({given}, batch_size=8)), 4))
"""


@pytest.mark.parametrize("imported", ["", ", TensorDataset"])
def test_the_loader_is_made_of_a_data_set(imported):
    name = "TensorDataset" if imported else "torch.utils.data.TensorDataset"
    program = {"imported": imported, "layout": "", "taken": "x = batch[0].permute(1, 0, 2)"}
    found = mended(PROGRAM.format(given="series", **program), most=1)
    assert found.output == printed(PROGRAM.format(given=f"{name}(series)", **program))
    assert not found.doubts


def test_what_is_taken_of_a_data_set_is_left():
    program = {"imported": ", TensorDataset", "layout": "", "taken": "x = batch[0].permute(1, 0, 2, 3)"}
    found = mended(PROGRAM.format(given="TensorDataset(series)", **program), most=1)
    assert not any("TensorDataset(" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
