"""A layer whose name tells other axes than those of its neighbours."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Conv2d(3, 6, 3, padding=1)
            self.two = nn.Conv2d(6, 6, 3, padding=1)
            self.pool, self.norm = nn.MaxPool2d(2), nn.BatchNorm2d(6)
            self.fc = nn.Linear(6 * 9, 4)

        def forward(self, x):
            x = self.norm(self.two(self.pool(self.one(x).relu())))
            return self.fc(F.avg_pool2d(x, 2).flatten(1))


    print(Net()(torch.rand(5, 3, 12, 12)).sum().item())
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("nn.Conv2d(6", "nn.Conv3d(6"),
        ("nn.Conv2d(6", "nn.Conv1d(6"),
        ("nn.Conv2d(3", "nn.Conv3d(3"),
        ("nn.MaxPool2d", "nn.MaxPool3d"),
        ("nn.MaxPool2d", "nn.MaxPool1d"),
        ("nn.BatchNorm2d", "nn.BatchNorm3d"),
        ("F.avg_pool2d", "F.avg_pool1d"),
        ("F.avg_pool2d", "F.avg_pool3d"),
    ],
)
def test_the_layer_is_named_as_those_beside_it(right, wrong):
    found = mended(NET.replace(right, wrong))
    assert found.output == printed(NET)
    assert found.diagnoses[0].slug == "layer_for_other_axes"
    assert not found.doubts


@pytest.mark.parametrize(
    "program",
    [
        # One layer alone may be right, and the data wrong.
        "print(nn.Conv1d(3, 4, 1)(torch.rand(5, 3, 6, 7)).shape)",
        # Images of which sequences are to be made.
        """
        body = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
        steps = nn.Sequential(nn.Conv1d(4, 8, 3), nn.MaxPool1d(2))
        print(steps(body(torch.rand(5, 1, 9, 9))).shape)
        """,
        # What is behind the last layer takes maps of any axes, and an axis of one may have to go.
        """
        body, last = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3)), nn.Conv1d(4, 8, 3)
        print(last(body(torch.rand(5, 1, 9, 9))).flatten(2).mean(2))
        """,
        """
        body, last = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, (7, 3))), nn.Conv1d(4, 8, 3, padding=1)
        print(nn.Linear(40, 2)(last(body(torch.rand(5, 1, 9, 9))).flatten(1)))
        """,
    ],
)
def test_a_layer_that_may_be_meant_as_it_is_is_renamed_in_doubt(program):
    [found] = mended(program, most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if "Conv2d" in fix.title)


def test_an_axis_that_went_away_may_have_to_come_back():
    program = """
    frame, fuse, head = nn.Conv2d(3, 6, 3), nn.Conv3d(6, 6, 3, padding=1), nn.Linear(6, 4)
    x = fuse(frame(torch.rand(10, 3, 6, 6)))
    print(F.mse_loss(head(x.flatten(2).mean(2)), torch.rand(2, 4)))
    """
    [found] = mended(program, most=1).diagnoses
    assert all(fix.doubt for fix in found.fixes if "Conv2d" in fix.title)


def test_a_kernel_told_for_each_axis_is_left():
    program = NET.replace("nn.Conv2d(6, 6, 3, padding=1)", "nn.Conv3d(6, 6, (1, 3, 3), padding=1)")
    [found] = mended(program, most=1).diagnoses
    assert all("Conv2d" not in fix.title for fix in found.fixes)
