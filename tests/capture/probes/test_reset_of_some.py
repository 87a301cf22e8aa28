"""Loops that reset the parts of a model, and come to some of them or to all."""

import pytest
from programs import audited

PROGRAM = """
class Tank(nn.Module):
    def __init__(self):
        super().__init__()
        self.level = None

    def empty(self):
        self.level = None

    def forward(self, x):
        self.level = x if self.level is None else 0.7 * self.level + x
        return torch.sigmoid(self.level - 1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.top, self.head = nn.Sequential(nn.Linear(5, 7), Tank()), {top}, nn.Linear(7, 3)

    def forward(self, x):
        for t in range(x.size(1)):
            out = self.head(self.top(self.body(x[:, t])))
        return out

    def empty_all(self):
        {reset}


model, criterion = Model(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range({epochs}):
    {first}
    for x, y in zip(torch.randn(3, 8, 4, 5), torch.randint(0, 3, (3, 8))):
        {each}
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for part in model.modules():
            if isinstance(part, Tank) and part.level is not None:
                part.level = part.level.detach()
"""
CHILDREN = "[part.empty() for part in self.children() if isinstance(part, Tank)]"
ALL = CHILDREN.replace("children", "modules")
NAMED = (
    "for _, part in self.named_children():\n            if hasattr(part, 'empty'):\n                part.level = None"
)


@pytest.mark.parametrize(
    ("top", "reset", "edit"),
    [
        ("Tank()", CHILDREN, "self.modules()"),
        ("nn.ReLU()", CHILDREN, "self.modules()"),
        ("Tank()", NAMED, "self.named_modules()"),
        ("Tank()", CHILDREN.replace("self.children()", "self._modules.values()"), "self.modules()"),
        ("Tank()", ALL, None),
        ("Tank()", "[part.empty() for part in (self.top, self.body[1])]", None),
    ],
)
def test_what_a_loop_over_parts_comes_to(top, reset, edit):
    found = audited(PROGRAM.format(top=top, reset=reset, epochs=1, first="pass", each="model.empty_all()"), "")
    assert [slug for slug, _ in found] == (["state_of_another_batch"] if edit else [])
    assert not edit or edit in "".join(found[0][1])


def test_what_is_reset_for_a_whole_epoch_goes_on_within_it():
    program = PROGRAM.format(top="nn.ReLU()", reset=CHILDREN, epochs=2, first="model.empty_all()", each="pass")
    assert audited(program, "") == []
