"""`audit` and the auditor of a running script: what they find, what they leave alone, and what they admit."""

from __future__ import annotations

from contextlib import nullcontext
from traceback import extract_tb

import pytest
import torch
from torch import nn
from torch.overrides import _get_current_function_mode_stack

from shapecheck import ShapecheckError, audit, explaining
from shapecheck.auditor import Auditor


class Net(nn.Module):
    """An LSTM with everything that draws random numbers or keeps statistics."""

    def __init__(self, batch_first=True):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, 2, dropout=0.3, batch_first=batch_first)
        self.norm, self.drop = nn.BatchNorm1d(8), nn.Dropout(0.4)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(self.drop(self.norm(out[:, -1])))


def train(steps=6):
    torch.manual_seed(3)
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        x, y = torch.randn(4, 7, 3), torch.randint(0, 5, (4,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return [*losses, *(p.detach() for p in model.parameters()), *(p.grad for p in model.parameters()),
            *model.buffers(), torch.get_rng_state()]  # fmt: skip


def test_training_is_the_same_bit_for_bit():
    plain = train()
    auditor = Auditor()
    auditor.start()
    watched = train()
    auditor.stop()
    assert all(torch.equal(one, other) for one, other in zip(plain, watched, strict=True))
    assert auditor.report.diagnoses == ()
    assert len(auditor.checked) > 8


def test_it_steps_aside_after_a_few_steps():
    auditor = Auditor()
    auditor.start()
    train()
    assert not any(mode is auditor._session.recorder for mode in _get_current_function_mode_stack())
    assert not torch.nn.modules.module._global_forward_pre_hooks
    auditor.stop()


def test_nothing_of_the_callers_is_changed():
    torch.manual_seed(0)
    model = Net()
    batch = torch.randn(4, 7, 3), torch.randint(0, 5, (4,))
    draws, before = torch.get_rng_state(), [value.clone() for value in model.state_dict().values()]
    audit(model, nn.CrossEntropyLoss(), batch)
    assert torch.equal(torch.get_rng_state(), draws)
    assert all(torch.equal(one, other) for one, other in zip(before, model.state_dict().values(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_swap_is_named_with_a_fix_that_was_tried():
    torch.manual_seed(0)
    report = audit(Net(batch_first=False), nn.CrossEntropyLoss(), (torch.randn(4, 7, 3), torch.randint(0, 5, (4,))))
    found = report.diagnoses[0]
    assert found.slug == "recurrent_along_batch"
    assert (found.fixes[0].title, found.fixes[0].verified) == ("batch_first=True", "call")
    assert found.fixes[0].outcome == "each sample keeps to itself"
    assert "self.lstm(x)" in found.place.source
    assert "sample 3 was replaced (item 3 of axis 0 of the input (4, 7, 3))" in found.explanation


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: self.linear(self.lstm(x.transpose(0, 1))[0][-1]),
        lambda self, x: self.linear(self.lstm(x.transpose(0, 1))[1][0][-1]),
        lambda self, x: self.linear((x - x.mean(0)) @ torch.ones(3, 8)).mean(1),
    ],
    ids=["time first", "last state", "centred over the batch"],
)
def test_what_is_meant_is_not_accused(forward):
    torch.manual_seed(0)
    model = Net(batch_first=False)
    model.forward = forward.__get__(model)
    assert audit(model, nn.CrossEntropyLoss(), (torch.randn(4, 7, 3), torch.randint(0, 5, (4,)))).diagnoses == ()


def test_a_compiled_model_is_left_alone_and_said_so():
    auditor = Auditor()
    auditor.start()
    original = torch.compile
    compiled = torch.compile(nn.Linear(3, 2), backend="eager")
    auditor.stop()
    assert torch.compile is not original
    assert isinstance(compiled, nn.Module)
    whys = [item.why for item in auditor.not_checked]
    assert "torch.compile was called: what listens would be compiled along with it; audit the script without it" in whys


def test_a_probe_that_fails_is_told_and_let_through_where_that_is_asked_for(monkeypatch):
    def bug(self, *_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("shapecheck.capture.judge.Verdicts._answer", bug)
    given = (nn.Linear(3, 2), nn.MSELoss(), (torch.randn(4, 3), torch.randn(4, 2)))
    assert any("ZeroDivisionError: ours" in item.why for item in audit(*given).not_checked)
    monkeypatch.setenv("SHAPECHECK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError, match="ours"):
        audit(*given)


def test_a_long_reason_ends_behind_a_word(monkeypatch):
    def bug(self, *_):
        raise ValueError(" ".join(["reason"] * 50))

    monkeypatch.setattr("shapecheck.capture.judge.Verdicts._answer", bug)
    given = (nn.Linear(3, 2), nn.MSELoss(), (torch.randn(4, 3), torch.randn(4, 2)))
    assert {item.why.rpartition(" reason")[2] for item in audit(*given).not_checked} == {" ..."}


def test_of_a_script_that_compiles_nothing_else_is_said():
    auditor = Auditor()
    auditor.start()
    torch.compile(nn.Linear(3, 2), backend="eager")
    auditor.stop()
    assert [item.what for item in auditor.not_checked] == ["the audit of the running script"]


def test_a_script_without_a_step_is_not_approved():
    auditor = Auditor()
    auditor.start()
    auditor.stop()
    assert [item.why for item in auditor.not_checked] == [
        "no step was seen: no model that has something to learn was called"
    ]
    auditor = Auditor()
    auditor.start()
    nn.Linear(3, 1)(torch.randn(4, 3))
    auditor.stop()
    assert [item.why for item in auditor.not_checked] == [
        "no step was seen: a model was called, but no loss.backward() or torch.autograd.grad(loss, parameters) followed"
    ]


class Tagger(nn.Module):
    """Scores at every step, of data that has time first; or the batch, and nobody can tell."""

    def __init__(self, **options):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 8, **options), nn.Linear(8, 5)

    def forward(self, x):
        return self.linear(self.lstm(x)[0]).flatten(0, 1)


def tagged(axis=None, **options):
    torch.manual_seed(0)
    batch = torch.randn(7, 4, 3), torch.randint(5, (28,))
    return audit(Tagger(**options), nn.CrossEntropyLoss(), batch, batch_axis=axis)


def test_what_cannot_be_told_is_asked_and_is_no_error():
    report = tagged()
    assert [(found.slug, found.severity) for found in report.diagnoses] == [("samples_or_steps", "note")]
    assert report.ok
    text = report.diagnoses[0].explanation
    assert "walks along axis 0 of the input (7, 4, 3) (7 items)" in text
    assert "--batch-axis 0 (or audit(..., batch_axis=0))" in text


class Stateful(nn.Module):
    """A model of characters that is handed the state, and hands it on."""

    def __init__(self, **options):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, 2, **options)
        self.linear = nn.Linear(8, 5)

    def forward(self, x, state):
        out, _ = self.lstm(x, state)
        return self.linear(out).flatten(0, 1)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("is_passed_on", [False, True])
def test_a_state_that_is_handed_in_has_its_samples_along_axis_1_and_is_not_asked_about(axis, is_passed_on):
    torch.manual_seed(0)
    state = torch.randn(2, 4, 8), torch.randn(2, 4, 8)
    given = tuple(part.clone().detach() for part in state) if is_passed_on else state
    x, labels = torch.randn(4, 7, 3), torch.randint(5, (28,))
    report = audit(Stateful(batch_first=True), nn.CrossEntropyLoss(), ((x, given), labels), batch_axis=axis)
    assert report.diagnoses == ()
    assert "the state has another batch size" not in str(report.not_checked)


def test_the_answer_settles_it():
    assert tagged(1).diagnoses == ()
    assert [found.slug for found in tagged(0).diagnoses] == ["recurrent_along_batch"]
    assert tagged(0, batch_first=True).diagnoses == tagged(batch_first=True).diagnoses == ()


@pytest.mark.parametrize("axis", [2, -1, True, "0"])
def test_an_axis_that_cannot_count_samples_is_refused(axis):
    with pytest.raises(ShapecheckError, match="batch_axis: expected 0 or 1"):
        tagged(axis)


def test_an_autoencoder_of_probabilities_is_looked_at_with_other_probabilities():
    class Coder(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.out = nn.LSTM(3, 8), nn.Linear(8, 3)

        def forward(self, x):
            return torch.sigmoid(self.out(self.lstm(x)[0][:, -1]))

    torch.manual_seed(0)
    x = torch.rand(4, 7, 3)
    report = audit(Coder(), lambda told, x: nn.functional.binary_cross_entropy(told, x[:, 0]), (x, x))
    assert [found.slug for found in report.diagnoses] == ["recurrent_along_batch"]
    report = audit(nn.Sequential(nn.Linear(3, 3), nn.Sigmoid()), nn.BCELoss(), (x[0], x[0]))
    assert report.not_checked == ()


def test_what_could_not_be_replaced_is_not_called_checked():
    x = torch.randn(1, 1)
    report = audit(nn.Linear(1, 1), nn.MSELoss(), (x, x))
    missed = {item.what for item in report.not_checked if item.why.startswith("no item of an input could be replaced")}
    assert missed >= {"each sample has its own terms of the loss", "prediction and target of a sample meet"}
    assert not missed & set(report.checked)
    assert "the loss is fed with what it takes" in report.checked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "net"}, "audit: expected the model to be an nn.Module, got str"),
        ({"model": nn.Linear}, "audit: expected the model to be an nn.Module, got the class Linear"),
        ({"loss": "mse"}, r"audit: expected a loss that can be called, nn.MSELoss\(\) for example, got a str"),
        ({"loss": nn.MSELoss}, r"audit: expected a loss, got the class MSELoss; make one of it, MSELoss\(\)"),
        ({"batch": torch.zeros(2, 3)}, r"audit: expected the batch as a pair, \(inputs, target\), got a Tensor"),
        ({"batch": (1, 2, 3)}, "got a tuple of 3; several inputs are a tuple of their own"),
    ],
)
def test_arguments_of_other_kinds_are_refused_in_words(change, message):
    given = {"model": nn.Linear(3, 1), "loss": nn.MSELoss(), "batch": (torch.randn(4, 3), torch.randn(4, 1)), **change}
    with pytest.raises(TypeError, match=message):
        audit(given["model"], given["loss"], given["batch"])


@pytest.mark.parametrize("outer", [nullcontext, explaining])
def test_a_step_that_raises_keeps_its_error_and_is_explained_once(outer):
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    with pytest.raises(RuntimeError) as plain:
        model(torch.randn(5, 3, 7))
    with pytest.raises(RuntimeError) as caught, outer():
        audit(model, nn.MSELoss(), (torch.randn(5, 3, 7), torch.randn(5, 2)))
    assert str(caught.value) == str(plain.value)
    [note] = caught.value.__notes__
    assert "expected  (..., H_in=12)" in note


def test_a_loss_that_raises_is_explained_too():
    batch = torch.randn(5, 3), torch.randint(4, (5, 1))
    with pytest.raises(RuntimeError) as caught:
        audit(nn.Linear(3, 4), nn.CrossEntropyLoss(), batch)
    assert "class labels have an axis too many" in caught.value.__notes__[0]


def test_an_error_that_no_tensor_has_a_part_in_stays_as_it_is():
    def loss(prediction, target):
        raise KeyError("weight")

    with pytest.raises(KeyError) as caught:
        audit(nn.Linear(3, 4), loss, (torch.randn(5, 3), torch.randn(5, 4)))
    assert not getattr(caught.value, "__notes__", [])


def test_a_change_in_one_of_several_statements_of_a_line_is_shown():
    class Weighted(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(3, 1)

        def forward(self, x):
            w = torch.softmax(x, dim=0); h = w * x; return self.out(h)  # fmt: skip # noqa: E702

    torch.manual_seed(0)
    found = audit(Weighted(), nn.MSELoss(), (torch.randn(6, 3), torch.randn(6, 1))).diagnoses[0]
    assert found.slug == "reduced_along_batch"
    assert "torch.softmax(x, dim=1); h = w * x; return" in found.fixes[0].edits[0].replacement


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_call_of_the_audit_is_not_what_is_changed():
    model, batch = nn.Sequential(nn.Linear(3, 1)), (torch.randn(8, 3), torch.randn(8))
    [found] = audit(model, nn.MSELoss(), batch).diagnoses
    assert found.slug == "every_prediction_with_every_target"
    assert found.fixes[0].title == "squeeze(-1) of the tensor (8, 1)"
    assert found.fixes[0].edits == ()
    # What the loss does itself can be changed where it does it.
    [found] = audit(model, lambda p, t: ((p - t) ** 2).mean(), batch).diagnoses
    assert "lambda p, t: ((p.squeeze(-1) - t) ** 2).mean()" in found.fixes[0].edits[0].replacement


def test_the_traceback_of_a_step_that_raises_is_as_python_makes_it():
    with pytest.raises(RuntimeError) as caught:
        audit(nn.Sequential(nn.Linear(3, 2)), nn.MSELoss(), (torch.randn(4, 5), torch.randn(4, 2)))
    names = [frame.name for frame in extract_tb(caught.value.__traceback__)]
    assert names.count("test_the_traceback_of_a_step_that_raises_is_as_python_makes_it") == 1
    assert names[1] == "audit"


def test_where_the_loss_itself_raises_nothing_of_the_audit_s_call_is_explained():
    with pytest.raises(ValueError, match="batch_size") as caught:
        audit(nn.Linear(5, 4), nn.functional.cross_entropy, (torch.randn(6, 5), torch.randint(4, (7,))))
    assert not any("tuple" in note or "audit(" in note for note in getattr(caught.value, "__notes__", ()))


def test_checks_that_there_was_no_time_for_are_told(monkeypatch):
    monkeypatch.setattr("shapecheck.capture.judge.MAX_SECONDS", -1.0)
    report = audit(Net(), nn.functional.cross_entropy, (torch.randn(4, 7, 3), torch.randint(0, 5, (4,))))
    assert not report.checked
    assert {item.why for item in report.not_checked} == {"all the checks together took longer than -1 seconds"}


def test_a_later_step_that_there_was_no_time_for_is_told(monkeypatch):
    auditor = Auditor()
    auditor.start()
    try:
        train(2)
        model = Net()
        monkeypatch.setattr("shapecheck.capture.judge.MAX_SECONDS", -1.0)
        nn.functional.cross_entropy(model(torch.randn(4, 7, 3)), torch.randint(0, 5, (4,))).backward()
    finally:
        auditor.stop()
    report = auditor.report
    assert report.checked
    assert ("a later step", "all the checks together took longer than -1 seconds") in {
        (item.what, item.why) for item in report.not_checked
    }
    assert not {item.what for item in report.not_checked} & set(report.checked)


def test_a_batch_of_one_says_nothing_of_how_samples_keep_apart():
    def left(*sizes: int) -> list[str]:
        auditor = Auditor()
        auditor.start()
        try:
            model = nn.Linear(3, 2)
            for size in sizes:
                nn.functional.mse_loss(model(torch.randn(size, 3)), torch.randn(size, 2)).backward()
        finally:
            auditor.stop()
        assert ("each sample has its own terms of the loss" in auditor.checked) == (max(sizes) > 1)
        return [f"{item.what}: {item.why}" for item in auditor.not_checked]

    said = "whether samples keep to themselves: each batch held a single sample; two are enough to tell"
    assert left(1, 1) == [said]
    assert left(1, 4) == left(4, 1) == left(4) == []


def test_a_model_in_which_nothing_learns_is_not_looked_at_and_that_is_said():
    model = nn.Linear(3, 2).requires_grad_(False)
    report = audit(model, nn.CrossEntropyLoss(), (torch.randn(4, 3), torch.tensor([0, 1, 1, 0])))
    assert report.checked == ()
    (left,) = report.not_checked
    assert left.why == "the loss was made of nothing that requires a gradient: no parameter learns from it"
    assert model.weight.grad is None
