"""Copies of samples whose labels are copied as well, up to a loss that adds them up itself."""

import pytest
from programs import slugs

PROGRAM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, {width})

    def forward(self, x):
        many = {copies}
        many = torch.where(torch.rand(many.shape) < 0.1, torch.zeros(()), many)
        return self.last(self.norm(self.first(many)).relu())


def criterion(scores, labels):
    return {loss}


model = Net()
batches = [(torch.randn(5, 6), {labels}) for _ in range(3)]
"""
CLASSES = {"width": 4, "labels": "torch.randint(0, 4, (5,))", "loss": "F.cross_entropy(scores, {})"}
NUMBERS = {"width": 1, "labels": "torch.randn(5)", "loss": "F.mse_loss(scores.squeeze(1), {})"}
SUMMED = {**CLASSES, "loss": "F.cross_entropy(scores, {}, reduction='sum') / 15"}


def program(kind, copies, labels):
    return PROGRAM.format(**{**kind, "loss": kind["loss"].format(labels)}, copies=copies)


@pytest.mark.parametrize("kind", [CLASSES, NUMBERS, SUMMED], ids=["classes", "numbers", "summed"])
@pytest.mark.parametrize(
    ("copies", "labels"),
    [("x.repeat_interleave(3, 0)", "labels.repeat(3)"), ("x.repeat(3, 1)", "labels.repeat_interleave(3)")],
)
def test_copies_in_another_order_than_their_labels(kind, copies, labels):
    assert slugs(program(kind, copies, labels)) == ["copies_in_another_order"]


@pytest.mark.parametrize("kind", [CLASSES, NUMBERS, SUMMED], ids=["classes", "numbers", "summed"])
@pytest.mark.parametrize(
    ("copies", "labels"),
    [
        ("x.repeat_interleave(3, 0)", "labels.repeat_interleave(3)"),
        ("x.repeat(3, 1)", "labels.repeat(3)"),
        ("x.repeat(3, 1)", "torch.cat([labels] * 3)"),
        ("x[:, None].expand(-1, 3, -1).flatten(0, 1)", "labels[:, None].expand(-1, 3).flatten()"),
    ],
)
def test_copies_in_the_order_of_their_labels(kind, copies, labels):
    assert slugs(program(kind, copies, labels)) == []
