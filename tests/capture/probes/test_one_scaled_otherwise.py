"""Cosines of which one side was scaled along another axis, in training and in what is made of an evaluation."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

TRAINED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 6), nn.Linear(4, 6)
        self.centres = nn.Parameter(torch.randn(5, 6))

    def forward(self, x):  # (batch_size, positions, num_features)
        a, b, first = self.one(x), self.other(x), self.one(x[:, 0])
        {body}


model = Model()
batches = [(torch.randn(3, 7, 4), None) for _ in range(2)]


def criterion(out, _):
    return out.square().mean()
"""

WRONG = [
    "return F.normalize(a, dim=-1) @ F.normalize(b, dim=1).transpose(1, 2)",
    "return torch.bmm(a / a.norm(dim=1, keepdim=True), F.normalize(b, dim=2).mT)",
    "return torch.einsum('bid,bjd->bij', F.normalize(a, dim=-1), b / b.pow(2).sum(1, keepdim=True).sqrt())",
    "return (F.normalize(a, dim=1)[:, :, None] * F.normalize(b, dim=-1)[:, None]).sum(-1)",
    "return F.normalize(first, dim=1) @ F.normalize(self.other(x[:, 1]), dim=0).t()",
    "return F.linear(F.normalize(first, dim=-1), F.normalize(self.centres, dim=0))",
    "return F.normalize(first, dim=0) @ F.normalize(self.centres, dim=1).t()",
    "return F.normalize(a, dim=-1).flatten(0, 1) @ F.normalize(a, dim=1).flatten(0, 1).t()",
]

RIGHT = [
    "return F.normalize(a, dim=-1) @ F.normalize(b, dim=2).transpose(1, 2)",
    # Classes as columns, and weights that have length one where the vectors have none.
    "return F.normalize(first, dim=1) @ F.normalize(self.centres.t(), dim=0)",
    "return F.linear(first, self.centres / self.centres.norm(dim=0, keepdim=True))",
    "return F.linear(F.normalize(first), F.normalize(self.centres))",
    # Weights of positions, which add up vectors of length one.
    "w = F.normalize(F.linear(a, self.centres), dim=1); return w.transpose(1, 2) @ F.normalize(b, dim=-1)",
    "w = F.normalize((a @ b.mT).softmax(-1), p=1, dim=-1); return w @ F.normalize(b, dim=-1)",
    "w, b = (h.unflatten(-1, (7, 1)).flatten(2) for h in (self.centres @ a.mT, b.mT))\n"
    "        return F.normalize(w, dim=-1) @ F.normalize(b, dim=1).mT",
    # Positions with positions, and features with features.
    "a = F.normalize(a, dim=-1); return (a @ a.mT).mean() + (a.mT @ a).mean()",
    "return F.normalize(a, dim=1).mT @ F.normalize(b, dim=1)",
    # It was scaled once more.
    "return F.normalize(F.normalize(a, dim=1), dim=-1) @ F.normalize(b, dim=-1).mT",
]


@pytest.mark.parametrize("body", WRONG)
def test_one_side_of_a_cosine_is_scaled_along_another_axis(body):
    along_samples = "dim=0" in body and "centres, dim=0" not in body
    assert slugs(TRAINED.format(body=body)) == ["reduced_along_batch" if along_samples else "scaled_along_other_axis"]


@pytest.mark.parametrize("body", RIGHT)
def test_both_sides_are_scaled_as_they_are_meant(body):
    assert "scaled_along_other_axis" not in slugs(TRAINED.format(body=body))


HELD = """
def unit(w, axis=0):
    return w / w.norm(dim=axis, keepdim=True)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.top = nn.Linear(4, 6), nn.Linear(6, 5, bias=False)

    def forward(self, x):
        with torch.no_grad():
            {held}
        return self.top({features})


model = Model()
batches = [(torch.randn(3, 4), None) for _ in range(2)]


def criterion(out, _):
    return out.square().mean()
"""


@pytest.mark.parametrize(
    ("held", "is_wrong"),
    [
        ("self.top.weight.data = unit(self.top.weight.data, {axis})", True),
        ("self.top.weight.data = unit(w=self.top.weight.data, axis={axis})", True),
        ("self.top.weight.copy_(F.normalize(self.top.weight.clone(), dim={axis}))", True),
        ("self.top.weight.data /= self.top.weight.data.norm(dim={axis}, keepdim=True)", True),
        ("self.top.weight.div_(self.top.weight.norm(dim={axis}, keepdim=True))", True),
        # It was measured, and nothing was put into the layer.
        ("self.length = unit(self.top.weight, {axis})", False),
    ],
)
def test_weights_are_scaled_where_they_are_kept(held, is_wrong):
    wrong, right = held.format(axis=0), held.format(axis=-1)
    cosines = HELD.replace("{features}", "F.normalize(self.one(x), dim=-1)")
    found = audited(cosines.format(held=wrong))
    assert found == [("scaled_along_other_axis", [f"            {right}\n"])] * is_wrong
    assert slugs(cosines.format(held=right)) == []
    # What decodes is of columns of length one, each weighed by what it is given.
    assert slugs(HELD.format(held=wrong, features="self.one(x)")) == []


def test_an_axis_is_told_where_a_function_was_called():
    held = "self.top.weight.data = unit(self.top.weight.data)"
    program = HELD.format(held=held, features="F.normalize(self.one(x), dim=-1)")
    assert audited(program)[0][1] == ["            self.top.weight.data = unit(self.top.weight.data, axis=-1)\n"]
    assert lines_told(program) == [held]


NORMED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.norm, self.names = nn.Linear(4, 6), nn.{norm}(6), nn.Embedding(5, 6)
        self.start = nn.Parameter(torch.randn(1, 1, 6))

    def forward(self, x):  # (batch_size, positions, num_features)
        h = torch.cat([self.start.expand(len(x), -1, -1), self.one(x)], 1)
        h = {normed}
        names = F.normalize(self.names.weight, dim=-1)
        return {product}


model = Model()
batches = [(torch.randn(3, 7, 4), None) for _ in range(2)]


def criterion(out, _):
    return out.square().mean()
"""
LAST = {"norm": "LayerNorm", "normed": "self.norm(h + h.tanh())"}
SECOND = {"norm": "BatchNorm1d", "normed": "self.norm(h.transpose(1, 2))"}


@pytest.mark.parametrize(
    ("norm", "product", "is_wrong"),
    [
        (LAST, "3 * (h / h.norm(dim=1, keepdim=True))[:, 1:] @ names.t()", True),
        (LAST, "F.linear(F.normalize(h, dim=1), names)", True),
        (LAST, "3 * (h / h.norm(dim=-1, keepdim=True))[:, 1:] @ names.t()", False),
        (LAST, "torch.einsum('bpf,nf->bpn', F.normalize(h, dim=2), names)", False),
        (SECOND, "names @ F.normalize(h, dim=2)", True),
        (SECOND, "names @ F.normalize(h, dim=1)", False),
        # Weights of the positions, which have length one together.
        (LAST, "F.normalize(h.mean(-1), dim=1).unsqueeze(1) @ F.normalize(h, dim=-1) @ names.t()", False),
    ],
)
def test_a_norm_says_which_axis_holds_the_features(norm, product, is_wrong):
    assert slugs(NORMED.format(**norm, product=product)) == ["scaled_along_other_axis"] * is_wrong


EVALUATED = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 6, 2, stride=2)
        self.last = nn.Linear(6, 2)

    def features(self, x):
        return self.layer(x).flatten(2).transpose(1, 2)

    def forward(self, x):
        return self.last(self.features(x)).mean(1)


model = Encoder()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
batches = [torch.randn(4, 3, 4, 6) for _ in range(5)]
for x in batches:
    loss = model(x).square().mean()
    loss.backward()
    optimizer.step()

model.eval()
{memory}
"""

MEMORIES = {
    "each image over its patches": """
with torch.no_grad():
    memory = []
    for x in batches:
        f = model.features(x)
        memory.append((f / torch.norm(f, dim={axis}, keepdim=True)).flatten(0, 1))
    memory = torch.cat(memory)
    for x in batches:
        print((F.normalize(model.features(x), dim=-1) @ memory.t()).max())
""",
    "with a store that is filled": """
memory = torch.zeros(120, 6)
with torch.no_grad():
    for k, x in enumerate(batches):
        memory[24 * k : 24 * k + 24] = F.normalize(model.features(x), dim={axis}).reshape(-1, 6)
    queries = F.normalize(model.features(batches[0])[:, 0], dim=1)
print(torch.einsum("qd,nd->qn", queries, memory).topk(3).indices)
""",
    "each feature over the samples": """
def encode(x):
    return model.features(x).mean(1)


with torch.no_grad():
    gallery = torch.cat([encode(x) for x in batches])
    gallery = F.normalize(gallery, dim={axis} - 1)
    query = encode(batches[0])
    print((query / query.norm(dim=1, keepdim=True)).mm(gallery.T).argmax(1))
""",
}


@pytest.mark.parametrize("memory", MEMORIES.values(), ids=MEMORIES)
def test_what_is_remembered_of_an_evaluation(memory):
    assert slugs(EVALUATED.format(memory=memory.format(axis=1)), "") == ["scaled_along_other_axis"]
    assert slugs(EVALUATED.format(memory=memory.format(axis=2)), "") == []


def test_the_side_that_is_scaled_otherwise_is_the_one_to_change():
    ((_, edits),) = audited(EVALUATED.format(memory=MEMORIES["each image over its patches"].format(axis=1)), "")
    assert edits == ["        memory.append((f / torch.norm(f, dim=-1, keepdim=True)).flatten(0, 1))\n"]


TURNED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 20)

    def forward(self, x):
        q = self.linear(x).view(-1, 5, 4)
        return q / q.norm(dim={axis}, keepdim=True)


model, criterion = Model(), lambda out, q: (1 - (out * q).sum(-1).pow(2)).mean()
batches = [(torch.randn(3, 6), torch.nn.functional.normalize(torch.randn(3, 5, 4), dim={given})) for _ in range(2)]
"""


def test_data_of_length_one():
    assert slugs(TURNED.format(axis=1, given=2)) == ["scaled_along_other_axis"]
    assert slugs(TURNED.format(axis=2, given=2)) == slugs(TURNED.format(axis=1, given=1)) == []
