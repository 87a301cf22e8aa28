"""One image or signal without its axis of samples."""

import pytest
from mended import mended

BEFORE_A_NORM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)

        def forward(self, x):
            return self.norm(self.conv(x)).mean((2, 3))

    net = Net()
    net(torch.randn(4, 3, 8, 8))
    net.eval()
    image = torch.randn(3, 8, 8)
    print(net(image).shape)
"""
BEFORE_A_FLAT_LAYER = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3, padding=1)
            self.fc = nn.Linear(4 * 6 * 6, 6)

        def forward(self, x):
            x = torch.relu(self.conv(x))
            x = torch.flatten(x, 1)
            return self.fc(x)

    model, data = Net(), [(torch.randn(1, 6, 6), k) for k in range(3)]
    image, label = data[0]
    print(model(image).shape)
"""
IN_A_ROW = """
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8, 6))
    signal = torch.randn(2, 10)
    print(net(signal).shape)
"""
WITHIN_A_ROW = """
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1), nn.Flatten(1)).eval()
    print(net(torch.randn(3, 8, 8)).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (BEFORE_A_NORM, "print(net(image.unsqueeze(0)).shape)"),
        (BEFORE_A_FLAT_LAYER, "print(model(image.unsqueeze(0)).shape)"),
        (IN_A_ROW, "print(net(signal.unsqueeze(0)).shape)"),
        (WITHIN_A_ROW, "print(net(torch.randn(3, 8, 8).unsqueeze(0)).shape)"),
    ],
)
def test_the_model_is_given_a_batch_of_one(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([1, 6])\n"
    assert found.diagnoses[0].slug == "missing_batch_axis"


def test_a_batch_that_is_flattened_too_late_is_no_single_sample():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 6 * 6, 5)

        def forward(self, x):
            return self.fc(self.conv(x).flatten(2))

    net = Net()
    print(net(torch.randn(2, 1, 6, 6)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("unsqueeze(0)" in fix.title for fix in fixes)
