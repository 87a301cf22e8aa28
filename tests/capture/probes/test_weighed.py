"""Weights of attention and the axis that is summed over with them, in several ways of writing both."""

from __future__ import annotations

import pytest
from programs import audited, slugs

OF_ONE_VIDEO = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(6, 8) for _ in range(3))
        self.linear = nn.Linear(8, 1)

    def forward(self, x):  # (frame, feature)
        q, k, v = self.q(x), self.k(x), self.v(x)
        {attend}
        return self.linear(h).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(9, 6), torch.randn(9)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("w = (q @ k.t()).softmax(-1); h = (v.t() @ w).t()", "w = (q @ k.t()).softmax(-1); h = (v.t() @ w.t()).t()"),
        ("w = F.softmax(q @ k.T / 3, dim=1); h = w.T @ v", "w = F.softmax(q @ k.T / 3, dim=1); h = w @ v"),
        ("w = torch.mm(q, k.t()).softmax(1); h = torch.mm(w.t(), v)", "w = torch.mm(q, k.t()).softmax(1); h = w.mm(v)"),
        (
            "w = torch.einsum('qd,kd->qk', q, k).softmax(1); h = torch.einsum('qk,qd->kd', w, v)",
            "w = torch.einsum('qd,kd->qk', q, k).softmax(1); h = torch.einsum('qk,kd->qd', w, v)",
        ),
        (
            "w = (q @ k.t()).softmax(-1); h = (w.unsqueeze(-1) * v.unsqueeze(1)).sum(0)",
            "w = (q @ k.t()).softmax(-1); h = (w.unsqueeze(-1) * v.unsqueeze(0)).sum(1)",
        ),
        # What each frame hands out, and not what it takes.
        (
            "w = (q @ k.t()).softmax(-1); h = w.transpose(0, 1) @ v",
            "w = (k @ q.t()).softmax(0); h = w.transpose(0, 1) @ v",
        ),
    ],
)
def test_attention_without_a_batch(wrong, right):
    assert slugs(OF_ONE_VIDEO.format(attend=wrong)) == ["weights_along_other_axis"]
    assert slugs(OF_ONE_VIDEO.format(attend=right)) == []


def test_the_line_is_that_of_the_product_where_the_softmax_runs_along_the_last_axis():
    found = audited(OF_ONE_VIDEO.format(attend="w = (q @ k.t()).softmax(-1)\n        h = w.t() @ v"))
    assert [edits for _, edits, *_ in found] == [["        h = w.t().transpose(-2, -1) @ v\n"]]


@pytest.mark.parametrize(
    "attend",
    [
        # Attention both ways, one after the other.
        "s = q @ k.t(); h = s.softmax(1) @ v + s.softmax(0).t() @ v",
        # Soft clusters: each takes the share of the frames that it got.
        "w = self.q(x).softmax(-1); h = w @ (w.t() @ v)",
        # Shares of a walk, which are used both ways.
        "w = (q @ k.t()).softmax(1); h = w.t() @ (w @ v)",
        # Channels that look at channels.
        "h = ((q.t() @ k).softmax(-1) @ v.t()).t()",
        # A graph without learned edges, that hands on what its nodes have.
        "p = torch.eye(9).softmax(1); h = p.t() @ v",
    ],
)
def test_weights_without_a_batch_that_are_meant_as_they_are(attend):
    assert slugs(OF_ONE_VIDEO.format(attend=attend)) == []


POOLED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tanh, self.score, self.query = nn.Linear(8, 8), nn.Linear(8, 1), nn.Parameter(torch.randn(8))
        self.linear = nn.Linear(8, 3)

    def forward(self, x):  # (batch_size, area, feature), as many areas as features
        {pooled}
        return self.linear(h)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 8, 8), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("pooled", "wrong", "right"),
    [
        ("w = self.score(torch.tanh(self.tanh(x))).softmax(1); h = (x * w).sum({})", "2", "1"),
        ("w = self.score(x).squeeze(-1).softmax(1); h = (w.unsqueeze(2) * x).sum(dim={})", "-1", "1"),
        ("w = self.score(x).squeeze(2).softmax(-1); h = torch.sum(x * w[..., None], {})", "2", "-2"),
        ("w = F.softmax(x @ self.query, dim=1); h = (x * w[:, :, None]).sum({})", "2", "1"),
        ("w = F.softmax((x * x[:, :1]).sum(2), dim=1); h = (x * w.unsqueeze(-1)).sum({})", "2", "1"),
        ("w = self.score(x).squeeze(2).softmax(1); h = torch.einsum('bad,ba->b{}', x, w)", "a", "d"),
    ],
)
def test_the_features_of_weighed_items_are_added_up(pooled, wrong, right):
    assert slugs(POOLED.format(pooled=pooled.format(wrong))) == ["weights_along_other_axis"]
    assert slugs(POOLED.format(pooled=pooled.format(right))) == []


@pytest.mark.parametrize(
    "pooled",
    [
        # Both axes are added up in the end.
        "w = self.score(x).softmax(1); h = x + (w * x).sum(2).sum(1)[:, None, None]; h = h.mean(1)",
        # Gates of channels, which are made of all areas.
        "w = self.tanh(x.mean(1)).softmax(-1).unsqueeze(2); h = (x.mT * w).sum(2)",
        # Weights for each feature of an item.
        "w = self.tanh(x).softmax(1); h = (x * w).sum(1)",
        "w = self.score(x).softmax(1); h = torch.bmm(w.transpose(1, 2), x).squeeze(1)",
    ],
)
def test_pooling_that_is_meant_as_it_is(pooled):
    assert slugs(POOLED.format(pooled=pooled)) == []


BRANCHES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList(nn.Linear(6, 8) for _ in range(3))
        self.shares = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.narrow, self.linear, self.score = nn.Linear(8, 8), nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, x):
        made = torch.stack([branch(x) for branch in self.branches], {at})
        joined = self.narrow(made.sum({at}).mean(1)) * {small}
        w = torch.stack([share(joined).unsqueeze(1) for share in self.shares], {at})
        h = (w.softmax({along}) * made).sum({at})
        return self.linear(h.amax(1)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(32, 4, 6), torch.randn(32)) for _ in range(3)]
"""


@pytest.mark.parametrize("small", [1, 1e-3])
@pytest.mark.parametrize(("at", "along"), [(0, 1), (1, 0), (2, 0)])
def test_branches_share_the_weight_and_not_the_samples(at, along, small):
    # Among many samples the loss moves too little; the weights themselves tell.
    (slug, edits), *others = audited(BRANCHES.format(at=at, along=along, small=small))
    assert slug in ("weights_along_other_axis", "reduced_along_batch")
    assert not others
    assert edits == [f"        h = (w.softmax({at}) * made).sum({at})\n"]
    assert slugs(BRANCHES.format(at=at, along=at, small=small)) == []


# Along the axis of one that was put in there is nothing to share.
@pytest.mark.parametrize(("along", "found"), [(2, ["softmax_of_one"]), (3, [])])
def test_channels_may_share_the_weight_of_a_branch(along, found):
    assert slugs(BRANCHES.format(at=1, along=along, small=1)) == found


QUERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(4, 8))
        self.q, self.k, self.v, self.out = nn.Linear(8, 8), nn.Linear(6, 8), nn.Linear(6, 8), nn.Linear(8, 1)

    def forward(self, x):
        q = self.q(self.queries).expand(len(x), -1, -1).view(len(x), 4, 2, 4).transpose(1, 2)
        k, v = (layer(x).view(len(x), 7, 2, 4).transpose(1, 2) for layer in (self.k, self.v))
        {body}
        return self.out(h.transpose(1, 2).flatten(2)).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 6), torch.randn(5, 4)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("body", "is_wrong"),
    [
        ("h = torch.softmax(q @ k.transpose(-2, -1) / 2, dim=1) @ v", True),
        ("h = torch.einsum('bhqk,bhkd->bhqd', torch.einsum('bhqd,bhkd->bhqk', q, k).softmax(1), v)", True),
        ("h = torch.softmax(q @ k.transpose(-2, -1) / 2, dim=-1) @ v", False),
        # What is learned competes for the items, as slots do.
        ("h = torch.softmax(q @ k.transpose(-2, -1) / 2, dim=2) @ v", False),
    ],
)
def test_learned_queries_may_compete_and_heads_do_not(body, is_wrong):
    assert slugs(QUERIES.format(body=body)) == ["weights_along_other_axis"] * is_wrong


HEADS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.other = nn.GRU(6, 12, batch_first=True), nn.Linear(12, 12)
        self.first, self.score, self.out = nn.Linear(12, 5), nn.Linear(5, 3), nn.Linear(12, 1)
        self.queries, self.centres = nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(3, 12))

    def forward(self, x):  # (batch_size, steps, num_features)
        h = self.encoder(x)[0]
        b, t, d = h.shape
        heads = h.view(b, t, 3, 4)
        s = self.score(torch.tanh(self.first(h)))
        {pooled}
        return self.out({last}).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 7, 6), torch.randn(5)) for _ in range(3)]
"""
# The items, each multiplied with what was made of all.
MET_AGAIN = "(h * z.reshape(b, 1, d)).amax(1)"


@pytest.mark.parametrize(
    "pooled",
    [
        "w = s.softmax({}); z = torch.einsum('bth,bthd->bhd', w, heads)",
        "w = F.softmax(s / 2, dim={}); z = (w.unsqueeze(-1) * heads).sum(1)",
        "s = (heads * self.queries).sum(-1); w = s.softmax({}); z = torch.sum(heads * w[..., None], dim=1)",
        "w = s.masked_fill(x[..., :1] > 9, -1e9).softmax({}); v = h.unflatten(-1, (3, 4)).transpose(1, 2)\n"
        "        z = w.transpose(1, 2).unsqueeze(2) @ v",
    ],
)
def test_heads_do_not_share_the_weight_of_steps(pooled):
    assert slugs(HEADS.format(pooled=pooled.format(-1), last=MET_AGAIN)) == ["weights_along_other_axis"]
    assert slugs(HEADS.format(pooled=pooled.format(1), last=MET_AGAIN)) == []


@pytest.mark.parametrize(
    "pooled",
    [
        # Which head counts at a step, and the mean of the steps.
        "z = (s.softmax(-1).unsqueeze(-1) * heads).mean(1)",
        "z = torch.einsum('bth,bthd->bhd', s.softmax(-1), heads) / t",
        "z = (s.softmax(-1).unsqueeze(-1) * heads).sum(1) * t**-0.5",
        "z = F.layer_norm((s.softmax(-1).unsqueeze(-1) * heads).sum(1).flatten(1), (d,))",
        "z = (s.softmax(-1).unsqueeze(-1) * heads).flatten(2)[:, -1]",
        # Each step goes to experts, each of which makes something else of it.
        "v = self.other(h).view(b, t, 3, 4); z = (s.softmax(-1).unsqueeze(-1) * v).sum(1)",
        # How far the steps lie from centres to which they belong.
        "v = h.unsqueeze(2) - self.centres; z = torch.einsum('bth,bthd->bhd', s.softmax(-1), v).sum(1)",
        # Capsules that agree with what they voted for.
        "u = torch.zeros(b, t, 3)\n"
        "        for _ in range(3):\n"
        "            v = torch.tanh((u.softmax(-1).unsqueeze(-1) * heads).sum(1))\n"
        "            u = u + (heads * v.unsqueeze(1)).sum(-1)\n"
        "        z = v",
    ],
)
def test_what_may_share_the_weight_of_a_step(pooled):
    assert slugs(HEADS.format(pooled=pooled, last=MET_AGAIN)) == []


@pytest.mark.parametrize("last", ["z.reshape(b, d)", "(h + z.reshape(b, 1, d)).amax(1)"])
def test_a_sum_over_steps_whose_heads_are_gated(last):
    pooled = "z = torch.einsum('bth,bthd->bhd', s.softmax(-1), heads)"
    assert slugs(HEADS.format(pooled=pooled, last=last)) == []


# An autoencoder that mixes the entries of a codebook at each place of a map.
CODED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.{layer}, nn.Conv2d(9, 3, 1)
        self.codebook = nn.Parameter(torch.randn(14, 9))
        self.columns = torch.arange(7.0)

    def forward(self, x):
        s = self.encoder(x)
        {coded}
        return h


model, criterion = Model(), nn.MSELoss()
batches = [(x, x{asked}) for x in torch.randn(3, 5, 3, {shape})]
"""


def coded(lines, layer="Conv2d(3, 14, 1)", asked="", shape="6, 7"):
    return slugs(CODED.format(layer=layer, coded=lines, asked=asked, shape=shape))


@pytest.mark.parametrize(
    ("call", "right"), [("F.gumbel_softmax(s, 0.9{})", ", dim=1"), ("(s / 2).softmax({})", "1"), ("s.softmax({})", "1")]
)
@pytest.mark.parametrize(
    "mix",
    [
        "torch.einsum('bkhw,kd->bdhw', w, self.codebook)",
        "(w.permute(0, 2, 3, 1) @ self.codebook).permute(0, 3, 1, 2)",
    ],
)
def test_each_place_of_a_map_mixes_the_entries_of_a_table(call, right, mix):
    wrong = call.format("" if "gumbel" in call else "-1")
    assert coded(f"w = {wrong}; h = self.decoder({mix})") == ["weights_along_other_axis"]
    assert coded(f"w = {call.format(right)}; h = self.decoder({mix})") == []


def test_a_draw_is_given_the_axis_of_the_entries():
    lines = "w = F.gumbel_softmax(s, 0.9)\n        h = self.decoder(torch.einsum('bkhw,kd->bdhw', w, self.codebook))"
    found = audited(CODED.format(layer="Conv2d(3, 14, 1)", coded=lines, asked="", shape="6, 7"))
    assert [edits for _, edits in found] == [["        w = F.gumbel_softmax(s, 0.9, dim=1)\n"]]


@pytest.mark.parametrize(
    ("lines", "others"),
    [
        # Each entry looks for its place among all of them, or among the steps of a row that is all there is.
        (
            "w = s.flatten(2).softmax(2).view_as(s); h = torch.einsum('bkhw,kd->bdhw', w, self.codebook)[:, :3]",
            {},
        ),
        (
            "w = F.gumbel_softmax(s); h = torch.einsum('bkt,kd->bdt', w, self.codebook)[:, :3]",
            {"layer": "Conv1d(3, 14, 1)", "shape": "7"},
        ),
        # In which column each channel is found, row by row.
        ("w = s.softmax(-1); h = (w * self.columns).sum(-1)", {"asked": "[:, :1, :, 0].expand(-1, 14, -1)"}),
        # What each row of a map attends to in itself, as many heads as channels.
        ("w = s.softmax(-1); h = torch.einsum('bkhw,bdhw->bdh', w, x)", {"asked": "[..., 0]"}),
        # Places that are drawn, and mixed by a layer.
        ("w = F.gumbel_softmax(s, hard=True); h = F.conv2d(w, self.codebook.t()[:3, :, None, None])", {}),
        # A map of groups, each of which stands for entries.
        ("w = F.gumbel_softmax(s.flatten(2).mT); h = (w @ self.codebook).mT.view(5, 9, 6, 7)[:, :3]", {}),
    ],
)
def test_maps_that_are_shared_out_as_they_are_meant(lines, others):
    assert coded(lines, **others) == []
