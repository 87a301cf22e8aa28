"""Rows that are counted of predictions from which a squeeze takes the axis of a sample alone."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, x):
        return {out}


def squeezed(made):
    return made.squeeze()


def evaluate(model, x, y, size):
    model.eval()
    total, count, found = 0.0, 0, []
    with torch.no_grad():
        for i in range(0, len(x), size):
            made = {made}
            {counted}
            total += made.abs().mean(-1).sum().item()
    return total, count, found


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in zip(torch.randn(5, 8, 5), torch.randn(5, 8, 3)):
    loss = (model(x).reshape(8, 3) - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
x, y = torch.randn({count}, 5), torch.randn({count}, 3)
evaluate(model, x, y, {size})
"""
INSIDE, KEPT, MADE = "self.layer(x)[..., None].squeeze()", "self.layer(x)[..., None]", "model(x[i:i + size])"
COUNTED = "count += len(made)"


def program(out, made, counted, count=13, size=6):
    return PROGRAM.format(out=out, made=made, counted=counted, count=count, size=size)


@pytest.mark.parametrize(
    ("out", "made", "edit"),
    [
        (INSIDE, MADE, "return self.layer(x)[..., None].squeeze(2)"),
        (f"torch.sigmoid({INSIDE})", MADE, "return torch.sigmoid(self.layer(x)[..., None].squeeze(2))"),
        (f"{INSIDE}.exp() * 2", MADE, "return self.layer(x)[..., None].squeeze(2).exp() * 2"),
        (KEPT, f"{MADE}.squeeze().sigmoid()", "made = model(x[i:i + size]).squeeze(2).sigmoid()"),
        (KEPT, f"squeezed({MADE})", "return made.squeeze(2)"),
    ],
)
def test_what_is_made_of_each_number_is_counted(out, made, edit):
    ((slug, edits),) = audited(program(out, made, COUNTED), "")
    assert slug == "squeezed_by_chance"
    assert [line.strip() for line in edits] == [edit]


@pytest.mark.parametrize(
    "counted",
    [
        "for row in made:\n                found.append(row.argmax().item())",
        "for row in made.tolist():\n                count += 1",
        "found += [row.argmax().item() for row in made]",
        "found.extend([row.argmax().item() for row in made])",
    ],
)
def test_rows_that_are_gone_over(counted):
    assert slugs(program(INSIDE, MADE, counted), "") == ["squeezed_by_chance"]
    assert slugs(program(INSIDE, MADE, counted, count=12), "") == []


@pytest.mark.parametrize(
    ("out", "made", "counted"),
    [
        (INSIDE.replace("squeeze()", "squeeze(-1)"), MADE, COUNTED),
        (INSIDE, MADE, "count += len(y[i:i + size])"),
        (INSIDE, MADE, "count += made.numel()"),
        (INSIDE, MADE, "made = made.reshape(-1, 3)\n            count += len(made)"),
        (INSIDE, MADE, "made = made if made.dim() == 2 else made[None]\n            count += len(made)"),
        # What meets targets with an axis of samples has one again.
        (INSIDE, f"({MADE} - y[i:i + size]).abs()", COUNTED),
        # Whichever is shorter ends the loop.
        (INSIDE, MADE, "for row, label in zip(made, y[i:i + size]):\n                count += 1"),
    ],
)
def test_samples_that_are_counted_as_such(out, made, counted):
    assert slugs(program(out, made, counted), "") == []


@pytest.mark.parametrize("counted", [COUNTED, "for value in made:\n                found.append(value.item())"])
def test_steps_of_one_sample_after_the_other(counted):
    assert slugs(program(INSIDE, MADE, counted, count=4, size=1), "") == []
