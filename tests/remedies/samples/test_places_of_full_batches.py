"""Places drawn for a full batch, of which the last batch of a loader has no samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    import numpy as np
    from torch.utils.data import DataLoader, TensorDataset
    np.random.seed(0)
    size, model = 24, nn.Linear(5, 5)


    def mixed(x, y):
        {order}
        return F.mse_loss(model(x[{places}]), y[{places}])


    for x, y in DataLoader(TensorDataset(torch.rand(60, 5), torch.rand(60, 5)), batch_size=size):
        loss = mixed(x, y)
    print(loss.item())
"""
ORDERS = {
    "torch": ("order = torch.randperm({n})", "order"),
    "numpy": ("order = np.random.permutation({n})", "torch.from_numpy(order)"),
    "shuffled": ("order = np.arange({n})\n        np.random.shuffle(order)", "torch.from_numpy(order[-8:])"),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_as_many_places_are_drawn_as_the_batch_has(kind):
    order, places = ORDERS[kind]
    wrong, right = (PROGRAM.format(order=order.format(n=n), places=places) for n in ("size", "x.size(0)"))
    found = mended(wrong, most=1)
    assert found.output == printed(right)
    assert not found.doubts


def test_of_what_is_no_batch_other_places_may_be_meant():
    program = """
        count = 30
        data, order = torch.rand(20, 5), torch.randperm(count)
        print(data[order[:10]].sum().item())
    """
    assert all("data.size(0)" not in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)
