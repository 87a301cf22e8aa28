"""Models that hold all of a batch against one number of it: the loudest, the darkest, the mean of what was squared."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps, self.out = nn.Conv2d(1, 3, 3), nn.Linear(3, 2)
        self.loudest = 0.0

    def forward(self, x):
        {body}
        return self.out(self.maps(x).relu().mean((2, 3)))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
images, labels = torch.rand(5, 1, 6, 7) * torch.arange(1, 6)[:, None, None, None], torch.tensor([0, 1, 1, 0, 1])
for _ in range(3):
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def program(body):
    return MODEL.format(body=body)


EACH = "dim=(1, 2, 3), keepdim=True"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x = x - x.max()", f"x = x - x.amax({EACH})"),
        ("x = x / x.amax()", f"x = x / x.amax({EACH})"),
        ("x = x - torch.min(x)", f"x = x - torch.amin(x, {EACH})"),
        ("x = x / (x.abs().max() + 1e-6)", f"x = x / (x.abs().amax({EACH}) + 1e-6)"),
        ("x = x / torch.mean(x.pow(2))", f"x = x / torch.mean(x.pow(2), {EACH})"),
        ("x = x / (x * x).mean().sqrt().clamp(min=1e-6)", f"x = x / (x * x).mean({EACH}).sqrt().clamp(min=1e-6)"),
        ("x = 10 * x.add(1).log10(); x = (x - x.max()).clamp(min=-9)", None),
    ],
)
def test_one_level_for_all_samples(wrong, right):
    ((slug, edits),) = audited(program(wrong), "")
    assert slug == "reduced_along_batch"
    if right is not None:
        assert [edit.strip() for edit in edits] == [right]
        assert slugs(program(right), "") == []


@pytest.mark.parametrize(
    "body",
    [
        # What is rounded on a scale of its own gets the scale back.
        "scale = x.abs().max() / 127; x = (x / scale).round() * scale",
        "level = x.abs().max(); x = (x / level * 127).round() / 127 * level",
        # Whatever is taken off an exponent is gone again behind the sum.
        "x = (x - x.max()).exp(); x = x / x.sum((2, 3), keepdim=True)",
        # What is remembered from batch to batch is one level of all of them.
        "self.loudest = torch.maximum(torch.as_tensor(self.loudest), x.detach().max()); x = x / self.loudest",
        # A mean that is taken off may be that of the batch on purpose.
        "x = x - x.mean()",
        "x = x / 5.0",
    ],
)
def test_levels_that_are_meant(body):
    assert slugs(program(body), "") == []


def test_a_level_beside_a_loss():
    """What the losses of a batch are weighed by is one number for all of them on purpose."""
    loss = "each = F.cross_entropy(model(images), labels, reduction='none'); loss = (each / each.max()).mean()"
    text = program("x = x / 5.0").replace("loss = F.cross_entropy(model(images), labels)", loss)
    assert slugs(text, "") == []
