"""Every tensor of a value is found, however it is nested, and has the role that leads to it."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

from shapecheck.capture.tensors import MAX_ITEMS, record, records
from shapecheck.records import Packing, TensorRecord


@dataclass
class Output:
    logits: torch.Tensor
    states: tuple
    loss: torch.Tensor | None = None


Pair = namedtuple("Pair", ["mean", "spread"])


def roles(*args):
    return [found.role for found in records(*args)]


def test_one_tensor():
    expected = TensorRecord("input", (2, 3), "int64", "cpu")
    assert record("input", torch.zeros(2, 3, dtype=torch.int64)) == expected
    assert records("input", torch.zeros(2, 3, dtype=torch.int64)) == (expected,)


@pytest.mark.parametrize(
    ("dtype", "name"), [(torch.bfloat16, "bfloat16"), (torch.complex64, "complex64"), (torch.bool, "bool")]
)
def test_dtype_stands_without_torch(dtype, name):
    assert record("input", torch.zeros(1, dtype=dtype)).dtype == name


def test_device_is_recorded():
    assert record("input", torch.zeros(2, device="meta")).device == "meta"


def test_scalar_has_no_axes():
    assert record("loss", torch.tensor(1.0)).shape == ()


def test_parameter_counts_as_a_tensor():
    assert records("w", torch.nn.Parameter(torch.zeros(2)))[0].shape == (2,)


def test_nesting_is_spelled_out():
    value = [(torch.zeros(1), None), {"logits": torch.zeros(1), 3: [torch.zeros(1)]}, "text", 7]
    assert roles("output", value) == ["output[0][0]", "output[1]['logits']", "output[1][3][0]"]


def test_ordered_dict_is_a_dict():
    assert roles("output", OrderedDict(a=torch.zeros(1))) == ["output['a']"]


def test_fields_of_dataclasses_are_roles():
    assert roles("output", Output(torch.zeros(1), (torch.zeros(1), torch.zeros(1)))) == [
        "logits",
        "states[0]",
        "states[1]",
    ]


def test_fields_of_named_tuples_are_roles():
    assert roles("output", Pair(torch.zeros(1), torch.zeros(1))) == ["mean", "spread"]


def test_fields_below_the_top_have_no_dot():
    assert roles("output", [Pair(torch.zeros(1), torch.zeros(1))]) == ["output[0]['mean']", "output[0]['spread']"]


def test_torchs_own_named_results_are_numbered():
    assert roles("output", torch.zeros(2, 3).max(dim=0)) == ["output[0]", "output[1]"]


def test_contract_names_what_comes_back():
    result = torch.nn.LSTM(1, 2)(torch.zeros(3, 4, 1))
    assert roles("output", result, ("output", ("h_n", "c_n"))) == ["output", "h_n", "c_n"]


def test_contract_of_one_result_names_the_bare_tensor():
    assert roles("output", torch.zeros(1), ("prediction",)) == ["prediction"]


def test_contract_with_fewer_names_than_tensors():
    assert roles("output", (torch.zeros(1), torch.zeros(1)), ("a",)) == ["a", "output[1]"]


def test_contract_name_of_a_container_is_kept():
    assert roles("output", (torch.zeros(1), (torch.zeros(1), torch.zeros(1))), ("a", "states")) == [
        "a",
        "states[0]",
        "states[1]",
    ]


def test_packed_sequence_is_one_tensor_with_its_packing():
    packed = pack_padded_sequence(torch.zeros(4, 7, 2), torch.tensor([7, 5, 3, 2]), batch_first=True)
    assert records("input", (packed,)) == (TensorRecord("input[0]", (17, 2), packing=Packing(4, 7, 17)),)


def test_packed_sequence_in_any_order():
    packed = pack_sequence([torch.zeros(2, 3), torch.zeros(5, 3)], enforce_sorted=False)
    assert record("input", packed).packing == Packing(sequences=2, longest=5, steps=7)


def test_cycles_end():
    value: list = [torch.zeros(1)]
    value.append(value)
    assert len(records("x", value)) < 20


def test_huge_structures_end():
    assert len(records("x", [torch.zeros(1)] * (2 * MAX_ITEMS))) < MAX_ITEMS
    assert records("x", [0] * (2 * MAX_ITEMS)) == ()


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_have_no_shape_to_record(layout):
    nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)], layout=layout)
    assert records("x", (nested, torch.zeros(1)))[0].role == "x[1]"


def test_uninitialised_parameters_are_passed_over():
    assert records("x", torch.nn.LazyLinear(3).weight) == ()


def test_what_is_no_container_is_passed_over():
    assert records("x", {1, 2}) == records("x", None) == records("x", Output) == records("x", "text") == ()
