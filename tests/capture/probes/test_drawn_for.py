"""Copies of the samples beside rows that were drawn for each of them: in one order of rows, and in two."""

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 5))

    def forward(self, x):
        return self.net(x)


def drawn(kinds, same):
    table = ((kinds[:, None] == kinds[None]) == same).float().fill_diagonal_(0)
    return {drawn}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
kinds = torch.arange(3).repeat_interleave(3)
for x in torch.randn(2, 9, 4):
    z = model(x)
    near, far = drawn(kinds, True), drawn(kinds, False)
    signs = torch.cat([torch.ones(18), -torch.ones(18)])
    {body}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
MULTINOMIAL = "table.multinomial(2)"
TOPK = "(table + torch.rand(9, 9)).topk(2, dim=1).indices"
SORTED = "(table + torch.rand(9, 9)).argsort(dim=1, descending=True)[:, :2]"
BELOW = "others = torch.cat([z[near].flatten(0, 1), z[far].flatten(0, 1)])"
COSINES = "loss = F.cosine_embedding_loss(own, others, signs)"
SCORES = "loss = F.softplus(-signs * (F.normalize(own, dim=1) * F.normalize(others, dim=1)).sum(1)).mean()"


def program(copies, others=BELOW, loss=COSINES, drawn=MULTINOMIAL):
    return PROGRAM.format(drawn=drawn, body=f"own = {copies}\n    {others}\n    {loss}")


@pytest.mark.parametrize("loss", [COSINES, SCORES])
@pytest.mark.parametrize("drawn", [MULTINOMIAL, TOPK, SORTED])
@pytest.mark.parametrize("copies", ["z.repeat_interleave(4, dim=0)", "z.repeat(4, 1)"])
def test_copies_in_another_order_than_what_was_drawn(copies, drawn, loss):
    assert slugs(program(copies, loss=loss, drawn=drawn), "") == ["copies_in_another_order"]


def test_the_call_is_changed():
    [(_, lines)] = audited(program("z.repeat_interleave(2 * 2, dim=0)"), "")
    assert [line.strip() for line in lines] == ["own = z.repeat_interleave(2, dim=0).repeat(2, 1)"]


@pytest.mark.parametrize(
    ("copies", "others"),
    [
        ("z.repeat_interleave(2, dim=0).repeat(2, 1)", BELOW),
        ("torch.cat([z.repeat_interleave(2, 0), z.repeat_interleave(2, 0)])", BELOW),
        # Both that were drawn for a sample stand beside each other.
        ("z.repeat_interleave(4, dim=0)", "others = torch.cat([z[near], z[far]], 1).flatten(0, 1)"),
        ("z.repeat_interleave(4, dim=0)", "others = z[torch.cat([near, far], 1)].flatten(0, 1)"),
        # Drawn for nobody.
        ("z.repeat_interleave(4, dim=0)", "others = z[torch.randint(9, (9, 4))].flatten(0, 1)"),
        ("z.repeat(4, 1)", "others = z[torch.randint(9, (36,))]"),
    ],
)
def test_copies_that_meet_their_own(copies, others):
    assert "copies_in_another_order" not in slugs(program(copies, others), "")
