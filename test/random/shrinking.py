"""The smallest draw that still fails in the same way."""

import dataclasses

from expressions import leaf

TRIALS = 150  # compilations at most; each takes a second


def simpler(definition):
    """Definitions with less in them, what removes most first."""
    replace = dataclasses.replace
    if definition.keep:
        yield replace(definition, keep=None)
    if definition.weight and not definition.exact:
        yield replace(definition, weight=None)
    if definition.weight and definition.weight.parts:
        yield replace(definition, weight=leaf("number", "score"))
    if definition.score and not definition.exact:
        yield replace(definition, score=None)
    if definition.score and definition.score.size() > 1:
        yield replace(definition, score=leaf("number", "sum(q * k)"))
        yield replace(definition, score=leaf("number", "1.0"))
    if definition.types != ("f32", "f32", "f32"):
        yield replace(definition, types=("f32", "f32", "f32"))
    if definition.dims:
        yield replace(definition, dims=frozenset())
        for dim in sorted(definition.dims):
            yield replace(definition, dims=definition.dims - {dim})
    shape = definition.shape
    if shape["heads"] > 1:
        yield definition.with_shape(heads=1, kv_heads=1)
        yield definition.with_shape(heads=shape["kv_heads"])
    if shape["kv_heads"] > 1:
        yield definition.with_shape(heads=shape["heads"] // shape["kv_heads"], kv_heads=1)
    for size in ("batch", "queries", "keys", "depth", "features"):
        if definition.same and size == "keys":
            continue
        tried = set()
        for less in (1, 2, shape[size] // 2, shape[size] * 3 // 4, shape[size] - 1):
            if 0 < less < shape[size] and less not in tried:
                tried.add(less)
                yield definition.with_shape(**{size: less})
    for line in ("score", "weight", "keep"):
        if node := getattr(definition, line):
            for less in node.smaller():
                yield replace(definition, **{line: less})


def shrink(draws, drawn, failure, comparison):
    """Takes steps to simpler draws while one fails like `failure`."""
    trials = 0
    pending, width = iter(draws.simpler(drawn)), 2  # some at a time, for the cores
    while trials < TRIALS:
        batch = [candidate for _, candidate in zip(range(width), pending)]
        if not batch:
            break
        trials += len(batch)
        results = comparison.all([draws.case(candidate) for candidate in batch])
        for candidate, result in zip(batch, results):
            if result and result.is_like(failure):
                drawn, failure = candidate, result
                pending = iter(draws.simpler(drawn))
                break
    return drawn, failure
