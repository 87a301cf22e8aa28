"""What attention and the transformer layers share: sequences side by side, and masks over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from shapecheck.contract import Call, Config, Form, Rule
from shapecheck.contracts._arithmetic import join
from shapecheck.contracts._plain import FLOATS
from shapecheck.findings import Violation

REASONS = {
    "ndim": "attention reads sequences: one of them (steps, features), or a batch of them with an axis more",
    "N": "query, key and value belong to the same samples; which axis counts them depends on batch_first",
    "S": "every key has one value, so both have the same number of steps",
    "E": "the features are split among the heads and multiplied with weights, so there must be embed_dim of them",
    "E_k": "the keys are multiplied with weights that were made for kdim features, which is embed_dim by default",
    "E_v": "the values are multiplied with weights that were made for vdim features, which is embed_dim by default",
}
LETTERS = {
    "N": "batch size",
    "L": "how many steps ask (query, or target)",
    "S": "how many steps are looked at (key and value, or source)",
}


def forms(
    role: str, is_batch_first: Callable[[Config], bool], axes: dict[str, str], outputs: dict[str, str]
) -> tuple[Form, ...]:
    """A batch with the samples first, a batch with the steps first, and one sequence alone.

    Args:
        role: The input whose number of axes decides.
        is_batch_first: Reads it from the configuration.
        axes: Role -> letters of its steps and its features, ``"L E"``.
        outputs: The same for the outputs.
    """

    def batched(first: bool, spec: str) -> str:
        steps, features = spec.split()
        return f"N {steps} {features}" if first else f"{steps} N {features}"

    def form(name: str, first: bool) -> Form:
        return Form(
            name,
            lambda call: call.inputs[role].ndim == 3 and is_batch_first(call.config) == first,
            {other: batched(first, spec) for other, spec in axes.items()},
            {other: batched(first, spec) for other, spec in outputs.items()} | {"weights": "N L S"},
        )

    unbatched = Form(
        "one unbatched sequence", lambda call: call.inputs[role].ndim == 2, axes, {**outputs, "weights": "L S"}
    )
    return (form("batched, batch_first=True", True), form("batched", False), unbatched)


def padding_mask(mask: str, keys: str, is_batch_first: Callable[[Config], bool]) -> Rule:
    """A padding mask says of each step of each sequence whether it is to be left out: (N, S), whatever batch_first."""

    def broken(call: Call) -> Violation | None:
        record, key = call.inputs.get(mask), call.inputs.get(keys)
        if record is None or key is None or key.ndim not in (2, 3):
            return None
        steps = key.shape[1] if key.ndim == 3 and is_batch_first(call.config) else key.shape[0]
        batch = () if key.ndim == 2 else (key.shape[0 if is_batch_first(call.config) else 1],)
        names = ("S",) if key.ndim == 2 else ("N", "S")
        return _wrong_shape(mask, record.shape, (*batch, steps), names)

    return Rule(
        f"{mask} of (N, S)",
        broken,
        reason="it says of each step of each sequence whether it is padding, batch first whatever batch_first says",
    )


def attention_mask(
    mask: str,
    queries: str,
    keys: str,
    heads: Callable[[Config], int],
    is_batch_first: Callable[[Config], bool],
    is_hinted: Callable[[Call], bool] = lambda call: False,
) -> Rule:
    """An attention mask says which step may look at which: (L, S), or one for each sample and head.

    Args:
        mask: Its role.
        queries: The steps that ask.
        keys: The steps that are looked at.
        heads: Reads the number of heads from the configuration.
        is_batch_first: Reads it from the configuration.
        is_hinted: Whether torch is told that the mask is causal, and then makes one of its own and drops this one.
    """

    def broken(call: Call) -> Violation | None:
        record, query, key = call.inputs.get(mask), call.inputs.get(queries), call.inputs.get(keys)
        if record is None or query is None or key is None or {query.ndim, key.ndim} - {2, 3} or is_hinted(call):
            return None
        first = is_batch_first(call.config)
        asking, looked = (found.shape[1 if found.ndim == 3 and first else 0] for found in (query, key))
        batch = query.shape[0 if first else 1] if query.ndim == 3 else 1
        if record.ndim == 3:
            return _wrong_shape(mask, record.shape, (batch * heads(call.config), asking, looked), ("N*heads", "L", "S"))
        return _wrong_shape(mask, record.shape, (asking, looked), ("L", "S"))

    return Rule(
        f"{mask} of (L, S) or (N*num_heads, L, S)",
        broken,
        reason="it says of each asking step which steps it may look at, for all samples or for each and each head",
    )


def mask_dtypes(
    *pairs: tuple[str, str],
    is_fused: Callable[[Call], bool] = lambda call: True,
    dropped: Mapping[str, Callable[[Call], bool]],
) -> Rule:
    """A mask is of bools, or of floats that are added to the scores.

    Args:
        pairs: The masks that torch adds up before it uses them: attention mask and padding mask.
        is_fused: Whether torch needs no weights of the attention and computes with one kernel, which takes a mask of
            float32 beside other floats too.
        dropped: Role of a mask -> whether torch drops it, see `hinted`.
    """

    def broken(call: Call) -> Violation | None:
        want = str(call.config.get("dtype", ""))
        fitting = (want, "float32") if is_fused(call) else (want,)
        for pair in pairs:
            records = [call.inputs[role] for role in pair if role in call.inputs]
            wrong = next((record for record in records if record.dtype not in ("bool", *FLOATS)), None)
            kept = [record for record in records if record.role not in dropped or not dropped[record.role](call)]
            added = [want if record.dtype == "bool" else record.dtype for record in kept]
            if wrong is None and want and added and reduce(join, added) not in fitting:
                wrong = next(record for record in kept if record.dtype not in ("bool", want))
            if wrong is not None:
                expected = f"bool or {want or 'a float'}"
                return Violation("dtype", wrong.role, got=wrong.shape, expected_text=expected, got_text=wrong.dtype)
        return None

    return Rule(
        "masks of bool or of the layer's dtype",
        broken,
        reason="True means leave out; floats are added to the scores, and -inf leaves out; whole numbers mean neither",
    )


def hinted(hint: str, padding: str, is_fused: Callable[[Call], bool] = lambda call: True) -> Callable[[Call], bool]:
    """Whether torch uses its own causal mask: it is told so, there is no padding mask, and no weights are asked for."""
    return lambda call: bool(call.config.get(hint)) and padding not in call.inputs and is_fused(call)


def causal_hint(hint: str, mask: str) -> Rule:
    """is_causal says something about a mask that must be there."""

    def broken(call: Call) -> Violation | None:
        if not call.config.get(hint) or mask in call.inputs:
            return None
        return Violation("missing", mask, expected_text=f"a mask, since {hint}=True", got_text="nothing")

    return Rule(f"{hint} only with {mask}", broken, reason="it is a hint about the mask, not a mask of its own")


def _wrong_shape(
    role: str, got: tuple[int, ...], expected: tuple[int, ...], names: tuple[str, ...]
) -> Violation | None:
    rows = tuple(zip(names, expected, strict=True))
    if len(got) != len(expected):
        return Violation("ndim", role, expected=rows, got=got)
    axes = tuple(axis for axis, size in enumerate(expected) if got[axis] != size)
    return Violation("size", role, expected=rows, got=got, axes=axes) if axes else None
