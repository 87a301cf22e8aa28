import re

import pytest

from shapecheck.dims import Bindings
from shapecheck.errors import ProtocolError
from shapecheck.findings import Blame
from shapecheck.follow import check_stage, initial_bindings, validate
from shapecheck.protocol import Protocol, Stage
from shapecheck.records import CallRecord, Packing, TensorRecord

STAGE = Stage("LSTM output", "lstm.output", "batch_size seq_length hidden_size")
KNOWN = Bindings.of({"batch_size": 4, "seq_length": 7}, by="stage 'network input'")


def test_a_stage_that_fits_binds_what_is_new():
    result = check_stage(STAGE, TensorRecord("output", (4, 7, 16)), KNOWN)
    assert result.violation is None
    assert result.dims == ("batch_size", "seq_length", "hidden_size")
    assert result.bindings["hidden_size"].size == 16
    assert result.bindings["hidden_size"].by == "stage 'LSTM output'"


def test_a_violation_says_what_was_expected_what_was_got_and_who_bound_it():
    result = check_stage(STAGE, TensorRecord("output", (7, 4, 16)), KNOWN)
    violation = result.violation
    assert violation is not None
    assert violation.kind == "size"
    assert violation.expected[:2] == (("batch_size", 4), ("seq_length", 7))
    assert violation.got == (7, 4, 16)
    assert violation.axes == (0, 1)
    assert Blame("batch_size", 4, "stage 'network input'") in violation.blame
    assert result.bindings == KNOWN


def test_a_missing_tensor_names_those_that_are_there():
    call = CallRecord("lstm", "LSTM", inputs=(TensorRecord("input", (4, 7, 1)),))
    violation = check_stage(STAGE, None, KNOWN, call).violation
    assert violation is not None
    assert violation.kind == "missing"
    assert violation.got_text == "no tensor called 'output'; there are input"


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("inputt", "; there are x, state; did you mean 'input'?"),
        ("stat", "; there are x, state; did you mean 'state'?"),
        ("outputs", "; there are x, state; did you mean 'output'?"),
        ("logits", "; there are x, state"),
    ],
)
def test_a_missing_tensor_with_a_name_near_to_one_that_is_there(role, told):
    call = CallRecord("", "Net", inputs=(TensorRecord("x", (4, 7, 1)), TensorRecord("state", (4, 7))))
    violation = check_stage(Stage("in", role, "_ _ _"), None, KNOWN, call).violation
    assert violation.got_text == f"no tensor called {role!r}{told}"


def test_a_packed_sequence_stands_for_the_padded_tensor():
    record = TensorRecord("output", (17, 16), packing=Packing(sequences=4, longest=7, steps=17))
    result = check_stage(STAGE, record, KNOWN)
    assert result.violation is None
    assert result.dims == ("steps", "hidden_size")
    wrong = TensorRecord("output", (17, 16), packing=Packing(sequences=5, longest=7, steps=17))
    assert check_stage(STAGE, wrong, KNOWN).violation.got == (5, 7, 16)


def test_dtype_is_checked_after_the_shape():
    stage = Stage("loss target", "loss.target", "batch_size*seq_length", dtype="int64")
    violation = check_stage(stage, TensorRecord("target", (28,), "float32"), KNOWN).violation
    assert (violation.kind, violation.expected_text, violation.got_text) == ("dtype", "int64", "float32")


def test_an_unsolved_product_is_told():
    stage = Stage("rows", "linear.input", "batch_size*seq_length hidden_size")
    assert check_stage(stage, TensorRecord("input", (28, 16)), Bindings()).unsolved == ("batch_size*seq_length",)


def test_fixed_sizes_are_bound_by_the_protocol():
    protocol = Protocol("mine", (STAGE,), sizes={"hidden_size": 8})
    assert initial_bindings(protocol)["hidden_size"].by == "the protocol 'mine'"


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (
            {"": "Net", "lstm1": "LSTM"},
            "did you mean 'lstm1', an LSTM? (Protocol.documented(lstm='lstm1') names another one)",
        ),
        ({"": "Net", "encoder.lstm": "LSTM"}, "an LSTM? (Protocol.documented(lstm='encoder.lstm') names another one)"),
        ({"": "Net", "fc": "Linear"}, "the model has no module 'lstm'; the model has 'fc'"),
        ({"": "Net"}, "stage 'LSTM output' is at 'lstm.output', but the model has no module 'lstm'"),
    ],
)
def test_a_protocol_that_names_a_missing_module_says_what_is_near(modules, message):
    with pytest.raises(ProtocolError, match=re.escape(message) + "$"):
        validate(Protocol("mine", (STAGE,)), modules)


def test_the_loss_needs_no_module():
    protocol = Protocol("mine", (Stage("loss target", "loss.target", "n"),))
    validate(protocol, {"": "Net"})
    with pytest.raises(ProtocolError, match="no module 'loss'"):
        validate(protocol, {"": "Net"}, has_loss=False)


ROLES = {"lstm": ("input", "h_0", "c_0", "output", "h_n", "c_n"), "loss": ("input", "target")}


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("lstm.inptu", "stage 'x' is at 'lstm.inptu', but an LSTM has no tensor 'inptu'; did you mean 'lstm.input'?"),
        ("lstm.h_m", "stage 'x' is at 'lstm.h_m', but an LSTM has no tensor 'h_m'; did you mean 'lstm.h_n'?"),
        ("lstm", "stage 'x' is at 'lstm', an LSTM: say which of its tensors, 'lstm.input' or 'lstm.output'"),
        ("net.fc", "stage 'x' is at 'net.fc', a Linear: say which of its tensors, 'net.fc.input' or 'net.fc.output'"),
        ("loss.targt", "stage 'x' is at 'loss.targt', but the loss has no tensor 'targt'; did you mean 'loss.target'?"),
        (
            "lstm.zzzzzzzzz",
            "stage 'x' is at 'lstm.zzzzzzzzz', but an LSTM has no tensor 'zzzzzzzzz'; there are input, h_0, c_0, "
            "output, h_n, c_n",
        ),
    ],
)
def test_a_stage_at_what_no_call_has(at, message):
    modules = {"": "Net", "lstm": "LSTM", "net": "Sequential", "net.fc": "Linear", "output": "Linear"}
    with pytest.raises(ProtocolError) as caught:
        validate(Protocol("mine", (Stage("x", at, "n"),)), modules, roles=ROLES)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "at", ["lstm.output[0]", "lstm.c_n", "net.logits", "input", "output", "output.input", "loss.input"]
)
def test_a_stage_at_what_a_call_may_have(at):
    modules = {"": "Net", "lstm": "LSTM", "net": "Sequential", "net.fc": "Linear", "output": "Linear"}
    validate(Protocol("mine", (Stage("x", at, "n"),)), modules, roles=ROLES)


@pytest.mark.parametrize(
    ("protocol", "told"),
    [
        (Protocol.documented(), True),
        (Protocol.documented(head="last step", loss="cross_entropy"), True),
        (Protocol("mine", (Stage("out", "linear.output", "batch_size 3"),)), False),
        (Protocol.documented(linear="head"), False),
    ],
)
def test_the_documented_protocol_says_how_to_name_a_layer(protocol, told):
    with pytest.raises(ProtocolError) as caught:
        validate(protocol, {"": "Net", "lstm": "LSTM", "fc": "Linear"})
    assert (
        "; the model has 'lstm', 'fc' (Protocol.documented(linear='fc') names another one)" in str(caught.value)
    ) == told
