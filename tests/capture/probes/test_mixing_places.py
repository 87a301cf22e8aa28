"""Where samples meet: merged axes, states, masks, copies, shifts, comparisons; each wrong way beside right ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn import functional as F
from torch.nn.functional import cross_entropy, mse_loss

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(model, loss, batch, **known):
    return [found.slug for found in audit(model, loss, batch, **known).diagnoses]


def classes(count, size=4):
    return torch.arange(count) % size


def joined(out, batch, heads):
    return out.view(batch, heads, *out.shape[1:]).transpose(1, 2).flatten(2)


MERGES = [
    (lambda out, b, h: out.view(h, b, 7, 4).permute(1, 2, 0, 3).flatten(2), True),
    (lambda out, b, h: out.view(h, b, 28).transpose(0, 1).reshape(b, 7, 12), True),
    (joined, False),
    (lambda out, b, h: out.unflatten(0, (b, h)).movedim(1, 2).flatten(2), False),
]


def attended(model, x, merge, bias=None):
    batch, steps, _ = x.shape

    def cut(values):
        return values.view(batch, steps, 3, 4).transpose(1, 2).reshape(batch * 3, steps, 4)

    q, k, v = cut(model.q(x)), cut(model.k(x)), cut(model.v(x))
    scores = torch.bmm(q, k.transpose(1, 2)) / 2
    if bias is not None:
        scores = scores - bias
    return model.out(merge(torch.bmm(scores.softmax(-1), v), batch, 3).mean(1))


def heads():
    return {name: nn.Linear(12, 12) for name in "qkv"} | {"out": nn.Linear(12, 4)}


@pytest.mark.parametrize(("merge", "is_wrong"), MERGES)
def test_heads_are_taken_apart_as_they_were_merged(merge, is_wrong):
    model = Forward(lambda model, x: attended(model, x, merge), **heads())
    slugs = seen(model, cross_entropy, (torch.randn(16, 7, 12), classes(16)))
    assert slugs == (["reshaped_instead_of_permuted"] if is_wrong else [])


@pytest.mark.parametrize(
    ("cut", "is_wrong"),
    [
        (lambda h, b: h.view(b, -1), True),
        (lambda h, b: h.reshape(b, 36), True),
        (lambda h, b: h.transpose(0, 1).reshape(b, 36), False),
        (lambda h, b: h.view(2, 2, b, 9).permute(2, 0, 1, 3).flatten(1), False),
    ],
)
def test_states_of_more_layers_than_samples_are_asked(cut, is_wrong):
    """The few samples that are replaced come to lie in different columns, and all of them do not."""
    layers = {"rnn": nn.GRU(5, 9, 2, batch_first=True, bidirectional=True), "out": nn.Linear(36, 4)}
    model = Forward(lambda model, x: model.out(cut(model.rnn(x)[1], len(x))), **layers)
    slugs = seen(model, cross_entropy, (torch.randn(12, 7, 5), classes(12)), batch_axis=0)
    assert slugs == (["reshaped_instead_of_permuted"] if is_wrong else [])


def test_heads_behind_an_axis_of_steps():
    def run(model, x, cut):
        steps, batch = x.shape[1], len(x)
        rows = model.a(x).transpose(0, 1).reshape(steps, batch * 3, 4).cumsum(0)
        return model.out(cut(rows, steps, batch).mean(0))

    def wrong(rows, steps, batch):
        return rows.view(steps, 3, batch, 4).transpose(1, 2).reshape(steps, batch, 12)

    def right(rows, steps, batch):
        return rows.view(steps, batch, 12)

    batch = torch.randn(8, 7, 5), classes(8)
    for cut, slugs in ((wrong, ["reshaped_instead_of_permuted"]), (right, [])):
        layers = {"a": nn.Linear(5, 12), "out": nn.Linear(12, 4)}
        assert seen(Forward(lambda model, x, cut=cut: run(model, x, cut), **layers), cross_entropy, batch) == slugs


COPIES = [
    (lambda mask: mask.repeat(3, 1, 1), True),
    (lambda mask: mask[None].expand(3, -1, -1, -1).reshape(-1, 7, 7), True),
    (lambda mask: mask.repeat_interleave(3, 0), False),
    (lambda mask: mask[:, None].expand(-1, 3, -1, -1).reshape(-1, 7, 7), False),
]


@pytest.mark.parametrize(("copied", "is_wrong"), COPIES)
def test_biases_are_copied_for_each_head_in_the_order_of_the_heads(copied, is_wrong):
    model = Forward(lambda model, x, bias: attended(model, x, joined, copied(bias)), **heads())
    slugs = seen(model, cross_entropy, ((torch.randn(8, 7, 12), torch.rand(8, 7, 7)), classes(8)))
    assert slugs == (["copies_in_another_order"] if is_wrong else [])


@pytest.mark.parametrize(("copied", "is_wrong"), COPIES)
def test_masks_of_torchs_own_attention(copied, is_wrong):
    def run(model, x, graph):
        h = model.embed(x)
        return model.out(model.attend(h, h, h, attn_mask=~copied(graph))[0].mean(1))

    layers = {"attend": nn.MultiheadAttention(12, 3, batch_first=True), "out": nn.Linear(12, 4)}
    graph = (torch.rand(8, 7, 7) < 0.5) | torch.eye(7, dtype=torch.bool)
    slugs = seen(
        Forward(run, embed=nn.Linear(5, 12), **layers), cross_entropy, ((torch.randn(8, 7, 5), graph), classes(8))
    )
    assert slugs == (["copies_in_another_order"] if is_wrong else [])


def bridged(model, x, flat):
    _, state = model.encode(x)
    out, _ = model.decode(x[:, :3], flat(model, state))
    return model.out(out).squeeze(-1)


def turned(model, state):
    layers, batch, width = state.shape
    rows = model.bridge(state.transpose(0, 1).reshape(batch, layers * width))
    return rows.view(batch, layers, width).transpose(0, 1).contiguous()


BRIDGES = [
    (lambda model, state: model.bridge(state.view(-1, 18)).view(state.shape), True),
    (lambda model, state: model.bridge(state.reshape(state.shape[1], -1)).reshape(state.shape), True),
    (turned, False),
    (lambda model, state: model.bridge(torch.cat([*state], 1)).view(-1, 2, 9).transpose(0, 1).contiguous(), False),
]


@pytest.mark.parametrize(("flat", "is_wrong"), BRIDGES)
def test_states_are_put_side_by_side_for_each_sample(flat, is_wrong):
    layers = {"encode": nn.GRU(4, 9, 2, batch_first=True), "decode": nn.GRU(4, 9, 2, batch_first=True)}
    model = Forward(lambda model, x: bridged(model, x, flat), bridge=nn.Linear(18, 18), out=nn.Linear(9, 1), **layers)
    slugs = seen(model, mse_loss, (torch.randn(12, 6, 4), torch.randn(12, 3)))
    assert slugs == (["reshaped_instead_of_permuted"] if is_wrong else [])


PAIRS = [
    (lambda rows, n: rows.view(n, -1), True),
    (lambda rows, n: rows.view(2, n, -1).transpose(0, 1).reshape(n, -1), False),
    (lambda rows, n: torch.cat(rows.chunk(2), 1), False),
]


@pytest.mark.parametrize(("side_by_side", "is_wrong"), PAIRS)
def test_two_branches_in_one_batch(side_by_side, is_wrong):
    def run(model, one, other):
        rows = model.a(torch.cat([one, other])).relu()
        return model.out(side_by_side(rows, len(one))).squeeze(-1)

    model = Forward(run, a=nn.Linear(8, 10), out=nn.Linear(20, 1))
    slugs = seen(model, mse_loss, ((torch.randn(12, 8), torch.randn(12, 8)), torch.randn(12)))
    assert slugs == (["reshaped_instead_of_permuted"] if is_wrong else [])


def padded(count, length):
    ids = torch.randint(1, 11, (count, length))
    return ids.masked_fill(torch.arange(length) >= (torch.arange(count)[:, None] % 4 + 4), 0)


MASKS = [
    (lambda scores, mask: scores.masked_fill(~mask[:, None, None], -1e9), True),
    (lambda scores, mask: torch.where(mask[:, None, None], scores, torch.tensor(-1e4)), True),
    (lambda scores, mask: scores.masked_fill(~mask[:, None, None, None], -1e9), False),
    (lambda scores, mask: torch.where(mask.view(-1, 1, 1, 1, 9), scores, torch.tensor(-1e4)), False),
]


@pytest.mark.parametrize(("masked", "is_wrong"), MASKS)
def test_masks_of_grouped_heads(masked, is_wrong):
    def run(model, ids):
        x = model.embed(ids)
        q = model.q(x).view(-1, 9, 4, 2, 3).permute(0, 2, 3, 1, 4)
        k = model.k(x).view(-1, 9, 4, 1, 3).permute(0, 2, 3, 1, 4)
        scores = masked(q @ k.transpose(-1, -2), ids.ne(0))
        return model.out((scores.softmax(-1) @ k).permute(0, 3, 1, 2, 4).flatten(2)[:, 0])

    layers = {"embed": nn.Embedding(11, 12, padding_idx=0), "q": nn.Linear(12, 24), "k": nn.Linear(12, 12)}
    model = Forward(run, out=nn.Linear(24, 4), **layers)
    slugs = seen(model, cross_entropy, (padded(4, 9), classes(4)))
    assert slugs == (["spread_along_other_axis"] if is_wrong else [])


@pytest.mark.parametrize(("index", "is_wrong"), [((slice(None), None), True), ((slice(None), None, None), False)])
def test_masks_of_scaled_dot_products(index, is_wrong):
    def run(model, ids):
        x = model.embed(ids)
        q, k = (layer(x).view(-1, 9, 4, 3).transpose(1, 2) for layer in (model.q, model.k))
        out = F.scaled_dot_product_attention(q, k, k, attn_mask=ids.ne(0)[index])
        return model.out(out.transpose(1, 2).flatten(2)[:, 0])

    layers = {"embed": nn.Embedding(11, 12, padding_idx=0), "q": nn.Linear(12, 12), "k": nn.Linear(12, 12)}
    model = Forward(run, out=nn.Linear(12, 4), **layers)
    slugs = seen(model, cross_entropy, (padded(4, 9), classes(4)))
    assert slugs == (["spread_along_other_axis"] if is_wrong else [])


SHIFTS = [
    (lambda x: torch.cat([torch.zeros_like(x[:1]), x[:-1]]), True),
    (lambda x: torch.cat([x[1:], torch.zeros_like(x[:1])]), True),
    (lambda x: F.pad(x, (0, 0, 0, 0, 1, -1)), True),
    (lambda x: torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1), False),
    (lambda x: F.pad(x, (0, 0, 1, -1)), False),
    # Another sample that is mixed in, or is the wrong partner.
    (lambda x: 0.3 * x.flip(0), False),
    (lambda x: x.roll(1, 0), False),
    (lambda x: x[torch.randperm(len(x))], False),
]


@pytest.mark.parametrize(("shifted", "is_wrong"), SHIFTS)
def test_shifts_along_the_samples(shifted, is_wrong):
    model = Forward(lambda model, x: model.out((x + shifted(x)).tanh()).mean(1), out=nn.Linear(8, 4))
    batch = torch.randn(12, 6, 8), classes(12)
    assert seen(model, cross_entropy, batch, batch_axis=0) == (["shifted_along_batch"] if is_wrong else [])
    # They may be the steps of one clip, with several joints each.
    assert seen(model, cross_entropy, batch) == []


def contrasted(one, other):
    both = torch.cat([one, other])
    scores = (both @ both.T).masked_fill(torch.eye(len(both), dtype=torch.bool), -1e9)
    partner = torch.arange(len(both)).roll(len(one))
    return cross_entropy(scores, partner)


def two_sided(one, other):
    scores, own = one @ other.T, torch.arange(len(one))
    return cross_entropy(scores, own) + cross_entropy(scores.T, own)


def hardest(one, _):
    distance, near = torch.cdist(one, one), classes(len(one), 3)[:, None] == classes(len(one), 3)
    return (distance.masked_fill(~near, 0).amax(1) - distance.masked_fill(near, 99.0).amin(1) + 0.5).relu().mean()


def reduced(one, other):
    table = F.normalize(one, dim=0).T @ F.normalize(other, dim=0)
    return (table - torch.eye(len(table))).square().sum()


def swapped(one, other):
    codes = one.detach().exp()
    for _ in range(3):
        codes = codes / codes.sum(0, keepdim=True)
        codes = codes / codes.sum(1, keepdim=True)
    return -(codes * other.log_softmax(1)).sum(1).mean()


NORMS = [
    (lambda z: F.normalize(z, dim=0), True),
    (lambda z: z / z.norm(dim=0, keepdim=True), True),
    (lambda z: z / z.norm(2, 0, True).clamp(min=1e-6), True),
    (lambda z: torch.softmax(z, 0), True),
    (lambda z: F.normalize(z, dim=1), False),
    (lambda z: z / z.norm(dim=1, keepdim=True), False),
    (lambda z: (z - z.mean(0)) / z.std(0), False),
    (lambda z: z, False),
]


@pytest.mark.parametrize(("norm", "is_wrong"), NORMS)
@pytest.mark.parametrize("loss", [contrasted, two_sided, hardest])
def test_embeddings_keep_to_themselves_until_they_are_compared(loss, norm, is_wrong):
    model = Forward(lambda model, x, y: loss(norm(model.a(x)), norm(model.a(y))), a=nn.Linear(6, 9))
    slugs = seen(model, lambda out, _: out, ((torch.randn(10, 6), torch.randn(10, 6)), torch.zeros(10)))
    assert slugs == (["reduced_along_batch"] if is_wrong else [])


@pytest.mark.parametrize("loss", [reduced, swapped])
def test_statistics_of_the_batch_that_are_meant(loss):
    model = Forward(lambda model, x, y: loss(model.a(x), model.a(y)), a=nn.Linear(6, 9))
    assert seen(model, lambda out, _: out, ((torch.randn(10, 6), torch.randn(10, 6)), torch.zeros(10))) == []


STANDARDISED = [
    (lambda x: (x - x.mean()) / x.std(), True),
    (lambda x: (x - x.mean()) / (x.var() + 1e-5).sqrt(), True),
    (lambda x: (x - x.min()) / (x.max() - x.min()), True),
    (lambda x: (x - x.mean(1, keepdim=True)) / x.std(), True),
    (lambda x: (x - x.mean((1, 2), keepdim=True)) / (x.var() + 1e-5).sqrt(), True),
    (lambda x: (x - x.mean((0, 1), keepdim=True)) / x.std(), False),
    (lambda x: (x - x.mean((1, 2), keepdim=True)) / x.std((1, 2), keepdim=True), False),
    (lambda x: (x - x.mean(0)) / x.std(0), False),
    (lambda x: (x - x.mean((0, 2), keepdim=True)) / x.std((0, 2), keepdim=True), False),
]


@pytest.mark.parametrize(("prepare", "is_wrong"), STANDARDISED)
def test_a_batch_that_a_model_standardises_as_a_whole(prepare, is_wrong):
    model = Forward(lambda model, x: model.out(prepare(x).flatten(1)), out=nn.Linear(24, 4))
    batch = torch.randn(10, 3, 8), classes(10)
    assert seen(model, cross_entropy, batch, batch_axis=0) == (["reduced_along_batch"] if is_wrong else [])
    assert seen(model, cross_entropy, batch) == []


def test_a_batch_that_gets_its_scale_and_level_back():
    def run(model, x):
        mean, std = x.mean(), x.std()
        return model.out((x - mean) / std) * std + mean

    def of_each(model, x):
        mean, std = x.mean((1, 2), keepdim=True), x.std((1, 2), keepdim=True)
        return model.out((x - mean) / std) * std + mean

    batch = torch.randn(10, 3, 8), torch.randn(10, 3, 8)
    for way, found in ((run, ["reduced_along_batch"]), (of_each, [])):
        model = Forward(way, out=nn.Linear(8, 8))
        assert seen(model, mse_loss, batch, batch_axis=0) == found


def test_a_running_mean_of_whole_batches():
    def run(model, x):
        mean, std = x.mean(), x.std()
        model.running = 0.9 * getattr(model, "running", torch.zeros(())) + 0.1 * mean.detach()
        return model.out(((x - mean) / std).flatten(1))

    model = Forward(run, out=nn.Linear(24, 4))
    assert seen(model, cross_entropy, (torch.randn(10, 3, 8), classes(10)), batch_axis=0) == []


def test_rewards_that_are_standardised_as_a_whole():
    def loss(out, target):
        better = target[:, None, None] + torch.zeros_like(out)
        gain = better - out.detach()
        return (out * (gain - gain.mean()) / gain.std()).mean()

    model = Forward(lambda model, x: model.out(x), out=nn.Linear(8, 4))
    assert seen(model, loss, (torch.randn(10, 3, 8), torch.randn(10))) == []


LETTERS = [("bqd,kbd->bqk", True), ("bqd,bkd->bqk", False), ("bqd,bkd->bkq", False)]


@pytest.mark.parametrize(("equation", "is_wrong"), LETTERS)
def test_letters_of_an_einsum(equation, is_wrong):
    def run(model, x):
        scores = torch.einsum(equation, model.q(x), model.k(x))
        return model.out((scores.softmax(-1) @ x).mean(1))

    model = Forward(run, q=nn.Linear(8, 6), k=nn.Linear(8, 6), out=nn.Linear(8, 4))
    slugs = seen(model, cross_entropy, (torch.randn(7, 7, 8), classes(7)))
    assert slugs == (["letters_of_other_axes"] if is_wrong else [])


PROTOTYPES = [
    (lambda rows, k, n: rows.view(k, n, -1).mean(0), True),
    (lambda rows, k, n: rows.view(n, k, -1).mean(0), True),
    (lambda rows, k, n: rows.view(k, n, -1).mean(1), False),
    (lambda rows, k, n: torch.stack([part.mean(0) for part in rows.split(n)]), False),
    (lambda rows, k, n: rows.view(k, n, -1).mean(1, keepdim=True).amax(1), False),
]
METRICS = [
    lambda q, p: -torch.cdist(q, p),
    lambda q, p: q @ p.t(),
    lambda q, p: F.cosine_similarity(q[:, None], p[None], dim=-1) * 5,
]


@pytest.mark.parametrize(("prototypes", "is_wrong"), PROTOTYPES)
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("examples", [4, 6])
def test_prototypes_are_made_of_the_examples_of_their_class(metric, prototypes, is_wrong, examples):
    def run(model, episode):
        rows = model.embed(episode[:, :examples].flatten(0, 1)).tanh()
        queries = model.embed(episode[:, examples:].flatten(0, 1)).tanh()
        return metric(queries, prototypes(rows, 4, examples))

    model = Forward(run, embed=nn.Linear(3, 6))
    slugs = seen(model, cross_entropy, (torch.randn(4, examples + 3, 3), torch.arange(4).repeat_interleave(3)))
    assert bool(slugs) == is_wrong
    assert set(slugs) <= {"examples_of_all_classes", "reduced_along_batch", "reshaped_instead_of_permuted"}
