"""Masks that are stored as pictures, with the same numbers in each channel."""

import pytest
from mended import mended, printed

LOADED = """
    import numpy as np
    from torch.utils.data import DataLoader, Dataset

    class Scans(Dataset):
        def __init__(self):
            rng = np.random.default_rng(0)
            self.masks = [np.repeat((rng.random((8, 7, 1)) > 0.6).astype(np.uint8), 3, 2) for _ in range(6)]

        def __len__(self):
            return 6

        def __getitem__(self, i):
            return torch.ones(3, 8, 7), torch.as_tensor(self.masks[i]).long()

    net = nn.Conv2d(3, 2, 1)
    for x, y in DataLoader(Scans(), batch_size=3):
        print(F.cross_entropy(net(x), y{part}).item())
"""
PLACES = """
    x = torch.rand(4, 3, 6, 5)
    y = (torch.rand(4, 1, 6, 5) > 0.5).long().repeat(1, {channels}, 1, 1)
    print(F.cross_entropy(nn.Conv2d(3, 2, 1)(x), y{part}).item())
"""
NUMBERS = """
    x = torch.rand(4, 3, 6, 5)
    y = (torch.rand(4, 1, 6, 5) > 0.5).float().repeat(1, 3, 1, 1)
    print(nn.BCELoss()(nn.Conv2d(3, 1, 1)(x).sigmoid(), y{part}).item())
"""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (LOADED, "[..., 0]"),
        (PLACES.replace("{channels}", "3"), "[:, 0]"),
        (PLACES.replace("{channels}", "4"), "[:, 0]"),
        (NUMBERS, "[:, :1]"),
    ],
)
def test_one_of_them_is_the_labels(text, part):
    found = mended(text.replace("{part}", ""))
    assert not found.doubts
    assert found.output == printed(text.replace("{part}", part))


@pytest.mark.parametrize(
    "labels",
    [
        "torch.randint(0, 2, (4, 6, 5, 3))",
        "torch.zeros(4, 6, 5, 3).long()",
        "F.one_hot(torch.randint(0, 3, (4, 6, 5)), 3)",
    ],
)
def test_channels_that_differ_or_tell_nothing_stay(labels):
    text = f"""
    x = torch.rand(4, 3, 6, 5)
    print(F.cross_entropy(nn.Conv2d(3, 4, 1)(x), {labels}).item())
    """
    found = mended(text, most=1)
    assert not any("[..., 0]" in fix.title for fix in found.diagnoses[0].fixes)
