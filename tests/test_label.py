from collections.abc import Mapping

from shapecheck.contract import Contract, Form, Outcome
from shapecheck.dims import Bindings
from shapecheck.label import label
from shapecheck.records import CallRecord, TensorRecord

LINEAR = Contract(
    name="Linear",
    types=("torch.nn.modules.linear.Linear",),
    reads=("in_features", "out_features"),
    arguments=("input",),
    returns=("output",),
    letters={"H_in": "in_features", "H_out": "out_features"},
    bind=lambda config: Bindings(),
    forms=(Form("any", lambda call: True, {"input": "... H_in"}, {"output": "... H_out"}),),
    teaching={"H_out": "out_size"},
)
OUTCOME = Outcome(True, "any", bindings=Bindings.of({"H_in": 16, "H_out": 5}))
KNOWN = Bindings.of({"batch_size": 4, "seq_length": 7, "hidden_size": 16})


def dims(call: CallRecord) -> Mapping[str, tuple[str, ...]]:
    return {record.role: record.dims for record in (*call.inputs, *call.outputs)}


def linear(*leading: int) -> CallRecord:
    inputs = (TensorRecord("input", (*leading, 16)),)
    return CallRecord("linear", "Linear", inputs=inputs, outputs=(TensorRecord("output", (*leading, 5)),))


def test_the_contract_names_what_it_knows_and_sizes_name_the_rest():
    labelled = label(linear(28), KNOWN, contract=LINEAR, outcome=OUTCOME)
    assert dims(labelled.call) == {
        "input": ("batch_size*seq_length", "hidden_size"),
        "output": ("batch_size*seq_length", "out_size"),
    }
    assert labelled.bindings.size("out_size") == 5


def test_the_protocol_knows_best():
    stages = {"output": ("rows", "num_classes")}
    labelled = label(linear(28), KNOWN, contract=LINEAR, outcome=OUTCOME, stages=stages)
    assert dims(labelled.call)["output"] == ("rows", "num_classes")


def test_a_tensor_of_the_same_shape_hands_its_dims_on():
    seen = (TensorRecord("output", (4, 4), dims=("batch_size", "seq_length")),)
    call = CallRecord(
        "relu", "ReLU", inputs=(TensorRecord("input", (4, 4)),), outputs=(TensorRecord("output", (4, 4)),)
    )
    assert dims(label(call, Bindings(), seen=seen).call)["output"] == ("batch_size", "seq_length")


def test_a_size_that_two_dims_share_is_left_open():
    call = CallRecord("relu", "ReLU", inputs=(TensorRecord("input", (4, 9)),))
    known = Bindings.of({"batch_size": 4, "seq_length": 4, "hidden_size": 9})
    assert dims(label(call, known).call)["input"] == ("_", "hidden_size")
    assert dims(label(call, Bindings()).call)["input"] == ()


def test_the_same_word_with_another_size_is_told_apart():
    labelled = label(linear(28), KNOWN.bind("out_size", 3), contract=LINEAR, outcome=OUTCOME)
    assert dims(labelled.call)["output"] == ("batch_size*seq_length", "linear_out_size")
