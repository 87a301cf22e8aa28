"""Two views of a batch, of which a model sees one twice; and programs that read one tensor twice on purpose."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
views = torch.utils.data.TensorDataset(torch.randn(32, 6), torch.randn(32, 6), torch.randint(0, 3, (32,)))
batches = torch.utils.data.DataLoader(views, batch_size=8, shuffle=True)
model = nn.Sequential(nn.Linear(6, 8), {between}, nn.Linear(8, 4))
head = nn.Linear(4, 3)
"""
TRAIN = """
optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], 0.01)
for one, two, y in batches:
    {calls}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PAIRS = "F.cross_entropy(F.normalize(a, dim=1) @ F.normalize(b, dim=1).t() / 0.5, torch.arange(8))"
NEAR = "(1 - F.cosine_similarity(a, b)).mean() + F.cross_entropy(head(a), y)"
TWO_LOSSES = "F.cross_entropy(head(a), y) + 0.1 * b.pow(2).mean()"


@pytest.mark.parametrize(
    ("calls", "loss", "between", "found"),
    [
        ("a, b = model(one), model(one)", PAIRS, "nn.ReLU()", True),
        ("one = one.float(); a = model(one); b = model(one)", NEAR, "nn.ReLU()", True),
        ("a, b = model(one), model(two)", PAIRS, "nn.ReLU()", False),
        # The noise of dropout makes two views of one.
        ("a, b = model(one), model(one)", PAIRS, "nn.Dropout(0.2)", False),
        ("a, b = model(one), model(one)", TWO_LOSSES, "nn.ReLU()", False),
        # The other one is read, if not by this model.
        ("a, b = model(one), model(one) + two.mean()", PAIRS, "nn.ReLU()", False),
    ],
)
def test_two_calls_with_one_view(calls, loss, between, found):
    told = slugs(PROGRAM.format(between=between), TRAIN.format(calls=calls, loss=loss))
    assert told == ["one_view_twice"] * found
