"""The content of two stages is compared value by value, without copies of the whole, and never accuses in doubt."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.capture import content
from shapecheck.capture.content import compare, hold
from shapecheck.protocol import Step

SIZES = {"b": 4, "t": 7, "h": 5}
MERGE = Step.parse("b t h -> (b t) h")
LAST = Step.parse("b t[-1] h -> b h")


@pytest.fixture(params=[1 << 20, 3], ids=["whole", "in chunks"])
def x(request, monkeypatch):
    monkeypatch.setattr(content, "CHUNK", request.param)
    return torch.randn(4, 7, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("step", "make"),
    [
        ("b t h -> (b t) h", lambda x: x.reshape(28, 5)),
        ("b t h -> (b t) h", lambda x: x.clone().reshape(28, 5)),
        ("b t h -> (t b) h", lambda x: x.transpose(0, 1).reshape(28, 5)),
        ("b t h -> b h t", lambda x: x.mT),
        ("b t h -> b (t h)", lambda x: x.flatten(1)),
        ("b t h -> b 1 t h", lambda x: x[:, None]),
        ("... h -> h ...", lambda x: x.permute(2, 0, 1)),
        ("b ... -> ... b", lambda x: x.permute(1, 2, 0)),
        ("b t[-1] h -> b h", lambda x: x[:, -1]),
        ("b t[0] h -> b h", lambda x: x[:, 0].clone()),
        ("b[1] t h[2] -> t", lambda x: x[1, :, 2]),
    ],
)
def test_what_the_step_says_is_the_same(step, make, x):
    assert compare(Step.parse(step), hold(x), make(x), SIZES) == "same"


def test_taking_apart(x):
    assert compare(Step.parse("(b t) h -> b t h"), hold(x.reshape(28, 5)), x, SIZES) == "same"


@pytest.mark.parametrize(
    ("step", "make"),
    [
        (MERGE, lambda x: x.transpose(0, 1).reshape(28, 5)),
        (MERGE, lambda x: x.mT.reshape(28, 5)),
        (MERGE, lambda x: x.flip(0).reshape(28, 5)),
        (LAST, lambda x: x[:, 0]),
        (LAST, lambda x: x[:, -2].clone()),
        (LAST, lambda x: x[:, -1].flip(0)),
        (LAST, lambda x: x[:, -1].flatten().view(5, 4).T),
    ],
)
def test_right_values_in_the_wrong_place_are_scrambled(step, make, x):
    assert compare(step, hold(x), make(x), SIZES) == "scrambled"


def test_item_of_another_tensor_of_the_call_is_scrambled(x):
    state = torch.randn(2, 4, 5)
    assert compare(LAST, hold(x, (state,)), state[0], SIZES) == "scrambled"


@pytest.mark.parametrize("change", [torch.relu, lambda x: 2 * x, lambda x: torch.dropout(x, 0.5, True)])
def test_other_values_are_changed(change, x):
    assert compare(MERGE, hold(x), change(x).reshape(28, 5), SIZES) == "changed"


def test_change_in_place_of_the_stage_before_is_unknown(x):
    held = hold(x)
    before = x.clone()
    x.mul_(2)
    assert compare(MERGE, held, before.reshape(28, 5), SIZES) == "unknown"
    assert compare(MERGE, held, x.reshape(28, 5), SIZES) == "same"


def test_nan_is_like_nan(x):
    x[0, 0] = float("nan")
    assert compare(MERGE, hold(x), x.clone().reshape(28, 5), SIZES) == "same"
    assert compare(MERGE, hold(x), x.transpose(0, 1).reshape(28, 5), SIZES) == "scrambled"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_cast_on_the_way_is_no_change(dtype, x):
    assert compare(MERGE, hold(x), x.to(dtype).reshape(28, 5), SIZES) == "same"
    assert compare(MERGE, hold(x), x.to(dtype).transpose(0, 1).reshape(28, 5), SIZES) == "scrambled"


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64, torch.uint8])
def test_other_dtypes(dtype):
    x = torch.randint(0, 3, (4, 7, 5), generator=torch.Generator().manual_seed(0)).to(dtype)
    assert compare(MERGE, hold(x), x.clone().reshape(28, 5), SIZES) == "same"
    assert compare(MERGE, hold(x), x.transpose(0, 1).reshape(28, 5), SIZES) == "scrambled"


def test_gradient_is_not_touched(x):
    x.requires_grad_()
    held = hold(x * 1)
    assert not held.tensor.requires_grad
    assert compare(MERGE, held, (x * 1).reshape(28, 5), SIZES) == "same"


def test_inference_mode():
    with torch.inference_mode():
        x = torch.randn(4, 7, 5)
        assert compare(MERGE, hold(x), x.clone().reshape(28, 5), SIZES) == "same"


def test_empty():
    x = torch.zeros(0, 7, 5)
    assert compare(MERGE, hold(x), torch.zeros(0, 5), {**SIZES, "b": 0}) == "same"


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (MERGE, torch.zeros(4, 7, 5, device="meta"), torch.zeros(28, 5, device="meta")),
        (MERGE, torch.zeros(4, 7, 5), torch.zeros(28, 5).to_sparse()),
        (Step.parse("(b x) t h -> b x t h"), torch.zeros(4, 7, 5), torch.zeros(2, 2, 7, 5)),
    ],
)
def test_what_cannot_be_compared_is_unknown(step, before, after):
    assert compare(step, hold(before), after, SIZES) == "unknown"


def test_random_numbers_are_not_touched(x):
    before = torch.get_rng_state()
    compare(MERGE, hold(x), x.transpose(0, 1).reshape(28, 5), SIZES)
    compare(LAST, hold(x), torch.relu(x[:, 1]), SIZES)
    assert torch.equal(before, torch.get_rng_state())


@given(st.permutations(range(3)), st.permutations(range(3)), st.integers(1, 9))
def test_permutations_agree_with_torch(asked, made, chunk):
    dims = ("b", "t", "h")
    x = torch.arange(2 * 3 * 5).reshape(2, 3, 5).float()
    step = Step.parse(f"b t h -> ({' '.join(dims[axis] for axis in asked)})")
    got = x.permute(*made).reshape(-1)
    before, content.CHUNK = content.CHUNK, chunk
    try:
        verdict = compare(step, hold(x), got, {"b": 2, "t": 3, "h": 5})
    finally:
        content.CHUNK = before
    assert verdict == ("same" if asked == made else "scrambled")
