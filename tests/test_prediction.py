"""The door: tensors, meta tensors and records in, an outcome out; unknown layers are never guessed."""

from __future__ import annotations

import copy
import pickle
from importlib.metadata import EntryPoint

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence

from shapecheck import TensorRecord, contracts, knowledge, predict
from shapecheck.contracts import find
from shapecheck.errors import NoContractError


def shapes(outcome):
    return {record.role: record.shape for record in outcome.outputs}


def slugs(outcome):
    return [hazard.slug for hazard in outcome.hazards]


@pytest.mark.parametrize(
    "given",
    [torch.zeros(4, 7, 3), torch.zeros(4, 7, 3, device="meta"), TensorRecord("anything", (4, 7, 3))],
    ids=["tensor", "meta", "record"],
)
def test_tensors_meta_tensors_and_records_mean_the_same(given):
    outcome = predict(nn.LSTM(3, 5, batch_first=True), given)
    assert shapes(outcome) == {"output": (4, 7, 5), "h_n": (1, 4, 5), "c_n": (1, 4, 5)}


def test_a_violation_knows_its_layer():
    (found,) = predict(nn.LSTM(3, 5), torch.zeros(7, 4, 2)).violations
    assert (found.call.type, found.call.config, found.call.inputs[0].shape) == ("LSTM", "3, 5", (7, 4, 2))
    (found,) = predict(nn.ReLU(), torch.zeros(2, dtype=torch.bool)).violations
    assert found.call.type == "ReLU"


def test_keywords_are_arguments_too():
    state = torch.zeros(1, 4, 5)
    assert predict(nn.LSTM(3, 5), input=torch.zeros(7, 4, 3), hx=(state, state)).accepted
    assert predict(nn.LSTM(3, 5), torch.zeros(7, 4, 3), hx=None).accepted
    outcome = predict(nn.LSTM(3, 5), torch.zeros(7, 4, 3), state=1)
    assert [found.where for found in outcome.violations] == ["arguments"]


class MyLSTM(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class SameLSTM(nn.LSTM):
    pass


class Linear(nn.Module):
    def forward(self, x):
        return x


@pytest.mark.parametrize("module", [MyLSTM(3, 5), Linear(), nn.LazyLinear(3)], ids=["own forward", "same name", "lazy"])
def test_what_may_do_anything_is_never_guessed(module):
    with pytest.raises(NoContractError, match="so nothing can be said of its call; a contract is one file"):
        predict(module, torch.zeros(2, 3))


def test_of_what_is_made_of_layers_it_is_said_what_looks_at_them():
    with pytest.raises(NoContractError) as caught:
        predict(nn.Sequential(nn.Linear(3, 8)), torch.zeros(2, 3))
    assert str(caught.value) == (
        "there is no contract for torch.nn.modules.container.Sequential, so nothing can be said of its call; it is "
        "made of layers: watch(model) looks at the calls of each while it runs, and `shapecheck trace` runs it once"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("given", [(2, 3), [2, 3], torch.Size([2, 3])], ids=["tuple", "list", "size"])
def test_of_a_shape_it_is_said_which_tensor_to_pass(given):
    (found,) = predict(nn.Linear(3, 8), given).violations
    assert found.reason == "this is a shape, and a tensor is taken: pass torch.empty(2, 3)"


@pytest.mark.parametrize("given", [5, None, (torch.zeros(2, 3),), ()])
def test_what_is_no_shape_has_the_reason_of_the_contract(given):
    assert "torch.empty" not in predict(nn.Linear(3, 8), given).violations[0].reason


def test_a_subclass_with_the_forward_of_its_base_has_its_contract():
    assert predict(SameLSTM(3, 5), torch.zeros(7, 4, 3)).accepted


def test_a_lazy_layer_has_a_contract_once_it_knows_its_sizes():
    layer = nn.LazyLinear(3)
    layer(torch.zeros(2, 4))
    assert not predict(layer, torch.zeros(2, 5)).accepted


def test_the_error_survives_pickling():
    error = pickle.loads(pickle.dumps(NoContractError("mine.Layer")))
    assert (error.name, str(error)) == ("mine.Layer", str(NoContractError("mine.Layer")))


def test_a_tied_weight_counts_and_not_the_attributes():
    layer = nn.Linear(3, 4)
    layer.weight = nn.Parameter(torch.zeros(4, 6))
    assert predict(layer, torch.zeros(2, 6)).accepted
    assert not predict(layer, torch.zeros(2, 3)).accepted


def test_asking_changes_nothing():
    layer = parametrizations.spectral_norm(nn.Linear(3, 4)).train()
    norm, conv, given = nn.BatchNorm1d(3), nn.Conv1d(3, 4, 2), torch.randn(4, 3)
    before = copy.deepcopy((layer.state_dict(), norm.state_dict(), torch.get_rng_state()))
    assert predict(layer, torch.zeros(2, 3)).accepted
    assert predict(norm, given).accepted
    assert predict(conv, torch.zeros(2, 3, 5)).accepted
    after = (layer.state_dict(), norm.state_dict(), torch.get_rng_state())
    for old, new in zip(before[:2], after[:2], strict=True):
        assert all(torch.equal(old[name], new[name]) for name in old)
    assert torch.equal(before[2], after[2])


def test_meta_kernels_do_not_fire_hooks():
    layer, seen = nn.Conv1d(3, 4, 2), []
    layer.register_forward_hook(lambda *args: seen.append(args))
    assert shapes(predict(layer, torch.zeros(2, 3, 5))) == {"output": (2, 4, 4)}
    assert seen == []


def test_outputs_of_meta_kernels_are_named():
    (record,) = predict(nn.Conv1d(3, 4, 2), torch.zeros(2, 3, 5)).outputs
    assert record.dims == ("batch_size", "out_channels", "L_out")
    output, weights = predict(nn.MultiheadAttention(4, 2), *(torch.zeros(7, 3, 4),) * 3).outputs
    assert output.dims == ("seq_length", "batch_size", "embed_dim")
    assert weights.dims == ("batch_size", "seq_length", "source_length")


def test_what_only_meta_kernels_refuse_is_told_in_torchs_words():
    layer = nn.Conv1d(3, 4, 2, padding=9, padding_mode="reflect")
    (found,) = predict(layer, torch.zeros(2, 3, 5)).violations
    assert found.reason.startswith("torch says: ")


def test_functions_have_contracts_too():
    packed = predict(pack_padded_sequence, torch.zeros(4, 7, 3), [7, 6, 2, 2], batch_first=True)
    assert shapes(packed) == {"output": (17, 3)}
    assert packed.outputs[0].packing.sequences == 4
    padded = predict(pad_packed_sequence, pack_sequence([torch.zeros(7, 3), torch.zeros(2, 3)]), total_length=9)
    assert shapes(padded) == {"output": (9, 2, 3), "lengths": (2,)}
    assert shapes(predict(pad_sequence, [torch.zeros(7, 3), torch.zeros(2, 3)])) == {"output": (7, 2, 3)}


def test_without_values_a_length_is_not_known_and_nothing_is_invented():
    outcome = predict(pack_padded_sequence, TensorRecord("", (4, 7, 3)), TensorRecord("", (7,), "int64"))
    assert outcome.accepted
    assert outcome.outputs == ()


@pytest.mark.parametrize(
    ("target", "given", "expected"),
    [
        (nn.LSTM(3, 5), (torch.zeros(7, 3),), ["one_unbatched_sequence"]),
        (nn.GRU(3, 5, batch_first=True), (torch.zeros(1, 7, 3),), ["batch_of_one"]),
        (nn.GRU(3, 5, batch_first=True), (torch.zeros(2, 1, 3),), []),
        (pack_padded_sequence, (torch.zeros(7, 2, 3), torch.tensor([6, 2])), ["steps_dropped"]),
        (pack_padded_sequence, (torch.zeros(7, 2, 3), torch.tensor([7.5, 2.0])), ["lengths_truncated"]),
        (pack_padded_sequence, (torch.zeros(7, 2, 3), [7, 2]), []),
        (pad_sequence, ([torch.zeros(2).long(), torch.zeros(3)],), ["cast_to_the_first_dtype"]),
        (nn.Softmax(), (torch.zeros(2, 3, 4),), ["axis_left_open"]),
        (nn.Softmax(0), (torch.zeros(2, 3),), ["shared_over_the_batch"]),
        (nn.Softmax(-1), (torch.zeros(2, 3),), []),
        (nn.Flatten(0), (torch.zeros(2, 3),), ["batch_flattened"]),
        (nn.Flatten(), (torch.zeros(2, 3),), []),
    ],
)
def test_hazards_of_what_is_accepted(target, given, expected):
    outcome = predict(target, *given)
    assert outcome.accepted
    assert slugs(outcome) == expected


@pytest.mark.parametrize(
    ("target", "given", "expected", "got"),
    [
        (nn.Embedding(5, 3), (torch.tensor([1, 5]),), "indices in [0, 5)", "5"),
        (nn.Embedding(5, 3), (torch.tensor([-1, 4]),), "indices in [0, 5)", "-1"),
        (nn.Embedding(5, 3), (torch.zeros(2),), "int64 or int32", "float32"),
        (
            pack_padded_sequence,
            (torch.zeros(7, 2), [2, 7]),
            "descending lengths, or enforce_sorted=False",
            "lengths in another order",
        ),
        (pack_padded_sequence, (torch.zeros(7, 2), [7, 0]), "lengths of at least 1", "0"),
        (pack_padded_sequence, (torch.zeros(7, 2), [8, 2]), "lengths of at most 7", "8"),
        (pack_padded_sequence, (torch.zeros(7, 2), TensorRecord("", (2,), "int64", "cuda:0")), "cpu", "cuda:0"),
        (pad_packed_sequence, (torch.zeros(7, 2),), "a PackedSequence", "a Tensor"),
        (nn.BatchNorm1d(3), (torch.zeros(1, 3),), "more than one value a channel", "one value a channel"),
        (nn.Linear(3, 4), (TensorRecord("", (2, 3), "float32", "cuda:0"),), "cpu", "cuda:0"),
        (nn.EmbeddingBag(5, 3), (torch.tensor([1]), torch.tensor([0.0])), "int64 or int32", "float32"),
    ],
)
def test_what_is_expected_is_said_in_words(target, given, expected, got):
    (found,) = predict(target, *given).violations
    assert (found.expected_text, found.got_text) == (expected, got)
    assert found.reason


def test_dropped_sequences_are_refused_although_torch_accepts_them():
    given = (torch.zeros(7, 3, 2), torch.tensor([7, 2]))
    assert pack_padded_sequence(*given, enforce_sorted=False).batch_sizes[0] == 2
    (found,) = predict(pack_padded_sequence, *given, enforce_sorted=False).violations
    assert found.torch_accepts
    assert found.where == "lengths"


def test_a_broken_extension_is_passed_over_with_a_warning(monkeypatch):
    entry = EntryPoint("mine", "no_such_module:CONTRACT", "shapecheck.contracts")
    monkeypatch.setattr(knowledge, "entry_points", lambda group: [entry])
    contracts.all_contracts.cache_clear()
    with pytest.warns(UserWarning, match="'no_such_module:CONTRACT', an extension of shapecheck.contracts"):
        assert find(["torch.nn.modules.rnn.LSTM"]) in contracts.all_contracts()
    contracts.all_contracts.cache_clear()


@pytest.mark.parametrize(
    ("indices", "offsets", "wrong"),
    [(torch.tensor([1.0]), torch.tensor([0]), "input"), (torch.tensor([1]), torch.tensor([0.0]), "offsets")],
)
def test_of_indices_and_offsets_the_one_that_is_no_whole_number_is_named(indices, offsets, wrong):
    assert [found.where for found in predict(nn.EmbeddingBag(5, 3), indices, offsets).violations] == [wrong]


def test_a_hint_without_its_mask_is_told_so():
    (found,) = predict(nn.MultiheadAttention(4, 2), *(torch.zeros(7, 3, 4),) * 3, is_causal=True).violations
    assert (found.kind, found.where) == ("missing", "attn_mask")
    assert (found.expected_text, found.got_text) == ("a mask, since is_causal=True", "nothing")


def test_autocast_brings_the_dtypes_of_a_linear_together_and_not_those_of_a_bilinear():
    half = torch.zeros(2, 3, dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert predict(nn.Linear(3, 4), half).outputs[0].dtype == "bfloat16"
        assert not predict(nn.Bilinear(3, 3, 4), half, half).accepted
        with pytest.raises(RuntimeError):
            nn.Bilinear(3, 3, 4)(half, half)


def test_a_batch_without_samples_may_have_empty_axes_where_padding_fills_them():
    layer = nn.Conv1d(3, 4, 1, padding=1)
    for shape in ((0, 3, 0), (2, 3, 0)):
        given = torch.zeros(shape)
        assert predict(layer, given).accepted == (shape[0] == 0)
    assert shapes(predict(layer, torch.zeros(0, 3, 0))) == {"output": tuple(layer(torch.zeros(0, 3, 0)).shape)}


_ROWS, _SCORES, _SIGNS = torch.rand(4, 3), torch.rand(4, 3), torch.tensor([1.0, -1.0, 1.0, -1.0])


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *((kind, (_SCORES, _ROWS)) for kind in (nn.L1Loss, nn.MSELoss, nn.SmoothL1Loss, nn.HuberLoss)),
        *((kind, (_SCORES, _ROWS)) for kind in (nn.BCELoss, nn.BCEWithLogitsLoss, nn.PoissonNLLLoss, nn.KLDivLoss)),
        *((kind, (_SCORES, torch.tensor([0, 1, 2, 0]))) for kind in (nn.CrossEntropyLoss, nn.NLLLoss)),
        (nn.MultiMarginLoss, (_SCORES, torch.tensor([0, 1, 2, 0]))),
        (nn.SoftMarginLoss, (_SCORES[:, 0], _SIGNS)),
        (nn.HingeEmbeddingLoss, (_SCORES[:, 0], _SIGNS)),
        (nn.MarginRankingLoss, (_SCORES[:, 0], _SCORES[:, 1], _SIGNS)),
        (nn.CosineEmbeddingLoss, (_SCORES, _ROWS, _SIGNS)),
        (nn.MultiLabelMarginLoss, (_SCORES, torch.ones(4, 3, dtype=torch.int64))),
        (nn.GaussianNLLLoss, (_SCORES, _ROWS, torch.ones(4, 3))),
        (nn.TripletMarginLoss, (_SCORES, _ROWS, _SCORES)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_reduction_that_is_none_and_not_the_word(kind, given):
    """``reduction=None`` is no reduction; torch says so at the call, and so must we."""
    assert predict(kind(), *given).accepted
    outcome = predict(kind(reduction=None), *given)
    with pytest.raises((ValueError, TypeError)):
        kind(reduction=None)(*given)
    (found,) = outcome.violations
    assert (found.where, found.expected_text.split(" or ")[0], found.got_text) == ("reduction", "'none'", "None")


@pytest.mark.parametrize("kind", [nn.LSTM, nn.MSELoss])
def test_a_class_is_not_a_layer(kind):
    name = kind.__name__
    message = (
        f"expected the target to be a layer, a loss or a function, got the class {name}; make one of it, {name}(...)"
    )
    with pytest.raises(TypeError) as caught:
        predict(kind, torch.zeros(4, 7, 3))
    assert str(caught.value) == f"predict: {message}"


@pytest.mark.parametrize(("given", "got"), [(None, "NoneType"), ("lstm", "str"), (torch.zeros(2), "Tensor")])
def test_what_cannot_be_called_is_no_layer(given, got):
    with pytest.raises(TypeError) as caught:
        predict(given, torch.zeros(4, 7, 3))
    assert str(caught.value) == f"predict: expected the target to be a layer, a loss or a function, got {got}"
