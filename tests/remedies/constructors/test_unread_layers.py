"""A layer that is made and never called, beside one that is called where it does not fit."""

import pytest
from mended import mended, printed

NORMS = """
class Distiller(nn.Module):
    def __init__(self, narrow=(8, 12), wide=(16, 24)):
        super().__init__()
        self.own = nn.ModuleList(nn.BatchNorm2d(size) for size in narrow)
        self.theirs = nn.ModuleList(nn.BatchNorm2d(size) for size in wide)
        self.lift = nn.ModuleList(nn.Conv2d(one, other, 1) for one, other in zip(narrow, wide))

    def forward(self, ours, others):
        loss = 0.0
        for at, (one, other) in enumerate(zip(ours, others)):
            lifted = self.lift[at](self.own[at](one))
            loss = loss + F.mse_loss(lifted, self.{norm}[at](other.detach()))
        return loss


maps = [[torch.randn(4, size, 6, 7) for size in sizes] for sizes in ((8, 12), (16, 24))]
print(Distiller()(*maps).item())
"""
HEADS = """
class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.user, self.item = nn.Embedding(9, 6), nn.Embedding(11, 10)
        self.of_user = nn.Linear(6, 4)
        self.of_item = nn.Linear(10, 4)
        {more}

    def forward(self, users, items):
        {first}
        return (users * self.{head}(self.item(items))).sum(-1)


print(Tower()(torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6])).sum().item())
"""
TWICE = {"more": "pass", "first": "users = self.of_user(self.user(users))"}


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (NORMS, {"norm": "own"}, {"norm": "theirs"}),
        (HEADS, {"head": "of_user"} | TWICE, {"head": "of_item"} | TWICE),
    ],
)
def test_the_layer_that_nobody_calls_takes_the_place_of_its_like(
    program: str, wrong: dict[str, str], right: dict[str, str]
) -> None:
    def filled(values: dict[str, str]) -> str:
        text = program
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    found = mended(filled(wrong))

    assert found.output == printed(filled(right))
    assert not found.doubts
    assert len(found.diagnoses) == 1


@pytest.mark.parametrize(
    "more",
    [
        # Called elsewhere, and so no layer that was forgotten.
        "self.bias = self.of_item(torch.zeros(10)).detach()",
        # Two that nobody calls: neither is the one.
        "self.other = nn.Linear(10, 4)",
    ],
)
def test_a_layer_that_is_called_or_not_alone_does_not(more: str) -> None:
    program = HEADS.replace("{more}", more).replace("{head}", "of_user").replace("{first}", TWICE["first"])

    assert "self.of_item" not in " ".join(line for line in mended(program, most=1).changed)


def test_a_layer_that_is_called_in_one_place_is_not_written_for_another():
    found = mended(
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.second = nn.Linear(8, 6), nn.Linear(6, 4)

            def forward(self, x):
                return self.second(x.relu())


        print(Net()(torch.randn(3, 8)).shape)
        """
    )

    assert found.changed == ["return self.second(self.first(x.relu()))"]


CROSS = """
    class Cross(nn.Module):
        def __init__(self, d=8):
            super().__init__()
            {made}

        def forward(self, query, key, bias):
            return ({asked}).softmax(-1).sum(1)


    print(round(Cross()(torch.randn(2, 5, 8), torch.randn(2, 6, 8), torch.randn(2, 8, 6))[:, 0].sum().item(), 4))
"""
BOTH = "self.q, self.k = nn.Linear(d, d), nn.Linear(d, d)"


@pytest.mark.parametrize("made", [BOTH, "self.q = nn.Linear(d, d)\n            self.k = nn.Linear(d, d)"])
@pytest.mark.parametrize("asked", ["torch.matmul(self.q(query), {})", "self.q(query) @ {}"])
def test_keys_go_through_the_layer_that_was_made_for_them(made, asked):
    found = mended(CROSS.format(made=made, asked=asked.format("key")), most=1)
    meant = asked.format("self.k(key).transpose(-2, -1)")
    assert meant in found.changed[0]
    assert found.output == printed(CROSS.format(made=made, asked=meant))


def test_where_no_layer_is_left_out_the_keys_are_turned():
    found = mended(CROSS.format(made="self.q = nn.Linear(d, d)", asked="self.q(query) @ key"), most=1)
    assert "key.transpose(-2, -1)" in found.changed[0]
