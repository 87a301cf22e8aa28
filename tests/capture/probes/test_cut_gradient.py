"""Parts that an optimizer steps for nothing, beside parts that are left alone on purpose."""

from __future__ import annotations

import copy
import linecache

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


def sgd(*modules, **keywords):
    return torch.optim.SGD([part for module in modules for part in module.parameters()], 0.1, **keywords)


def update(loss, *optimizers):
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()


def batch(size=6):
    return torch.randn(size, 3), torch.randn(size, 2)


class Net(nn.Module):
    def __init__(self, cut):
        super().__init__()
        self.front, self.head, self.cut = nn.Linear(3, 5), nn.Linear(5, 2), cut

    def forward(self, x):
        h = torch.relu(self.front(x))
        h = self.cut(h)
        return self.head(h)


class Summed(Net):
    def forward(self, x):
        h = torch.relu(self.front(x))
        with torch.no_grad():
            h = h / h.sum(1, keepdim=True).clamp(min=1)
        return self.head(h)


class Round(Net):
    def forward(self, x):
        h = torch.tanh(self.front(x)).detach().numpy()
        return self.head(torch.from_numpy(h.copy()))


def repackaged(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    return tuple(repackaged(part) for part in state)


def handed_to_a_decoder():
    encoder, decoder = nn.LSTM(3, 4, batch_first=True), nn.LSTM(2, 4, batch_first=True)
    head = nn.Linear(4, 2)
    optimizers = sgd(encoder), sgd(decoder, head)
    for _ in range(4):
        state = repackaged(encoder(torch.randn(5, 7, 3))[1])
        out, _ = decoder(torch.randn(5, 4, 2), state)
        update(head(out).pow(2).mean(), *optimizers)


def kept_by_one_model():
    model = Net(lambda h: h)
    optimizer = sgd(model)
    for _ in range(4):
        x, y = batch()
        h = model.front(x).data
        update(functional.mse_loss(model.head(h), y), optimizer)


def in_a_block():
    model = Summed(None)
    optimizer = sgd(model)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(model(x), y), optimizer)


def by_way_of_an_array():
    model = Round(None)
    optimizer = sgd(model)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(model(x), y), optimizer)


def by_way_of_a_list():
    front, head = nn.Linear(3, 5), nn.Linear(5, 2)
    optimizer = sgd(front, head)
    for _ in range(4):
        x, y = batch()
        h = torch.tensor(front(x).tolist())
        update(functional.mse_loss(head(h), y), optimizer)


def by_way_of_the_best_word():
    writer, emb, reader = nn.Linear(3, 7), nn.Embedding(7, 4), nn.Linear(4, 2)
    optimizer = sgd(writer, emb, reader)
    for _ in range(4):
        x, y = batch()
        word = writer(x).argmax(1)
        update(functional.mse_loss(reader(emb(word)), y), optimizer)


def prediction_in_front_of_a_loss():
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    optimizers = sgd(model), sgd(other)
    for _ in range(4):
        x, y = batch()
        out = model(x).detach()
        update(functional.mse_loss(out, y) + functional.mse_loss(other(x), y), *optimizers)


def run(script):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        script()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    assert not [item for item in auditor.not_checked if "gradient" in item.what]
    return auditor.diagnoses


@pytest.mark.parametrize(
    ("script", "line", "edit"),
    [
        (
            handed_to_a_decoder,
            "state = repackaged(encoder(torch.randn(5, 7, 3))[1])",
            "state = encoder(torch.randn(5, 7, 3))[1]",
        ),
        (kept_by_one_model, "h = model.front(x).data", "h = model.front(x)"),
        (in_a_block, "h = h / h.sum(1, keepdim=True).clamp(min=1)", None),
        (by_way_of_an_array, "h = torch.tanh(self.front(x)).detach().numpy()", None),
        (by_way_of_a_list, "h = torch.tensor(front(x).tolist())", None),
        (by_way_of_the_best_word, "word = writer(x).argmax(1)", None),
        (prediction_in_front_of_a_loss, "out = model(x).detach()", "out = model(x)"),
    ],
)
def test_a_part_that_is_cut_off_is_told(script, line, edit):
    (found,) = run(script)
    assert found.slug == "trained_without_gradient"
    assert linecache.getline(found.place.file, found.place.line).strip() == line
    edits = [item.replacement.strip() for fix in found.fixes for item in fix.edits]
    assert edits == ([edit] if edit else [])
    assert all(fix.outcome == "the gradient arrives" for fix in found.fixes)


def adversaries():
    maker, judge = nn.Linear(3, 2), nn.Linear(2, 1)
    one, other = sgd(maker), sgd(judge)
    for _ in range(3):
        fake = maker(torch.randn(6, 3))
        update(judge(fake.detach()).mean() - judge(torch.randn(6, 2)).mean(), other)
        update(-judge(fake).mean(), one)


def critic_of_shared_features():
    body, actor, critic = nn.Linear(3, 5), nn.Linear(5, 2), nn.Linear(5, 1)
    optimizer, of_critic = sgd(body, actor), sgd(critic)
    for _ in range(3):
        x, y = batch()
        h = torch.relu(body(x))
        update(functional.mse_loss(critic(h.detach()), y[:, :1]), of_critic)
        update(functional.mse_loss(actor(h), y), optimizer)


def teacher_that_follows():
    student = nn.Linear(3, 5)
    head, teacher = nn.Linear(5, 5), copy.deepcopy(student)
    optimizer = sgd(student, head)
    for _ in range(4):
        x, _ = batch()
        aim = teacher(x).detach()
        update(1 - functional.cosine_similarity(head(student(x)), aim).mean(), optimizer)
        with torch.no_grad():
            for own, new in zip(teacher.parameters(), student.parameters(), strict=True):
                own.mul_(0.9).add_(new, alpha=0.1)


def random_answers_to_be_learned():
    fixed, model = nn.Linear(3, 4), nn.Linear(3, 4)
    optimizer = sgd(fixed, model)
    for _ in range(4):
        x, _ = batch()
        aim = fixed(x).detach()
        update(functional.mse_loss(model(x), aim), optimizer)


def nearest_code_with_the_gradient_passed_on(average=False):
    encoder, codes, decoder = nn.Linear(3, 4), nn.Embedding(8, 4), nn.Linear(4, 2)
    optimizer = sgd(encoder, codes, decoder)
    for _ in range(4):
        x, y = batch()
        z = encoder(x)
        index = torch.cdist(z, codes.weight).argmin(1)
        chosen = codes(index)
        through = z + (chosen - z).detach()
        loss = functional.mse_loss(decoder(through), y) + functional.mse_loss(z, chosen.detach())
        update(loss if average else loss + functional.mse_loss(chosen, z.detach()), optimizer)
        if average:
            codes.weight.data[index] = 0.9 * codes.weight.data[index] + 0.1 * z.detach()


def codes_that_are_averages():
    nearest_code_with_the_gradient_passed_on(average=True)


def pieces_of_a_long_sequence():
    model, head, state = nn.GRU(3, 4), nn.Linear(4, 2), None
    optimizer = sgd(model, head)
    for _ in range(4):
        out, state = model(torch.randn(7, 5, 3), state)
        state = state.detach()
        update(head(out).pow(2).mean(), optimizer)


def trained_before():
    model = Net(lambda h: h.detach())
    model.load_state_dict(copy.deepcopy(model.state_dict()))
    optimizer = sgd(model)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(model(x), y), optimizer)


def features_without_gradient():
    model = Net(lambda h: h)
    optimizer = sgd(model)
    for _ in range(4):
        x, y = batch()
        with torch.no_grad():
            h = model.front(x)
        update(functional.mse_loss(model.head(h), y), optimizer)


def switched_off_for_a_while():
    model = Net(lambda h: h)
    optimizer, warm = sgd(model), True
    for _ in range(4):
        x, y = batch()
        h = model.front(x)
        if warm:
            h = h.detach()
        update(functional.mse_loss(model.head(h), y), optimizer)


def not_held_by_the_optimizer():
    model = Net(lambda h: h.detach())
    optimizer = sgd(model.head)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(model(x), y), optimizer)


def expert_that_nobody_asks():
    experts, head = nn.ModuleList(nn.Linear(3, 5) for _ in range(3)), nn.Linear(5, 2)
    optimizer = sgd(experts, head)
    for _ in range(4):
        x, y = batch()
        experts[2](x).detach().mean().item()
        update(functional.mse_loss(head(experts[0](x) + experts[1](x)), y), optimizer)


def frozen_by_its_flag():
    model = Net(lambda h: h.detach())
    for parameter in model.front.parameters():
        parameter.requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(model(x), y), optimizer)


@pytest.mark.parametrize(
    "script",
    [
        adversaries,
        critic_of_shared_features,
        teacher_that_follows,
        random_answers_to_be_learned,
        nearest_code_with_the_gradient_passed_on,
        codes_that_are_averages,
        pieces_of_a_long_sequence,
        trained_before,
        features_without_gradient,
        switched_off_for_a_while,
        not_held_by_the_optimizer,
        expert_that_nobody_asks,
        frozen_by_its_flag,
    ],
)
def test_parts_that_are_left_alone_on_purpose(script):
    assert "trained_without_gradient" not in [found.slug for found in run(script)]
