"""An axis that was added at another place than it is wanted at is added there, not moved behind it."""

import pytest
from mended import mended, printed

FORECAST = """
    class Forecast(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 7)

        def forward(self, x):
            steps = self.rnn(x)[0]
            return self.head(steps[:, -1]){axis}


    net = Forecast()
    x, y = torch.randn(4, 9, 3), torch.rand(4, 7, 1)
    guess = net(x){behind}
    {held}
    print(((guess - y) ** 2).mean().item())
"""
LOSS = "loss = F.binary_cross_entropy_with_logits(guess, y)"
HELD = 'assert guess.shape == y.shape, "other shapes"'


@pytest.mark.parametrize("axis", [".unsqueeze(1)", ".unsqueeze(-2)", "[:, None]"])
@pytest.mark.parametrize("held", [LOSS, HELD])
def test_an_axis_of_one_is_added_where_it_is_wanted(axis, held):
    found = mended(FORECAST.format(axis=axis, behind="", held=held))
    assert found.changed == ["return self.head(steps[:, -1]).unsqueeze(-1)"]
    assert not found.doubts
    assert found.output == printed(FORECAST.format(axis=".unsqueeze(-1)", behind="", held=held))


def test_an_axis_that_something_else_reads_where_it_is_stays():
    also = "print(nn.Conv1d(1, 2, 3)(guess).shape)\n    "
    found = mended(FORECAST.format(axis="", behind=".unsqueeze(1)", held=also + LOSS))
    assert found.output != "crashed"
    assert "unsqueeze(-1)" not in found.text


def test_the_weights_of_steps_have_their_axis_behind_the_steps():
    text = """
    x = torch.randn(4, 7, 5)
    weights = nn.Linear(5, 1)(x).squeeze(-1).softmax(1){axis}
    print((weights * x).sum(1).sum().item())
    """
    found = mended(text.format(axis=".unsqueeze(1)"))
    assert found.output == printed(text.format(axis=".unsqueeze(-1)"))
    assert found.changed == ["weights = nn.Linear(5, 1)(x).squeeze(-1).softmax(1).unsqueeze(-1)"]


@pytest.mark.parametrize("along", ["", ", 0", ", dim=0"])
@pytest.mark.parametrize("used", ["(steps + other)", "F.binary_cross_entropy_with_logits(steps, other)"])
def test_a_list_of_steps_is_stacked_behind_the_samples(along, used):
    text = """
    frames = [torch.randn(4, 5) for _ in range(7)]
    steps = torch.stack(frames{along})
    other = torch.rand(4, 7, 5)
    print({used}.sum().item())
    """
    found = mended(text.format(along=along, used=used))
    assert found.output == printed(text.format(along=", dim=1", used=used))
    assert "torch.stack(frames, " in found.text
    assert "cat(" not in found.text


def test_a_list_that_is_walked_along_as_it_is_stays_as_it_was_stacked():
    found = mended(
        """
        frames = [torch.randn(4, 5) for _ in range(7)]
        steps = torch.stack(frames)
        for frame in steps:
            print(nn.Linear(5, 1)(frame).shape)
        print((steps + torch.rand(4, 7, 5)).sum().item())
        """
    )
    assert found.output != "crashed"
    assert "torch.stack(frames)\n" in found.text
