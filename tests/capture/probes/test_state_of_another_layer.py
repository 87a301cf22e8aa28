"""Cells one above the other that start from the state of one of them, beside those that share a state on purpose."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit

STEPS, WIDTH = 6, 8


def zeros(x, count=3):
    return [torch.zeros(len(x), WIDTH) for _ in range(count)]


def grus(model):
    return model.one, model.two, model.three


def lstms(model):
    return model.first, model.second


def first_of_a_list(model, x):
    hidden, found = zeros(x), []
    for step in model.enter(x).unbind(1):
        new = []
        for cell in grus(model):
            step = cell(step, hidden[0])
            new.append(step)
        hidden = new
        found.append(step)
    return found


def first_of_a_stack(model, x):
    hidden, found = torch.zeros(3, len(x), WIDTH), []
    for step in model.enter(x).unbind(1):
        new = []
        for cell in grus(model):
            step = cell(step, hidden[0])
            new.append(step)
        hidden = torch.stack(new)
        found.append(step)
    return found


def last_of_a_list(model, x):
    hidden, found = zeros(x), []
    for step in model.enter(x).unbind(1):
        new = []
        for cell in grus(model):
            step = cell(step, hidden[-1])
            new.append(step)
        hidden = new
        found.append(step)
    return found


def first_c(model, x):
    h, c, found = zeros(x, 2), zeros(x, 2), []
    for step in model.enter(x).unbind(1):
        new = []
        for at, cell in enumerate(lstms(model)):
            state = cell(step, (h[at], c[0]))
            new.append(state)
            step = torch.relu(state[0])
        h, c = zip(*new, strict=True)
        found.append(step)
    return found


def written_out(model, x):
    (h1, h2), found = (torch.zeros(len(x), WIDTH) for _ in range(2)), []
    for step in model.enter(x).unbind(1):
        h1, h2 = (new := model.one(step, h1)), model.two(new, h1)
        found.append(h2)
    return found


def seen(run):
    torch.manual_seed(0)
    layers = {name: nn.GRUCell(WIDTH, WIDTH) for name in ("one", "two", "three")}
    layers |= {name: nn.LSTMCell(WIDTH, WIDTH) for name in ("first", "second")}
    layers["encoder"] = nn.GRU(WIDTH, WIDTH, 2)
    layers |= {"enter": nn.Linear(3, WIDTH), "out": nn.Linear(WIDTH, 3)}
    model = Forward(lambda model, x: model.out(torch.stack(run(model, x), 1)), **layers)
    batch = torch.randn(4, STEPS, 3), torch.randn(4, STEPS, 3)
    return [
        (found.slug, linecache.getline(found.place.file, found.place.line).strip())
        for found in audit(model, mse_loss, batch).diagnoses
        if found.slug.startswith("state")
    ]


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (first_of_a_list, "step = cell(step, hidden[0])"),
        (first_of_a_stack, "step = cell(step, hidden[0])"),
        (last_of_a_list, "step = cell(step, hidden[-1])"),
        (first_c, "state = cell(step, (h[at], c[0]))"),
        (written_out, "h1, h2 = (new := model.one(step, h1)), model.two(new, h1)"),
    ],
)
def test_all_layers_start_from_the_state_of_one(run, line):
    assert seen(run) == [("state_of_another_layer", line)]


def each_its_own(model, x):
    hidden, found = zeros(x), []
    for step in model.enter(x).unbind(1):
        new = []
        for at, cell in enumerate(grus(model)):
            step = cell(step, hidden[at])
            new.append(step)
        hidden = new
        found.append(step)
    return found


def one_state_through_all(model, x):
    h, found = torch.zeros(len(x), WIDTH), []
    for step in model.enter(x).unbind(1):
        for cell in grus(model):
            h = cell(step, h)
        found.append(h)
    return found


def all_told_what_the_top_knew(model, x):
    top, found = torch.zeros(len(x), WIDTH), []
    for step in model.enter(x).unbind(1):
        for cell in grus(model):
            step = cell(step, top)
        top = step
        found.append(step)
    return found


def one_cell_for_two_heads(model, x):
    hidden, found = zeros(x, 2), []
    for step in model.enter(x).unbind(1):
        hidden = [model.one(step, hidden[0]), model.two(step, hidden[0])]
        found.append(hidden[0] + hidden[1])
    return found


def own_and_that_of_the_first(model, x):
    hidden, found = zeros(x), []
    for step in model.enter(x).unbind(1):
        new = []
        for at, cell in enumerate(grus(model)):
            step = cell(step, hidden[at] + hidden[0])
            new.append(step)
        hidden = new
        found.append(step)
    return found


def h_and_c_of_one_place(model, x):
    (h, c), found = (torch.zeros(len(x), WIDTH) for _ in range(2)), []
    for step in model.enter(x).unbind(1):
        step, _ = model.first(step, (h, c))
        h, c = model.second(step, (h, c))
        found.append(h)
    return found


def h_and_c_of_one_tensor(model, x):
    (h, c), found = torch.zeros(2, len(x), WIDTH), []
    for step in model.enter(x).unbind(1):
        step, _ = model.first(step, (h, c))
        h, c = model.second(step, (h, c))
        found.append(h)
    return found


def last_of_an_encoder(model, x):
    top, found = model.encoder(model.enter(x).transpose(0, 1))[1][-1], []
    for step in model.enter(x).unbind(1):
        step = model.one(step, top)
        top = model.two(step, top)
        found.append(top)
    return found


def turned_about(model, x):
    hidden, found = zeros(x), []
    for step in model.enter(x).unbind(1):
        new = []
        for at, cell in enumerate(grus(model)):
            step = cell(step, hidden[at - 1])
            new.append(step)
        hidden = new
        found.append(step)
    return found


@pytest.mark.parametrize(
    "run",
    [
        each_its_own,
        one_state_through_all,
        all_told_what_the_top_knew,
        one_cell_for_two_heads,
        own_and_that_of_the_first,
        turned_about,
        h_and_c_of_one_place,
        h_and_c_of_one_tensor,
        last_of_an_encoder,
    ],
)
def test_layers_that_share_a_state_on_purpose(run):
    assert seen(run) == []
