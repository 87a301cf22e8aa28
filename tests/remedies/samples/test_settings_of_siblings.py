"""A data set that leaves a setting to its default which another one of its class is given."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Scans(torch.utils.data.Dataset):
        def __init__(self, volumes, transform=None, width=None):
            self.volumes, self.transform, self.width = volumes, transform, width

        def __len__(self):
            return len(self.volumes)

        def __getitem__(self, at):
            one = self.volumes[at][..., : self.width]
            return (one if self.transform is None else self.transform(one)), at % 2


    def with_channel(volume):
        return volume[None] * 2


    volumes = torch.rand(8, 6, 7, 5)
    train = Scans(volumes[:6]{told})
    val = Scans(volumes[6:], {sibling})
    {more}
    net = nn.Sequential({layers})
    train_loader, val_loader = (torch.utils.data.DataLoader(each, batch_size=2) for each in (train, val))
    train_loader = torch.utils.data.DataLoader(train, batch_size=2)
    for epoch in range(1):
        for scans, marks in train_loader:
            loss = F.cross_entropy(net(scans), marks)
    print(round(loss.item(), 4))
"""
MAPS = "nn.Conv3d(1, 4, 3), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 2)"
ROWS = "nn.Flatten(), nn.Linear(6 * 7 * 4, 2)"


@pytest.mark.parametrize(
    ("layers", "sibling"),
    [(MAPS, "transform=with_channel"), (MAPS, "transform=lambda one: one[None]"), (ROWS, "width=4")],
)
def test_it_is_given_what_the_other_is(layers, sibling):
    program = {"layers": layers, "sibling": sibling, "more": ""}
    found = mended(PROGRAM.format(told="", **program), most=1)
    assert found.output == printed(PROGRAM.format(told=f", {sibling}", **program))
    assert not found.doubts


def test_others_that_are_given_different_ones_leave_it_open():
    more = "test = Scans(volumes[:2], transform=lambda one: one[None] - 1)"
    found = mended(PROGRAM.format(told="", layers=MAPS, sibling="transform=with_channel", more=more), most=1)
    assert found.doubts or not any("transform=" in line for line in found.changed)


def test_a_set_that_is_given_something_else_leaves_it_open():
    program = PROGRAM.format(told=", transform=with_channel", layers=MAPS, sibling="width=3", more="")
    found = mended(program.replace("nn.Conv3d(1,", "nn.Conv3d(2,"), most=1)
    assert found.doubts or not any("width=" in line for line in found.changed)


@pytest.mark.parametrize("told", [", with_channel", ", None", ", with_channel, 4"])
def test_what_a_set_is_told_by_its_place_is_not_told_twice(told):
    program = PROGRAM.format(told=told, layers=MAPS, sibling="transform=with_channel", more="")
    found = mended(program.replace("nn.Conv3d(1,", "nn.Conv3d(2,"), most=1)
    assert not any("transform=" in edit.replacement for fix in found.diagnoses[0].fixes[:1] for edit in fix.edits)
