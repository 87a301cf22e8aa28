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


DRAWN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.last = nn.Linear(6, 8), nn.Linear(8, 4)

    def forward(self, x):
        mean = self.body(x)
        return self.last({drawn})


def criterion(scores, labels):
    return F.cross_entropy(scores.{cut}, {labels})


model = Net()
batches = [(torch.randn(5, 6), torch.randint(0, 4, (5,))) for _ in range(3)]
"""
IN_FRONT, BEHIND = "mean + torch.randn(3, 5, 8)", "mean[:, None] + torch.randn(5, 3, 8)"


@pytest.mark.parametrize(
    ("drawn", "cut", "labels", "found"),
    [
        (IN_FRONT, "flatten(0, 1)", "labels.repeat_interleave(3)", ["copies_in_another_order"]),
        (IN_FRONT, "reshape(-1, 4)", "torch.repeat_interleave(labels, 3)", ["copies_in_another_order"]),
        (BEHIND, "flatten(0, 1)", "labels.repeat(3)", ["copies_in_another_order"]),
        (IN_FRONT, "flatten(0, 1)", "labels.repeat(3)", []),
        (IN_FRONT, "transpose(0, 1).reshape(-1, 4)", "labels.repeat_interleave(3)", []),
        (BEHIND, "flatten(0, 1)", "labels.repeat_interleave(3)", []),
    ],
)
def test_labels_that_are_copied_for_what_was_drawn_of_each_sample(drawn, cut, labels, found):
    assert slugs(DRAWN.format(drawn=drawn, cut=cut, labels=labels)) == found
