"""What was made of all samples, and is taken by position beside a batch that a loader has shuffled, or has not."""

import pytest
from programs import slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

data, labels = torch.randn(24, 5), torch.randint(0, 3, (24,))
loader = DataLoader(TensorDataset(data, labels), batch_size=6, shuffle={shuffle})
model, teacher = nn.Linear(5, 3), nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
with torch.no_grad():
    soft = teacher(data).softmax(1)
weights = [row.norm() for row in data]
for _ in range(1):
    at = 0
    for x, y in loader:
        out = model(x)
        {loss}
        at += len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
SOFT = "loss = F.cross_entropy(out, y) + F.mse_loss(out.softmax(1), soft[at:at + len(x)])"
WEIGHED = "loss = (F.cross_entropy(out, y, reduction='none') * torch.stack(weights[at:at + len(x)])).mean()"


@pytest.mark.parametrize(
    ("loss", "shuffle", "is_told"),
    [
        (SOFT, True, True),
        (SOFT.replace("soft[at:at + len(x)]", "soft.split(6)[at // 6]"), True, True),
        (WEIGHED, True, True),
        ("loss = F.cross_entropy(out, labels[at:at + len(x)])", True, True),
        (SOFT, False, False),
        (WEIGHED, False, False),
        # What all rows are compared with, and what is learned along with them, may be of other samples.
        (
            "loss = F.cross_entropy(out @ soft[at:at + len(x)].t(), torch.arange(6)) + F.cross_entropy(out, y)",
            True,
            False,
        ),
        (
            "loss = F.cross_entropy(torch.cat([out, model(data[at:at + 6])]), torch.cat([y, labels[at:at + 6]]))",
            True,
            False,
        ),
        # The one of them that is nearest, and all of them together.
        ("z = soft[at:at + 6]; loss = (out - z[(out @ z.t()).argmax(1)]).square().mean()", True, False),
        ("z = soft[at:at + 6]; loss = (out - (out @ z.t()).softmax(1) @ z).square().mean()", True, False),
        # A negative beside a positive of its own.
        ("z = soft[at:at + 6]; loss = ((out * z).sum(1) - (out * model(x + 0.1)).sum(1)).exp().mean()", True, False),
        ("loss = (out * soft[at:at + 6]).sum(1).exp().mean()", True, True),
        ("loss = (out - soft[at:at + 6].mean(0, keepdim=True)).square().mean()", True, False),
    ],
)
def test_rows_taken_by_position(loss, shuffle, is_told):
    found = slugs(PROGRAM.format(loss=loss, shuffle=shuffle), "")
    assert ("shuffled_apart" in found) is is_told


def test_what_was_made_of_the_same_batches_lies_in_their_order():
    program = PROGRAM.format(loss=SOFT, shuffle=True)
    assert "shuffled_apart" not in slugs(
        program.replace(
            "for _ in range(1):\n",
            "for loader in [list(loader)]:\n    soft = torch.cat([teacher(x).detach() for x, _ in loader])\n",
        ),
        "",
    )
