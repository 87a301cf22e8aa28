"""Values followed back to where they were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from shapecheck.capture.crashes.crash import crash_of
from shapecheck.evidence import Origin

WIDTH = 7
CONFIG = {"width": 9, "out": 2}


@dataclass
class Settings:
    width: int = 8
    out: int = 2


class Net(nn.Module):
    out: nn.Module

    def __init__(self, width: int, config: dict[str, int] | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self.out = nn.Linear(width, 2)
        if config is not None:
            self.out = nn.Linear(config["width"], config["out"])
        elif settings is not None:
            self.out = nn.Linear(settings.width, 2)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.out(features)  # type: ignore[no-any-return]


class Stack(nn.Module):
    def __init__(self, last: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(last, 2))
        self.layers = nn.ModuleList([nn.Linear(3, 5), nn.Linear(6, 2)])

    def forward(self, x: torch.Tensor, in_loop: bool = False) -> torch.Tensor:
        if not in_loop:
            return self.net(x)  # type: ignore[no-any-return]
        for layer in self.layers:
            x = layer(x)
        return x


class Samples(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    def __init__(self, count: int) -> None:
        self.values = torch.zeros(count, 3)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, at: int) -> tuple[torch.Tensor, torch.Tensor]:
        label = torch.zeros(1)
        return self.values[at], label


def origins(function: Callable[[], object]) -> dict[str, tuple[Origin, ...]]:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        function()
    return dict(crash_of(caught.value).evidence.origins)


def texts(found: tuple[Origin, ...]) -> list[str]:
    return [origin.span.text for origin in found]


def test_a_variable_leads_to_its_last_assignment_and_on() -> None:
    def fail() -> None:
        raw = torch.zeros(2, 3)
        flat = raw.flatten()
        flat = flat[1:]
        flat.view(9)

    assert texts(origins(fail)["flat"]) == ["flat[1:]", "raw.flatten()", "torch.zeros(2, 3)"]


def test_a_layer_leads_to_its_constructor_with_its_arguments_by_name() -> None:
    net = Net(WIDTH)
    found = origins(lambda: net(torch.zeros(4, 5)))["self.out"][0]
    assert found.span.text == "nn.Linear(width, 2)"
    assert {name: span.text for name, span in found.arguments.items()} == {"in_features": "width", "out_features": "2"}


def test_the_number_that_a_constructor_was_given_is_followed_to_where_it_was_written() -> None:
    def fail() -> None:
        net = Net(WIDTH)
        net(torch.zeros(4, 5))

    assert texts(origins(fail)["self.out.in_features"]) == ["WIDTH", "7"]


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Net(WIDTH)
        self.second = Net(WIDTH + 2)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.first(x) + self.second(y)


def test_of_two_objects_of_one_class_it_is_the_constructor_of_the_one_that_ran() -> None:
    found = origins(lambda: Two()(torch.zeros(4, WIDTH), torch.zeros(4, 5)))
    assert texts(found["self.out.in_features"])[0] == "WIDTH + 2"
    assert texts(found["self"])[0] == "Net(WIDTH + 2)"


def test_an_entry_of_a_configuration() -> None:
    def fail() -> None:
        net = Net(3, CONFIG)
        net(torch.zeros(4, 5))

    found = origins(fail)
    made = [origin for origin in found["self.out"] if "config" in origin.span.text]
    assert made
    assert "self.out" in found


def test_a_field_of_a_dataclass_leads_to_where_it_was_given_or_to_its_default() -> None:
    def given() -> None:
        settings = Settings(width=6)
        torch.zeros(2, 3).view(settings.width, 4)

    def default() -> None:
        settings = Settings()
        torch.zeros(2, 3).view(settings.width, 4)

    assert texts(origins(given)["settings.width"])[0] == "6"
    assert texts(origins(default)["settings.width"])[0] == "8"


class Table(nn.Module):
    def __init__(self, longest: int) -> None:
        super().__init__()
        WIDTH = torch.zeros(longest, 4)  # noqa: N806
        self.register_buffer("rows", WIDTH.unsqueeze(0))
        setattr(self, "more", torch.ones(longest))  # noqa: B010
        self.register_parameter(name="weight", param=nn.Parameter(torch.ones(longest)))

    def forward(self, name: str) -> torch.Tensor:
        if name == "rows":
            return self.rows.view(1)  # type: ignore[no-any-return, operator]
        return self.more.view(1) if name == "more" else self.weight.view(1)  # type: ignore[no-any-return, operator]


def test_a_buffer_leads_to_what_was_registered_and_a_local_name_is_no_global_one() -> None:
    table = Table(6)
    expected = [["WIDTH.unsqueeze(0)", "torch.zeros(longest, 4)"], ["torch.ones(longest)"]]
    expected.append(["nn.Parameter(torch.ones(longest))"])
    for name, wanted in zip(("rows", "more", "weight"), expected, strict=True):
        assert texts(origins(lambda name=name: table(name))[f"self.{name}"])[: len(wanted)] == wanted


def test_a_keyword_of_a_namespace() -> None:
    def fail() -> None:
        args = SimpleNamespace(width=6)
        torch.zeros(2, 3).view(args.width, 4)

    assert texts(origins(fail)["args.width"])[0] == "6"


def test_a_parameter_leads_to_the_argument_at_the_caller() -> None:
    def inner(query: torch.Tensor) -> torch.Tensor:
        return query.view(9)

    def fail() -> None:
        batch = torch.zeros(2, 3)
        inner(batch)

    assert texts(origins(fail)["query"]) == ["batch", "torch.zeros(2, 3)"]


def test_a_default_of_a_parameter() -> None:
    def fail(rows: int = 9) -> None:
        torch.zeros(2, 3).view(rows)

    assert texts(origins(fail)["rows"]) == ["9"]


def test_what_a_function_of_the_users_returns() -> None:
    def make(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        values = torch.zeros(count, 3)
        return values, values.sum(1)

    def fail() -> None:
        _x, y = make(4)
        y.view(9)

    assert texts(origins(fail)["y"])[:3] == ["make(4)", "values.sum(1)", "torch.zeros(count, 3)"]


def test_the_items_of_a_loader_lead_to_the_tensors_of_its_data_set() -> None:
    def fail() -> None:
        data = TensorDataset(torch.zeros(4, 3), torch.ones(4, 1))
        loader = DataLoader(data, batch_size=2)
        for at, (_, target) in enumerate(loader):
            target.view(9 + at)

    found = texts(origins(fail)["target"])
    assert found[0] == "enumerate(loader)"
    assert found[-1] == "torch.ones(4, 1)"


def test_the_items_of_a_loader_lead_into_the_class_of_its_data_set() -> None:
    def fail() -> None:
        for _, target in DataLoader(Samples(4), batch_size=2):
            target.view(9)

    assert texts(origins(fail)["target"])[1:] == ["label", "torch.zeros(1)"]


def test_the_items_of_a_loader_lead_into_its_collate_function() -> None:
    def join(items: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
        xs = torch.stack([x for x, _ in items])
        return xs, xs.sum(1)

    def fail() -> None:
        for _, target in DataLoader(Samples(4), batch_size=2, collate_fn=join):
            target.view(9)

    assert texts(origins(fail)["target"])[1] == "xs.sum(1)"


def test_the_child_of_a_sequential_leads_to_its_own_constructor_call() -> None:
    def fail() -> None:
        model = Stack(last=7)
        model(torch.zeros(2, 3))

    found = origins(fail)
    assert texts(found["self.net[2]"]) == ["nn.Linear(last, 2)"]
    assert texts(found["self.net[2].in_features"]) == ["7"]


def test_a_layer_that_a_loop_brings_leads_to_its_constructor_call() -> None:
    def fail() -> None:
        model = Stack(4)
        model(torch.zeros(2, 3), in_loop=True)

    found = origins(fail)
    assert texts(found["layer"])[0] == "nn.Linear(6, 2)"
    assert texts(found["x"])[0] == "layer(x)"
    assert "torch.zeros(2, 3)" in texts(found["x"])


def test_another_branch_does_not_count() -> None:
    def fail(first: bool) -> None:
        x = torch.zeros(2, 3)
        if first:
            x = torch.ones(1)
        else:
            x.view(9)

    assert texts(origins(lambda: fail(False))["x"])[0] == "torch.zeros(2, 3)"


def test_a_comprehension_belongs_to_the_function_around_it() -> None:
    def fail() -> None:
        parts = [torch.zeros(2), torch.zeros(3)]
        _ = [part.view(9) for part in parts]

    assert texts(origins(fail)["part"])[0] == "parts"


def test_a_value_that_refers_to_itself_ends() -> None:
    def fail() -> None:
        a = b = torch.zeros(2)
        for _ in range(3):
            a, b = b, a
            a = a.view(9)

    assert len(origins(fail)["a"]) <= 12


def test_a_setting_is_not_what_another_class_keeps_under_its_name():
    class Part(nn.Module):
        def __init__(self, patch: int) -> None:
            super().__init__()
            self.proj = nn.Linear(patch, 3)

    class Whole(nn.Module):
        def __init__(self, cfg: SimpleNamespace) -> None:
            super().__init__()
            self.patch = Part(cfg.patch)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.patch.proj(x)  # type: ignore[no-any-return]

    model = Whole(SimpleNamespace(**dict(zip(["patch"], [8], strict=True))))
    with pytest.raises(RuntimeError) as caught:
        model(torch.randn(2, 7))
    chains = crash_of(caught.value).evidence.chains
    settings = [origin.span.text for place, found in chains.items() if place.text == "cfg.patch" for origin in found]
    assert not any(text.startswith("Part(") for text in settings)
