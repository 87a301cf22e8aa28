"""Reshapes to the same sizes in another order, in a loss and in what is measured, beside those that mean it."""

from __future__ import annotations

import pytest
from programs import audited, slugs

TRAINED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.mix = nn.Conv2d(3, 5, 3, padding=1), nn.Linear(5, 4)

    def forward(self, x):
        maps = self.layer(x)
        n = len(maps)
        return self.mix({turned}).mean((1, 2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(2, 3, 6, 7), torch.randint(0, 4, (2,))) for _ in range(2)]
"""
MEASURED = """
def grey(image):
    r, g, b = image[..., 0], image[..., 1], image[..., 2]
    return 0.3 * r + 0.6 * g + 0.1 * b


model = nn.Conv2d(3, 3, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
x = torch.randn(4, 3, 6, 7)
for _ in range(2):
    loss = F.mse_loss(model(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    out = model(x[:1])[0]
    print((grey({out}) - grey({wanted})).abs().mean().item())
"""
TURNED = "maps.permute(0, 2, 3, 1)"


@pytest.mark.parametrize(
    ("turned", "found"),
    [
        # Where layers read the features behind it, that is told.
        ("maps.view(n, 6, 7, 5)", ["features_reshaped"]),
        (TURNED, []),
        # It is cut, and cut back again.
        (f"(maps.view(n, 6, 7, 5) * 2).view(n, 5, 6, 7).{TURNED.partition('.')[2]}", []),
    ],
)
def test_a_map_whose_channels_go_last(turned, found):
    assert slugs(TRAINED.format(turned=turned)) == found


def test_the_edit_turns_the_axes():
    ((_, edits),) = audited(MEASURED.format(out="out.view(6, 7, 3)", wanted="x[0].permute(1, 2, 0)"), "")
    assert edits == [
        "    print((grey(out.permute(1, 2, 0).reshape(6, 7, 3)) - grey(x[0].permute(1, 2, 0))).abs().mean().item())\n"
    ]


@pytest.mark.parametrize(
    ("out", "wanted", "found"),
    [
        ("out.view(6, 7, 3)", "x[0].view(6, 7, 3)", ["axes_renamed"]),
        ("out.permute(1, 2, 0)", "x[0].permute(1, 2, 0)", []),
        ("out.permute(1, 2, 0)", "torch.randn(3, 6, 7).view(6, 7, 3)", []),
    ],
)
def test_an_image_that_is_measured(out, wanted, found):
    assert slugs(MEASURED.format(out=out, wanted=wanted), "") == found


SHIFTED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.far, self.out = nn.Linear(4, 4), nn.Parameter(torch.randn(5, 4)), nn.Linear(5, 3)

    def forward(self, x):
        scores = F.pad(self.query(x) @ self.far.t(), (1, 0))
        n, rows, columns = scores.shape
        return self.out(scores.view(n, columns, rows)[:, 1:].reshape(n, rows, columns - 1).softmax(-1)).mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(2, 5, 4), torch.randint(0, 3, (2,))) for _ in range(2)]
"""


def test_rows_that_are_shifted_against_each_other():
    assert slugs(SHIFTED) == []


REGROUPED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.head = nn.Linear(8, 8), nn.Linear(16, 3)

    def forward(self, x):
        n, steps, width = x.shape
        return self.head({frames}).mean(1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 16, 8), torch.randint(0, 3, (5,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "frames",
    [
        "x.reshape(n, steps // 2, 2 * width)",
        "x.view(len(x), -1, 16)",
        # Rows that slip against each other by one.
        "F.pad(x, (0, 7))[:, :14].mul(2).view(n, 15, 14)[:, 1:, :1].expand(n, 14, 16)",
    ],
)
def test_neighbours_that_are_put_together(frames):
    assert slugs(REGROUPED.format(frames=frames)) == []
