import linecache

import pytest
import torch
from torch import nn

from shapecheck.candidate import Candidate, Step
from shapecheck.capture.crashes.crash import crash_of
from shapecheck.capture.crashes.operations import LiveCall
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.evidence import Argument, Operation, Value
from shapecheck.records import TensorRecord
from shapecheck.repair import trial_of
from shapecheck.scripts.mending import is_unseen


def failing(program: str, **names):
    """Run a program that fails; what tries candidates on its failing call."""
    linecache.cache["<failing>"] = (len(program), None, program.splitlines(keepends=True), "<failing>")
    held = {"torch": torch, "nn": nn, "F": nn.functional, **names, "__name__": "__main__"}
    try:
        exec(compile(program, "<failing>", "exec"), held)
    except Exception as error:
        crash = crash_of(error)
        assert crash.failed is not None
        return trial_of(crash.failed, UNKNOWN, is_unseen)
    raise AssertionError("it did not fail")


def candidate(*steps: Step) -> Candidate:
    return Candidate("", (), steps)


@pytest.mark.parametrize(
    ("program", "steps", "outcome"),
    [
        ("x, w = torch.ones(2, 3), torch.ones(2, 3)\nx @ w\n", [Step("transpose", "other", (0, 1))], "(2, 2)"),
        ("x = torch.ones(2, 3, 1)\nF.linear(x, torch.ones(5, 3))\n", [Step("squeeze", "input", (2,))], "(2, 5)"),
        (
            "s, y = torch.zeros(4, 3), torch.zeros(4)\nF.cross_entropy(s, y)\n",
            [Step("to", "target", ("int64",))],
            "one number",
        ),
        ("a, b = torch.ones(2, 3), torch.ones(2, 4)\ntorch.cat([a, b])\n", [Step("keyword", "", ("dim", 1))], "(2, 7)"),
        (
            "gru, x, h = nn.GRU(3, 4), torch.ones(5, 2, 3), (torch.ones(1, 2, 4),)\ngru(x, h)\n",
            [Step("item", "h_0", (0,))],
            "(5, 2, 4)",
        ),
        (
            "lstm, x, h = nn.LSTM(3, 4, 2), torch.ones(5, 2, 3), torch.ones(2, 2, 4)\nlstm(x, h)\n",
            [Step("pair", "(h_0, c_0)")],
            "(5, 2, 4)",
        ),
        (
            "linear, x = nn.Linear(3, 2), torch.ones(4, 5)\nlinear(x)\n",
            [Step("configure", "", ("in_features", 5))],
            "(4, 2)",
        ),
        (
            "lstm, x = nn.LSTM(3, 2, bidirectional=True), torch.ones(4, 1, 5)\nlstm(x)\n",
            [Step("configure", "", ("input_size", 5))],
            "(4, 1, 4)",
        ),
        ("linear = nn.Linear(3, 2)\nlinear(torch.ones(3, 4) * 2)\n", [Step("transpose", "input", (0, 1))], "(4, 2)"),
    ],
)
def test_a_change_with_which_the_call_runs_is_accepted(program, steps, outcome):
    verdict = failing(program)(candidate(*steps))
    assert verdict is not None
    assert verdict.accepted
    assert verdict.outcome == f"the call runs and returns {outcome}"


def test_a_change_that_does_not_help_is_refused_with_torchs_reason():
    verdict = failing("x, w = torch.ones(2, 3), torch.ones(2, 3)\nx @ w\n")(candidate(Step("unsqueeze", "input", (0,))))
    assert verdict is not None
    assert not verdict.accepted
    assert verdict.outcome


def test_one_object_in_two_places_is_changed_once():
    program = "lstm, x, h = nn.LSTM(3, 4), torch.ones(5, 2, 3), torch.ones(2, 4)\nlstm(x, (h, h))\n"
    steps = (Step("unsqueeze", "h_0", (0,)), Step("unsqueeze", "c_0", (0,)))
    verdict = failing(program)(candidate(*steps))
    assert verdict is not None
    assert verdict.accepted


def test_what_broadcasts_is_accepted_and_costs():
    verdict = failing("p, y = torch.rand(4, 3), torch.rand(5)\nF.mse_loss(p, y)\n")(
        candidate(Step("item", "target", (":3",)))
    )
    assert verdict is not None
    assert verdict.accepted
    assert verdict.penalty > 0


def test_without_a_trial_nothing_is_said():
    assert failing("torch.ones(2) + torch.ones(3)\n")(candidate()) is None


def test_the_users_own_code_is_not_run_a_second_time():
    class Mine(nn.Module):
        runs = 0

        def forward(self, x):
            Mine.runs += 1
            raise ValueError("mine")

    operation = Operation("__main__.Mine", (Argument("input", Value("tensor", "Tensor", TensorRecord("input", (2,)))),))
    call = LiveCall(operation, Mine(), (torch.ones(2),), {}, {"input": torch.ones(2)})
    assert trial_of(call, UNKNOWN)(candidate(Step("unsqueeze", "input", (0,)))) is None
    assert Mine.runs == 0


def test_nothing_of_the_script_is_disturbed():
    norm, hits = nn.BatchNorm1d(4), []
    norm.register_forward_hook(lambda *_: hits.append(1))
    x = torch.randn(3, 5, 4, requires_grad=True)
    attempt = failing("norm(x)\n", norm=norm, x=x)
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    seed, kept = torch.get_rng_state(), x.detach().clone()
    verdict = attempt(candidate(Step("transpose", "input", (1, 2))))
    assert verdict is not None
    assert verdict.accepted
    assert all(torch.equal(value, before[name]) for name, value in norm.state_dict().items())
    assert torch.equal(torch.get_rng_state(), seed)
    assert torch.equal(x, kept)
    assert x.grad is None
    assert norm.weight.grad is None
    assert hits == []


def test_operations_in_place_change_a_copy():
    x = torch.zeros(3, 1)
    attempt = failing("x += y\n", x=x, y=torch.ones(1, 4))
    attempt(candidate(Step("transpose", "other", (0, 1))))
    assert torch.equal(x, torch.zeros(3, 1))


def test_large_tensors_are_tried_by_their_shape(monkeypatch):
    monkeypatch.setattr("shapecheck.repair.MAX_COPIED", 10)
    verdict = failing("x, w = torch.ones(20, 3), torch.ones(20, 3)\nx @ w\n")(
        candidate(Step("transpose", "other", (0, 1)))
    )
    assert verdict is not None
    assert verdict.outcome.endswith("(20, 20)")


def test_dropout_does_not_draw_from_the_scripts_numbers():
    layer = nn.MultiheadAttention(8, 2, dropout=0.5)
    attempt = failing("layer(q, k, k)\n", layer=layer, q=torch.ones(3, 1, 8), k=torch.ones(3, 5, 8))
    seed = torch.get_rng_state()
    attempt(candidate(Step("configure", "", ("batch_first", True))))
    assert torch.equal(torch.get_rng_state(), seed)


@pytest.mark.parametrize(
    ("program", "steps", "outcome"),
    [
        ("l, x = nn.Linear(3, 2).double(), torch.ones(4, 5).double()\nl(x)\n", ("in_features", 5), "(4, 2)"),
        ("l, x = nn.LSTM(3, 2), torch.ones(4, 5, 6)\nl(x)\n", ("input_size", 6), "(4, 5, 2)"),
        # Too large to be built, so only its shapes are tried.
        ("l, x = nn.Linear(3, 30000), torch.ones(1, 30000)\nl(x)\n", ("in_features", 30000), "(1, 30000)"),
    ],
)
def test_a_layer_that_is_built_anew_has_the_dtype_of_the_old_one_and_any_size(program, steps, outcome):
    attempt = failing(program)
    draws = torch.get_rng_state()
    verdict = attempt(candidate(Step("configure", "", steps)))
    assert verdict is not None
    assert (verdict.accepted, verdict.outcome) == (True, f"the call runs and returns {outcome}")
    assert torch.equal(torch.get_rng_state(), draws)


def test_a_call_with_sizes_at_which_torch_does_not_look_is_never_made():
    # Torch would read out of bounds, and the process would end.
    program = (
        "from torch.nn.utils.rnn import pack_sequence\n"
        "lstm, x = nn.LSTM(3, 4), pack_sequence([torch.ones(5, 3), torch.ones(2, 3)])\n"
        "lstm(x, (torch.zeros(2, 2, 4), torch.zeros(2, 2, 4)))\n"
    )
    attempt = failing(program)
    one, both = Step("set_size", "c_0", (1, 2, 4)), Step("set_size", "h_0", (1, 2, 4))
    alone, together = attempt(candidate(one)), attempt(candidate(one, both))
    assert alone is not None
    assert together is not None
    assert alone.outcome == "the sizes do not fit, and torch does not look at them"
    assert not alone.accepted
    assert together.accepted
