"""Where the hooks of a watch go, and which modules they cannot see, and why."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import nn

from shapecheck.capture.hooks import Point

_FUSED = (
    "torch computed this layer in one fused step, as it does outside training, so what is inside it was not called; "
    "torch.backends.mha.set_fastpath_enabled(False) before the watch makes it visible, with slightly other numbers"
)
_BESIDE_COMPILED = (
    "no hook may hang on this layer, which would change its numbers outside training, and the way round that does not "
    "go together with the modules of this model that torch.compile has compiled"
)
_COMPILED = "it was compiled by torch.compile, and hooks do nothing inside compiled code; watch it without compiling it"
_ADDED = "it was added to the model after the watch began"
_OUT_PROJ = "nn.MultiheadAttention uses the weights of its out_proj and never calls it"
_NOT_CALLED = "it was not called during the watch"
_MODEL_NOT_CALLED = f"{_NOT_CALLED}, or only as torch.compile compiled it, where hooks do nothing"
_INSIDE_COMPILED = (
    "the model was compiled by torch.compile, and hooks do nothing inside compiled code: only its calls as a whole are "
    "seen; watch it without compiling it"
)
_HOLDS = "it has no forward, so it is never called; what it holds is"
_SCRIPTED = "it is compiled by torch.jit.script, which takes no hooks; watch the model that it was made from"
_TRACED = (
    "it is compiled by torch.jit.trace, and hooks do nothing inside compiled code: only its calls as a whole are seen; "
    "watch the model that it was made from"
)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module itself, where torch.compile has put a wrapper around it."""
    inner = getattr(module, "_orig_mod", None)
    return inner if isinstance(inner, nn.Module) else module


def paths_of(model: nn.Module) -> list[tuple[nn.Module, tuple[str, ...]]]:
    """Every module with all the paths at which it stands in the model, the model itself first.

    >>> layer = nn.Linear(2, 2)
    >>> [paths for _, paths in paths_of(nn.Sequential(layer, layer))]
    [('',), ('0', '1')]
    """
    found: dict[int, tuple[nn.Module, list[str]]] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        found.setdefault(id(module), (module, []))[1].append(path)
    return [(module, tuple(paths)) for module, paths in found.values()]


def class_names(model: nn.Module) -> dict[str, str]:
    """Path -> class name of every module."""
    return {path: type(module).__name__ for path, module in model.named_modules(remove_duplicate=False)}


def without_forward(model: nn.Module) -> dict[str, str]:
    """Path -> why it is never called, of the modules that only hold others.

    >>> without_forward(nn.Sequential(nn.ModuleList()))
    {'0': 'it has no forward, so it is never called; what it holds is'}
    """
    return {path: _HOLDS for module, paths in paths_of(model) if not _is_callable(module) for path in paths}


def hookable(model: nn.Module) -> list[tuple[nn.Module, tuple[str, ...]]]:
    """The modules that get hooks: all that can be called, save those that hooks would change or never be told of.

    Args:
        model: The model, or the wrapper that torch.compile has put around it: then that gets the hooks of the model.
    """
    inner = unwrapped(model)
    hidden: set[int] = set()
    for module in inner.modules():
        if may_be_fused(module) or _is_of_jit(module):
            hidden.update(id(part) for part in module.modules() if part is not module or not _is_traced(module))
    places = [(module, paths) for module, paths in paths_of(inner) if _is_callable(module) and id(module) not in hidden]
    return [(model if module is inner else module, paths) for module, paths in places]


def fusable(model: nn.Module) -> list[tuple[nn.Module, tuple[str, ...]]]:
    """The encoder layers that torch may compute in one fused step, with what is inside them: no hook may hang on these.

    None where the model has compiled modules: torch warns at each call of such a one while there are global hooks.
    """
    if unwrapped(model) is not model or any(_is_compiled(module) for module in model.modules()):
        return []
    inside = {id(part) for module in model.modules() if may_be_fused(module) for part in module.modules()}
    return [(module, paths) for module, paths in paths_of(model) if id(module) in inside and _is_callable(module)]


def compiled_places(model: nn.Module) -> tuple[str, ...]:
    """Paths of the modules that run as compiled code, the outermost: what is inside them is called, and nobody sees it.

    Args:
        model: The model, or the wrapper that torch.compile has put around it, which is all compiled.
    """
    if unwrapped(model) is not model:
        return ("",)
    return _outermost(model, lambda module: _is_compiled(module) or _is_of_jit(module))


def places_of_jit(model: nn.Module) -> tuple[str, ...]:
    """Paths of the modules that torch.jit has compiled, the outermost."""
    return _outermost(model, _is_of_jit)


def _outermost(model: nn.Module, is_meant: Callable[[nn.Module], bool]) -> tuple[str, ...]:
    found: list[str] = []
    for module, (path, *_) in paths_of(model):
        if is_meant(module) and not any(not other or path.startswith(f"{other}.") for other in found):
            found.append(path)
    return tuple(found)


def unseen(model: nn.Module, watched: Mapping[nn.Module, Point]) -> Iterator[tuple[str, str]]:
    """Modules that the hooks did not see, with the reason: ``(path, why)``.

    Args:
        model: The model as it is now, or the wrapper that torch.compile has put around it.
        watched: The modules that have hooks.
    """
    if unwrapped(model) is not model:
        yield "", _INSIDE_COMPILED
        return
    explained: set[str] = set()
    for module, paths in paths_of(model):
        path = paths[0]
        if path in explained or not _is_callable(module):
            continue
        why = _why_unseen(model, module, path, watched.get(module)) or _what_was_fused(module, watched)
        if why:
            yield path, why
            prefix = f"{path}." if path else ""
            explained.update(prefix + inner for inner, _ in module.named_modules(remove_duplicate=False) if inner)


def _why_unseen(model: nn.Module, module: nn.Module, path: str, point: Point | None) -> str:
    """Why a module, and those inside it, were not seen; empty if it was."""
    if _is_compiled(module):
        return _COMPILED
    if _is_of_jit(module):
        return _TRACED if _is_traced(module) else _SCRIPTED
    if point is None:
        return _BESIDE_COMPILED if may_be_fused(module) else _ADDED
    if point.known:
        return ""
    if not path:
        return _MODEL_NOT_CALLED
    parent = model.get_submodule(path.rpartition(".")[0])
    return _OUT_PROJ if isinstance(parent, nn.MultiheadAttention) else _NOT_CALLED


def _what_was_fused(module: nn.Module, watched: Mapping[nn.Module, Point]) -> str:
    """Why nothing inside a layer that was called was seen; empty if something was."""
    if not may_be_fused(module):
        return ""
    points = [watched.get(part) for part in module.modules() if part is not module]
    return "" if any(point is not None and point.known for point in points) else _FUSED


def _is_callable(module: nn.Module) -> bool:
    """Whether a module has a forward: ModuleList and its like have none."""
    # Looked up where it lies: the class of a scripted module computes its forward, and fails for the class itself.
    forward = inspect.getattr_static(type(module), "forward", None)
    return forward is not inspect.getattr_static(nn.Module, "forward") or "forward" in vars(module)


def _is_of_jit(module: nn.Module) -> bool:
    return isinstance(module, torch.jit.ScriptModule)


def _is_traced(module: nn.Module) -> bool:
    """Whether torch.jit.trace made it: unlike a scripted module it takes hooks, which are told of its calls."""
    return isinstance(module, torch.jit.TracedModule)  # type: ignore[attr-defined]


def _is_compiled(module: nn.Module) -> bool:
    return getattr(module, "_compiled_call_impl", None) is not None or hasattr(module, "_orig_mod")


def may_be_fused(module: nn.Module) -> bool:
    """Whether torch may take the fused path through an encoder layer, by the conditions in its forward."""
    if not isinstance(module, nn.TransformerEncoderLayer) or not torch.backends.mha.get_fastpath_enabled():
        return False
    attention = module.self_attn
    return bool(
        attention.batch_first
        and attention.num_heads % 2 == 0
        and attention.in_proj_bias is not None
        and attention._qkv_same_embed_dim
        and module.activation_relu_or_gelu
        and module.norm1.eps == module.norm2.eps
    )
