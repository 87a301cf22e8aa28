"""Operations in place that read other places of the memory that they change: held against what a copy gives."""

from __future__ import annotations

import pytest
import torch
from programs import audited, slugs

TRAINED = """
values = 5 + torch.rand(6, 8, 3)
{change}
model = nn.LSTM(3, 4, batch_first=True)
criterion = lambda out, target: F.mse_loss(out[1][0][-1], target)
batches = [(values, torch.randn(6, 4))] * 2
"""
# What is read stands in braces.
OTHER_NUMBERS = [
    "values -= {values[:, :1]}",
    "values.div_({values[:, :1]})",
    "values[:, 1:] = {values[:, :-1]}",
    "values[:, 1:] += {values[:, :-1]}",
    "values[..., 1:].copy_({values[..., :-1]})",
]
THE_SAME_NUMBERS = [
    "values -= {values[:, :1].clone()}",
    "values = values - {values[:, :1]}",
    "values[:, :-1] = {values[:, 1:]}",  # from front to back, each number is read before it is changed
    "values[:, 1:] -= {values[:, :1]}",
    "values += {values}",
    "values[:, :4] = {values[:, 4:]}",
    "values /= {values.amax()}",
    "values[:, 0].pow_({values[:, 1]})",
    "values[:, 1:] += {torch.tensor(1.0)}",
]


def written(change: str) -> str:
    return change.replace("{", "").replace("}", "")


@pytest.mark.parametrize("change", OTHER_NUMBERS)
def test_numbers_read_after_their_change_are_told(change: str) -> None:
    found = audited(TRAINED.format(change=written(change)))
    assert [slug for slug, _ in found] == ["reads_what_it_changes"]


@pytest.mark.parametrize("change", THE_SAME_NUMBERS)
def test_numbers_that_a_copy_gives_as_well_are_not(change: str) -> None:
    assert slugs(TRAINED.format(change=written(change))) == []


@pytest.mark.parametrize("change", [*OTHER_NUMBERS, *THE_SAME_NUMBERS])
def test_the_lists_are_sorted_by_what_torch_does(change: str) -> None:
    start = 5 + torch.rand(6, 8, 3, generator=torch.Generator().manual_seed(0))
    found = {"torch": torch, "values": start.clone()}, {"torch": torch, "values": start.clone()}
    exec(written(change), found[0])
    exec(change.replace("{", "").replace("}", ".clone()"), found[1])
    assert torch.equal(found[0]["values"], found[1]["values"]) is (change in THE_SAME_NUMBERS)


def test_the_edit_reads_a_copy() -> None:
    (found,) = audited(TRAINED.format(change="values -= values[:, :1]"))
    assert found[1] == ["values -= values[:, :1].clone()\n"]


def test_what_is_no_number_is_the_same_as_itself():
    assert slugs(TRAINED.format(change="blank = torch.full((3, 5), torch.nan); blank[:, :-1] = blank[:, 1:]")) == []


def test_a_method_is_given_a_copy_where_it_stands():
    (found,) = audited(TRAINED.format(change="other = values.sub_(values[:, :1])"))
    assert found[1] == ["other = values.sub_(values[:, :1].clone())\n"]


def test_a_change_that_torch_refuses_is_forgotten():
    change = """
try:
    values[1:] = values[:-1]
except RuntimeError:
    values = values * 2"""
    assert slugs(TRAINED.format(change=change)) == []


def test_tensors_without_memory_of_their_own_are_left_alone():
    change = "values = torch.func.vmap(lambda row: row.clone().add_(row))(values)"
    assert slugs(TRAINED.format(change=change)) == []
