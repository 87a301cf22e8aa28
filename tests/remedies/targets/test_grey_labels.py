"""Labels that were read from grey values: the classes are so many levels apart."""

import pytest
from mended import mended, printed

MASKS = """
    from torch.utils.data import DataLoader, Dataset

    class Cells(Dataset):
        def __init__(self):
            self.x = torch.rand(8, 1, 6, 6)
            self.mask = (torch.rand(8, 6, 6) > 0.5).byte() * 255

        def __len__(self):
            return 8

        def __getitem__(self, i):
            return self.x[i], self.mask[i].long()

    net = nn.Conv2d(1, 2, 3, padding=1)
    for x, mask in DataLoader(Cells(), batch_size=3):
        scores = net(x)
        print(F.cross_entropy(scores, mask).item(), (scores.argmax(1) == mask).sum().item())
"""
THREE = MASKS.replace("Conv2d(1, 2,", "Conv2d(1, 3,").replace(
    "(torch.rand(8, 6, 6) > 0.5).byte() * 255", "torch.randint(0, 3, (8, 6, 6)) * 100"
)
NAMED = """
    STEP = 60
    net, labels = nn.Linear(4, 4), torch.randint(0, 4, (30,)) * STEP
    print(F.cross_entropy(net(torch.randn(30, 4)), labels).item())
"""
STACKED = """
    masks = [torch.where(torch.rand(5, 5) > 0.4, 255, 0) for _ in range(4)]
    target = torch.stack(masks)
    loss = nn.CrossEntropyLoss()
    print(loss(nn.Conv2d(3, 2, 1)(torch.randn(4, 3, 5, 5)), target).item())
"""


@pytest.mark.parametrize(
    ("program", "old", "new"),
    [
        (MASKS, "self.mask[i].long()", "self.mask[i].long() // 255"),
        (THREE, "self.mask[i].long()", "self.mask[i].long() // 100"),
        (NAMED, "labels).item()", "labels // STEP).item()"),
        (
            STACKED.replace("torch.where(torch.rand(5, 5) > 0.4, 255, 0)", "(torch.rand(5, 5) > 0.4).long() * 255"),
            "torch.stack(masks)",
            "torch.stack(masks) // 255",
        ),
        (
            MASKS.replace("            self.mask", "            WHITE = 255\n            self.mask"),
            "self.mask[i].long()",
            "self.mask[i].long() // 255",
        ),
    ],
)
def test_the_levels_are_numbered(program, old, new):
    found = mended(program, most=1)
    assert found.output == printed(program.replace(old, new))
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # The number is one that is put in for what does not count.
        MASKS.replace("* 255", "* 0")
        .replace("rand(8, 1, 6, 6)\n", "rand(8, 1, 6, 6)\n            skip = 255\n")
        .replace(
            "            return self.x[i], self.mask[i].long()",
            "            y = self.mask[i].long()\n            y[0] = 255\n            return self.x[i], y",
        ),
        # No picture: two codes.
        "print(F.cross_entropy(torch.randn(4, 2), torch.tensor([0, 7, 0, 7])).item())\n",
        # Other numbers may lie between the levels.
        "print(F.cross_entropy(torch.randn(4, 4), torch.tensor([0, 1, 4, 6])).item())\n",
    ],
)
def test_two_codes_or_many_are_in_doubt(program):
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("//" in fix.title and not fix.doubt for fix in fixes)


def test_a_mark_beside_the_classes_is_ignored_and_nothing_divided():
    program = """
    y = torch.randint(0, 2, (3, 6, 6))
    y[:, 0] = 255
    print(F.cross_entropy(nn.Conv2d(1, 2, 3, padding=1)(torch.rand(3, 1, 6, 6)), y).item())
"""
    assert mended(program, most=1).diagnoses[0].fixes[0].title == "ignore_index=255"
