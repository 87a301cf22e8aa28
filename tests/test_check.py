"""The engine: what it says of a call, and in which words, on contracts made for the test and on torch's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shapecheck.check import check_call, completed, located
from shapecheck.contract import Call, Contract, Form, Rule, flat_roles, group_name
from shapecheck.contracts import all_contracts, find
from shapecheck.dims import Bindings, Spec
from shapecheck.findings import Blame, Violation
from shapecheck.records import CallRecord, Packing, TensorRecord

LSTM = {
    "input_size": 3,
    "hidden_size": 5,
    "num_layers": 2,
    "batch_first": True,
    "bidirectional": False,
    "proj_size": 0,
    "dtype": "float32",
    "device": "cpu",
}


def lstm(shape, *states, config=None, **changes):
    inputs = {"input": TensorRecord("input", shape, **changes)}
    inputs |= {role: TensorRecord(role, state) for role, state in zip(("h_0", "c_0"), states, strict=False)}
    return check_call(find(["LSTM"]), Call({**LSTM, **(config or {})}, inputs))


def test_outputs_have_the_callers_names_and_the_teaching_names_for_the_rest():
    outcome = lstm((4, 7, 3), dims=("samples", "_", "prices"))
    assert outcome.accepted
    assert outcome.form == "batched, batch_first=True"
    assert [record.dims for record in outcome.outputs] == [
        ("samples", "seq_length", "hidden_size"),
        ("num_layers", "samples", "hidden_size"),
        ("num_layers", "samples", "hidden_size"),
    ]
    assert outcome.outputs[1].rows == ("layer 0 forward", "layer 1 forward")


def test_directions_are_named_only_where_there_are_two():
    outcome = lstm((4, 7, 3), config={"bidirectional": True, "proj_size": 2})
    assert outcome.outputs[0].dims == ("batch_size", "seq_length", "num_directions*proj_size")
    assert outcome.outputs[2].dims == ("num_directions*num_layers", "batch_size", "hidden_size")
    assert outcome.outputs[2].rows[:2] == ("layer 0 forward", "layer 0 backward")


def test_a_size_is_blamed_on_who_bound_it_and_explained():
    (found,) = lstm((4, 7, 1)).violations
    assert found == Violation(
        "size",
        "input",
        expected=(("N", None), ("L", None), ("H_in", 3)),
        got=(4, 7, 1),
        axes=(2,),
        blame=(Blame("H_in", 3, "input_size=3 of the LSTM"),),
        reason="the last axis holds the numbers that describe one step, and the layer has one column of weights for "
        "each of the input_size numbers that it was made for",
    )


def test_a_state_of_another_batch_is_blamed_on_the_input():
    violations = lstm((4, 7, 3), (2, 6, 5), (2, 4, 5)).violations
    assert [(found.where, found.axes, found.blame) for found in violations] == [
        ("h_0", (1,), (Blame("N", 4, "the input"),))
    ]
    assert violations[0].reason.startswith("each sequence of the batch starts from a state of its own")


def test_all_that_is_wrong_is_told_at_once():
    violations = lstm((4, 7, 1), (4, 4, 5), dtype="float64").violations
    assert [(found.kind, found.where) for found in violations] == [
        ("size", "input"),
        ("size", "h_0"),
        ("missing", "c_0"),
        ("dtype", "input"),
    ]


def test_a_wrong_number_of_axes_names_the_forms_of_this_configuration():
    (found,) = lstm((4, 7, 3, 1)).violations
    assert (found.kind, found.expected_text, found.got_text) == ("ndim", "(N, L, H_in) or (L, H_in)", "4 axes")
    assert lstm((4, 7, 3, 1), config={"batch_first": False}).violations[0].expected_text == "(L, N, H_in) or (L, H_in)"
    assert lstm((3,)).violations[0].got_text == "1 axis"


def test_no_step_at_all_is_too_few():
    (found,) = lstm((4, 0, 3)).violations
    assert (found.kind, found.axes, found.expected_text, found.got_text) == ("size", (1,), "L of at least 1", "L=0")
    assert found.expected == (("N", 4), ("L", None), ("H_in", 3))
    assert found.reason == "without a single step there is no last state to return"


def test_what_torch_would_read_out_of_bounds_is_refused_and_said_to_be_accepted_by_torch():
    packing = Packing(sequences=2, longest=4, steps=8)
    (found,) = lstm((8, 2), packing=packing).violations
    assert found.torch_accepts
    uneven = lstm((7, 2), packing=replace(packing, steps=7))
    assert not uneven.violations[0].torch_accepts
    assert lstm((7, 3), (2, 3, 5), (2, 2, 5), packing=replace(packing, steps=7)).violations[0].torch_accepts


def test_a_packed_input_gives_a_packed_output():
    packing = Packing(sequences=2, longest=4, steps=7)
    outcome = lstm((7, 3), packing=packing)
    assert [(record.shape, record.packing) for record in outcome.outputs] == [
        ((7, 5), packing),
        ((2, 2, 5), None),
        ((2, 2, 5), None),
    ]


@pytest.mark.parametrize(
    ("objects", "kind", "where", "expected", "got"),
    [
        ({"input": "list"}, "type", "input", "a Tensor", "list"),
        ({}, "missing", "input", "a Tensor", "nothing"),
        ({"arguments": "too many"}, "type", "arguments", "arguments (input, (h_0, c_0))", "too many"),
    ],
)
def test_without_a_tensor_there_is_nothing_else_to_say(objects, kind, where, expected, got):
    (found,) = check_call(find(["LSTM"]), Call(LSTM, {}, objects)).violations
    assert (found.kind, found.where, found.expected_text, found.got_text) == (kind, where, expected, got)


def test_one_tensor_for_two_states_is_told_as_such_and_not_as_a_wrong_shape():
    inputs = {role: TensorRecord(role, (4, 5)) for role in ("h_0", "c_0")} | {"input": TensorRecord("input", (4, 7, 3))}
    (found,) = check_call(find(["LSTM"]), Call(LSTM, inputs, {"(h_0, c_0)": "one tensor"})).violations
    assert (found.kind, found.where, found.expected_text) == ("type", "h_0", "a tuple (h_0, c_0)")
    assert found.reason.startswith("an LSTM carries two states")


def test_a_placed_outcome_names_the_module_and_the_call():
    call = CallRecord("encoder.lstm", "LSTM")
    (found,) = located(lstm((4, 7, 1)), call).violations
    assert (found.where, found.call, found.role) == ("encoder.lstm.input", call, "input")
    assert located(lstm((4, 7, 1)), CallRecord("", "LSTM")).violations[0].where == "input"


def contract(**changes):
    return Contract(
        **{
            "name": "Thing",
            "types": ("test.Thing",),
            "reads": (),
            "arguments": ("input", "other"),
            "returns": ("output",),
            "letters": {},
            "bind": lambda config: Bindings(),
            "forms": (Form("any", lambda call: True, {"input": "... A", "other": "... B"}, {"output": "... A B"}),),
            **changes,
        }
    )


def ask(given, **shapes):
    return check_call(given, Call({}, {role: TensorRecord(role, shape) for role, shape in shapes.items()}))


def test_the_ellipsis_stands_for_the_same_axes_in_all_inputs():
    assert ask(contract(), input=(2, 3, 4), other=(2, 3, 5)).outputs[0].shape == (2, 3, 4, 5)
    (found,) = ask(contract(), input=(2, 3, 4), other=(2, 9, 5)).violations
    assert (found.kind, found.where, found.axes) == ("size", "other", (1,))
    assert found.expected == (("_", 2), ("_", 3), ("B", None))
    assert ask(contract(), input=(2, 3, 4), other=(2, 5)).violations[0].kind == "ndim"


def test_a_rule_that_torch_does_not_know_is_marked():
    def broken(call):
        return Violation("value", "input", expected_text="luck", got_text="none")

    given = contract(rules=(Rule("luck", broken, reason="so it is", torch_raises=False),))
    (found,) = ask(given, input=(2, 4), other=(2, 5)).violations
    assert (found.torch_accepts, found.reason, found.expected) == (True, "so it is", ())


def test_outputs_that_others_work_out_are_told_their_axes():
    given = contract(computed=True, teaching={"A": "width"})
    outcome = completed(given, ask(given, input=(2, 4), other=(2, 5)), [TensorRecord("output", (2, 4, 5))])
    assert outcome.outputs[0].dims == ("_", "width", "B")


def test_roles_are_flattened_and_written():
    assert flat_roles(("a", ("b", "c"))) == ("a", "b", "c")
    assert group_name(("a", ("b", "c"))) == "(a, (b, c))"


@pytest.mark.parametrize("given", all_contracts(), ids=lambda given: given.name)
def test_every_contract_is_well_formed(given):
    assert given.types
    assert given.about.endswith(".")
    is_layer = not any("loss" in name for name in given.types)
    assert given.source.startswith("https://") or not is_layer
    for form in given.forms:
        roles = set(flat_roles(given.arguments)) | set(given.reads)
        assert set(form.inputs) <= roles, "a spec for a role that is no argument"
        assert set(form.optional) <= roles
        for text in (*form.inputs.values(), *form.outputs.values()):
            Spec.parse(text)
    assert not is_layer or all(rule.reason for rule in given.rules), "a rule that does not say why"


def test_every_letter_of_the_recurrent_layers_is_explained():
    for name in ("LSTM", "GRU", "RNN", "LSTMCell", "Linear", "Bilinear", "MultiheadAttention"):
        given = find([name])
        used = {dim for form in given.forms for text in form.inputs.values() for dim in Spec.parse(text).dims}
        assert used <= set(given.letters), name
