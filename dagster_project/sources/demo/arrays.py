"""Small tools every part of the simulator shares: array types, random streams, Arrow columns.

A random stream belongs to (seed, slice, topic), so adding a draw to one topic never shifts another.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAY_SECONDS = 86_400
NEVER = np.int64(2**62)
"""A moment that never comes; larger than every other moment."""

MOMENT = pa.timestamp("us", tz="UTC")
"""The Arrow type of every moment."""

NONE = np.int64(-1)
"""A reference to nothing."""


def stream(seed: int, slice_number: int, topic: str) -> np.random.Generator:
    """The random numbers of one topic of one slice of the company."""
    return np.random.default_rng([seed, slice_number, crc32(topic.encode())])


def lognormal_days(rng: np.random.Generator, median: Floats | float, n: int) -> Floats:
    """Durations in days with the given median; their mean is a quarter above it."""
    return np.asarray(median * np.exp(0.67 * rng.standard_normal(n)))


def pick(rng: np.random.Generator, weights: Floats, n: int) -> Ints:
    """`n` indices drawn with the given weights."""
    edges = np.cumsum(weights)
    found = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    return np.asarray(np.minimum(found, len(weights) - 1), dtype=np.int64)


def decimals(units: Ints, scale: int, missing: Flags | None = None) -> pa.Array:
    """Whole units of 10**-scale (kopecks for scale 2) as Arrow decimal(18, scale).

    The 16-byte little-endian integers Arrow stores are built directly: casting tens of millions of
    values through Python decimals would dominate the run.
    """
    words = np.empty((len(units), 2), dtype=np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    decimal = pa.decimal128(18, scale)
    column = pa.Array.from_buffers(decimal, len(units), [None, pa.py_buffer(words)])
    if missing is None:
        return column
    return pc.if_else(pa.array(missing), pa.scalar(None, decimal), column)


def moments(seconds: Ints) -> pa.Array:
    """UTC moments; `NEVER` and negative become null."""
    missing = (seconds >= NEVER) | (seconds < 0)
    return pa.array(np.where(missing, 0, seconds) * 1_000_000, mask=missing).cast(MOMENT)


def references(ids: Ints, missing: Flags | None = None) -> pa.Array:
    """Integer ids; `NONE` becomes null."""
    mask = ids == NONE if missing is None else (ids == NONE) | missing
    return pa.array(ids, mask=mask)


def labels(values: list[str] | tuple[str, ...], index: Ints) -> pa.Array:
    """`values[index]`; index `NONE` becomes null."""
    return pa.array(values, type=pa.string()).take(pa.array(index, mask=index == NONE))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Text columns and constants glued together, row by row."""
    columns = [part.cast(pa.string()) if isinstance(part, pa.Array) else part for part in parts]
    return pc.binary_join_element_wise(*columns, "")
