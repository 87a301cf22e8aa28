"""A data set that gives numbers as a list, of which a loader makes a list of batches."""

import pytest
from mended import mended, printed

DATA = """
    from torch.utils.data import DataLoader, Dataset

    class Rows(Dataset):
        def __len__(self):
            return 12

        def __getitem__(self, at):
            x = torch.full((4,), float(at))
            marks = {made}
            return x, {given}

    net, total = nn.Linear(4, 3), 0
    for x, y in DataLoader(Rows(), batch_size=5):
        total += {loss}
    print(round(total, 4))
"""
REPEATED, BY_LOOP = "[0.5] * 3", "[float(at + k) for k in range(3)]"
LOSSES = ("F.mse_loss(net(x), y).item()", "F.mse_loss(net(x), y.float()).item()")


@pytest.mark.parametrize("made", [REPEATED, BY_LOOP])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_data_set_gives_a_tensor(made, loss):
    found = mended(DATA.format(made=made, given="marks", loss=loss), most=1)
    assert found.changed == ["return x, torch.tensor(marks)"]
    assert found.output == printed(DATA.format(made=made, given="torch.tensor(marks)", loss=loss))


def test_tensors_in_a_list_are_not_numbers_of_a_sample():
    program = DATA.format(made="torch.rand(3)", given="[marks, marks]", loss=LOSSES[0])
    (found,) = mended(program, most=1).diagnoses
    assert not any("torch.tensor" in edit.replacement for fix in found.fixes for edit in fix.edits)
