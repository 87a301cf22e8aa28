"""Tables of pairs, and rows that only look like them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Sequential(nn.Linear(6, 1), nn.Flatten(0))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, ages = torch.randn(7, 6), torch.randn(7)
    kinds = torch.randint(0, 3, (7,))
    risk = model(x)
    higher = {higher}
    loss = (higher.float() * (ages.unsqueeze(1) - ages.unsqueeze(0))).mean() + risk.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("higher", "right"),
    [
        ("risk.unsqueeze(0) > risk.unsqueeze(0)", "risk.unsqueeze(1) > risk.unsqueeze(0)"),
        ("risk.unsqueeze(1) - risk.unsqueeze(1)", "risk.unsqueeze(0) - risk.unsqueeze(1)"),
        ("risk > risk.unsqueeze(0)", "risk.unsqueeze(1) > risk.unsqueeze(0)"),
        ("kinds.unsqueeze(1) == kinds.unsqueeze(1)", "kinds.unsqueeze(0) == kinds.unsqueeze(1)"),
        ("kinds[None, :] == kinds[None]", "kinds[:, None] == kinds[None]"),
        ("risk[:, None] > risk[:, None]", "risk[None] > risk[:, None]"),
    ],
)
def test_each_number_meets_itself(higher, right):
    found = [edits for slug, edits in audited(PROGRAM.format(higher=higher), "") if slug == "paired_with_itself"]
    assert found == [[f"    higher = {right}\n"]]
    assert "paired_with_itself" not in slugs(PROGRAM.format(higher=right), "")


@pytest.mark.parametrize(
    "higher",
    [
        # One item has no other one to meet, and what has not moved yet is where it was.
        "(x[:1].unsqueeze(1) - x[:1].unsqueeze(0)).sum()",
        "sum((each.unsqueeze(0) - risk.unsqueeze(0)).abs() for each in (risk, risk + 1))",
        "risk.unsqueeze(1) - risk",
        "risk == risk",
        "risk[None] - risk[None, :1]",
        "risk - risk.detach()",
        "risk.unsqueeze(1) * risk.unsqueeze(1)",
        "risk.unsqueeze(0) - risk.flip(0).unsqueeze(0)",
        "risk.unsqueeze(0) - risk[:1].unsqueeze(0)",
    ],
)
def test_pairs_and_other_comparisons(higher):
    assert "paired_with_itself" not in slugs(PROGRAM.format(higher=higher), "")


def test_a_table_of_the_data():
    table = "same = {same}\n" + PROGRAM.format(higher="risk > ages").replace("risk.pow", "(same * risk).pow")
    table = "kinds = torch.arange(7) % 2\n" + table
    found = audited(table.format(same="(kinds[None, :] == kinds[None]).float()"), "")
    assert ("paired_with_itself", ["same = (kinds[:, None] == kinds[None]).float()\n"]) in found
    assert "paired_with_itself" not in slugs(table.format(same="(kinds[:, None] == kinds[None]).float()"), "")
