"""The contracts of convolutions, norms, pooling, activations and reshaping say what torch says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from wording import check_words

WORDING = Path(__file__).parent / "wording"
PARAMETERS = (torch.float32,) * 6 + (torch.float64, torch.bfloat16)


def leading(draw, most=3):
    return tuple(draw.random.choice((0, 1, 2, 3, 3)) for _ in range(draw.random.randint(0, most)))


def conv_call(kind, axes):
    def call(draw):
        groups = draw.random.choice((1, 1, 1, 2))
        padding = draw.random.choice((0, 0, 1, 2, "same", "valid"))
        layer = kind(
            groups * draw.size(),
            groups * draw.size(),
            draw.size(),
            stride=1 if padding == "same" else draw.random.choice((1, 1, 2, 3)),
            padding=padding,
            dilation=draw.random.choice((1, 1, 2)),
            groups=groups,
            bias=draw.maybe(0.7),
        ).to(draw.random.choice(PARAMETERS))
        batch = draw.random.choice(((), (0,), (1,), (2,), (3,)))
        shape = (*batch, layer.in_channels, *(draw.random.randint(1, 8) for _ in range(axes)))
        return layer, (draw.tensor(shape, layer.weight.dtype),)

    return call


def transposed_call(kind, axes):
    def call(draw):
        groups, stride, dilation = (
            draw.random.choice((1, 1, 1, 2)),
            draw.random.randint(1, 3),
            draw.random.randint(1, 2),
        )
        layer = kind(
            groups * draw.size(),
            groups * draw.size(),
            draw.size(),
            stride=stride,
            padding=draw.random.choice((0, 0, 1, 2)),
            output_padding=draw.random.choice((0, 0, 0, 1, 2)),
            dilation=dilation,
            groups=groups,
            bias=draw.maybe(0.7),
        ).to(draw.random.choice(PARAMETERS))
        # Along three axes torch 2.13 ends the process with some calls of halves, on CPUs that compute in them.
        layer = layer.float() if axes == 3 and layer.weight.dtype == torch.bfloat16 else layer
        batch = draw.random.choice(((), (0,), (1,), (2,), (3,)))
        shape = (*batch, layer.in_channels, *(draw.random.randint(1, 5) for _ in range(axes)))
        given = draw.tensor(shape, layer.weight.dtype)
        if draw.maybe(0.7):
            return layer, (given,)
        reach = layer.dilation[0] * (layer.kernel_size[0] - 1) + 1 - 2 * layer.padding[0]
        asked = [(size - 1) * stride + reach + draw.random.randint(-1, stride) for size in given.shape[-axes:]]
        return layer, (given, draw.random.choice((asked, asked, [*given.shape[:-axes], *asked], [*asked, 3])))

    return call


def instance_norm_call(kind, axes):
    def call(draw):
        settings = {"affine": draw.maybe(0.5), "track_running_stats": draw.maybe(0.5)}
        settings["eps"] = draw.random.choice((1e-5,) * 8 + (0.0, -1.0))
        layer = kind(draw.size(), **settings).train(draw.maybe(0.6)).to(draw.random.choice(PARAMETERS))
        batch = draw.random.choice(((), (0,), (1,), (2,), (3,)))
        shape = (*batch, layer.num_features, *(draw.random.choice((0, 1, 1, 2, 3)) for _ in range(axes)))
        first = next((value for value in layer.state_dict().values() if value.is_floating_point()), torch.zeros(1))
        return layer, (draw.tensor(shape, first.dtype),)

    return call


MODES = {"nearest": 1, "nearest-exact": 2, "linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "area": 2}


def upsample_call(draw):
    mode = draw.random.choice(tuple(MODES))
    axes = MODES[mode] if draw.maybe(0.7) else draw.random.randint(1, 3)
    size = draw.random.choice((draw.size(), (2, 3, 4)[:axes], draw.random.randint(0, 3)))
    factor = draw.random.choice((2, 0.5, 1.5, 3, (2.0, 1.5, 0.4)[:axes]))
    settings = {"size": size} if draw.maybe(0.5) else {"scale_factor": factor}
    layer = nn.Upsample(**settings, mode=mode)
    shape = (draw.random.choice((0, 1, 2)), draw.size(), *(draw.random.randint(1, 4) for _ in range(axes)))
    return layer, (draw.tensor(shape, wrong=0.3),)


def pool_call(name, axes):
    kind = getattr(nn, f"{name}{axes}d")

    def call(draw):
        if name.startswith("Adaptive"):
            layer = kind(draw.random.randint(0, 4))
        else:
            kernel = draw.size()
            settings = {"padding": draw.random.randint(0, kernel // 2), "ceil_mode": draw.maybe(0.3)}
            if name == "MaxPool":
                settings |= {"dilation": draw.random.choice((1, 1, 2)), "return_indices": draw.maybe(0.2)}
            layer = kind(kernel, stride=draw.random.choice((None, 1, 2, 3)), **settings)
        batch = draw.random.choice(((), (0,), (1,), (2,)))
        shape = (*batch, draw.size(), *(draw.random.randint(1, 8) for _ in range(axes)))
        return layer, (draw.tensor(shape),)

    return call


def batch_norm_call(kind, specs):
    def call(draw):
        settings = {"affine": draw.maybe(0.7), "track_running_stats": draw.maybe(0.7)}
        settings["eps"] = draw.random.choice((1e-5,) * 8 + (0.0, -1.0))
        layer = kind(draw.size(), **settings).train(draw.maybe(0.6)).to(draw.random.choice(PARAMETERS))
        rest = tuple(draw.random.choice((0, 1, 1, 2, 3)) for _ in range(draw.random.choice(specs)))
        shape = (draw.random.choice((0, 1, 1, 2, 3)), layer.num_features, *rest)
        return layer, (draw.tensor(shape, getattr(layer.weight, "dtype", torch.float32)),)

    return call


def layer_norm_call(draw):
    last = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(1, 2)))
    layer = nn.LayerNorm(last, elementwise_affine=draw.maybe(0.7)).to(draw.random.choice(PARAMETERS))
    return layer, (draw.tensor((*leading(draw, 2), *last), getattr(layer.weight, "dtype", torch.float32), wrong=0.3),)


def group_norm_call(draw):
    groups = draw.random.choice((1, 2, 3))
    layer = nn.GroupNorm(groups, groups * draw.size(), affine=draw.maybe(0.7)).to(draw.random.choice(PARAMETERS))
    shape = (draw.random.choice((0, 1, 1, 2, 3)), layer.num_channels, *leading(draw, 2))
    return layer, (draw.tensor(shape, getattr(layer.weight, "dtype", torch.float32), wrong=0.3),)


ACTIVATIONS = (
    *("CELU", "ELU", "GELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid", "Mish"),
    *(
        "ReLU",
        "ReLU6",
        "SELU",
        "SiLU",
        "Sigmoid",
        "Softplus",
        "Softshrink",
        "Softsign",
        "Tanh",
        "Tanhshrink",
        "Identity",
    ),
)


def activation_call(draw):
    layer = getattr(nn, draw.random.choice(ACTIVATIONS))()
    return layer, (draw.tensor(leading(draw), wrong=0.8),)


def softmax_call(draw):
    layer = getattr(nn, draw.random.choice(("Softmax", "LogSoftmax", "Softmin")))(
        draw.random.choice((None, -1, 0, 1, 2, -3))
    )
    return layer, (draw.tensor(leading(draw), wrong=0.4),)


def prelu_call(draw):
    layer = nn.PReLU(draw.random.choice((1, 1, 2, 3))).to(draw.random.choice(PARAMETERS))
    shape = (draw.random.choice((0, 1, 2, 3)), layer.num_parameters, *leading(draw, 2))
    return layer, (draw.tensor(shape, layer.weight.dtype, wrong=0.4),)


def glu_call(draw):
    layer = nn.GLU(draw.random.choice((-1, -1, 0, 1, 2, -2)))
    return layer, (draw.tensor(tuple(draw.random.choice((0, 2, 2, 4, 3)) for _ in range(3)), wrong=0.5),)


def dropout_call(draw):
    layer = nn.Dropout(draw.random.choice((0.0, 0.3, 0.5, 1.0))).train(draw.maybe(0.7))
    return layer, (draw.tensor(leading(draw), wrong=0.8),)


def flatten_call(draw):
    layer = nn.Flatten(draw.random.choice((1, 1, 0, 2, -1, -2, 3)), draw.random.choice((-1, -1, 1, 2, -2, 0)))
    return layer, (draw.tensor(leading(draw, 4), wrong=0.3),)


def unflatten_call(draw):
    sizes = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(1, 3)))
    shape, at = list(leading(draw)), 0
    if shape:
        at = draw.random.randrange(len(shape))
        shape[at] = int(torch.tensor(sizes).prod())
    if draw.maybe(0.3):
        sizes = (-1, *sizes[1:])
    return nn.Unflatten(draw.random.choice((at,) * 5 + (at - len(shape), 3)), sizes), (draw.tensor(tuple(shape)),)


CALLS = {
    "Conv1d": conv_call(nn.Conv1d, 1),
    "Conv2d": conv_call(nn.Conv2d, 2),
    "Conv3d": conv_call(nn.Conv3d, 3),
    "ConvTranspose1d": transposed_call(nn.ConvTranspose1d, 1),
    "ConvTranspose2d": transposed_call(nn.ConvTranspose2d, 2),
    "ConvTranspose3d": transposed_call(nn.ConvTranspose3d, 3),
    "InstanceNorm1d": instance_norm_call(nn.InstanceNorm1d, 1),
    "InstanceNorm2d": instance_norm_call(nn.InstanceNorm2d, 2),
    "InstanceNorm3d": instance_norm_call(nn.InstanceNorm3d, 3),
    "Upsample": upsample_call,
    **{
        f"{name}{axes}d": pool_call(name, axes)
        for name in ("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool")
        for axes in (1, 2)
    },
    "BatchNorm1d": batch_norm_call(nn.BatchNorm1d, (0, 1)),
    "BatchNorm2d": batch_norm_call(nn.BatchNorm2d, (2,)),
    "BatchNorm3d": batch_norm_call(nn.BatchNorm3d, (3,)),
    "LayerNorm": layer_norm_call,
    "GroupNorm": group_norm_call,
    "activations": activation_call,
    "softmax": softmax_call,
    "PReLU": prelu_call,
    "GLU": glu_call,
    "Dropout": dropout_call,
    "Flatten": flatten_call,
    "Unflatten": unflatten_call,
}


def sweep(oracle, draw, name, cases, seed):
    source = draw(seed)
    for _ in range(cases):
        layer, args = CALLS[name](source)
        oracle.gradients = source.maybe(0.3)
        oracle.ask(layer, *args)
    return oracle.agrees()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs(oracle, draw, name):
    assert sweep(oracle, draw, name, 200, seed=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("seed", range(2, 5))
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs_on_many_cases(oracle, draw, name, seed):
    assert sweep(oracle, draw, name, 3000, seed)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_takes_the_dtypes_that_torch_takes(oracle, draw, name):
    for dtype in draw.DTYPES:
        oracle.ask(getattr(nn, name)(), torch.zeros(2, 3, dtype=dtype))
    assert not oracle.wrong, oracle.wrong


def test_an_identity_gives_back_what_it_is_given(oracle, draw):
    source = draw(1)
    for _ in range(50):
        oracle.ask(nn.Identity(), source.tensor(leading(source), wrong=0.5))
    assert not oracle.wrong
    check_words(WORDING / "Identity.txt", [(nn.Identity(), (torch.zeros(2, 3),), {}), (nn.Identity(), (None,), {})])


@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_those_that_were_read(draw, name):
    source = draw(2)
    check_words(WORDING / f"{name}.txt", ((*CALLS[name](source), {}) for _ in range(300)))
