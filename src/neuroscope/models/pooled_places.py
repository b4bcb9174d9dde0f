"""See what the evidence network sums up: the places whose total is the embedding of a slice.

The shipped graph answers with the embedding alone. Its last step sums (or averages) features over
places, so those features are already computed; this file finds them in the graph by that step and
asks for them as further outputs. No weights change, and every trained version can be asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError, extra
from neuroscope.models.inference import SHIPPED_WEIGHTS

GRAPH_NAME = "evidence.onnx"
POOLS_BY_SUM, POOLS_BY_MEAN = "ReduceSum", "ReduceMean"
TOLERANCE = 1e-3  # of the largest embedding value; single precision sums 1,600 numbers
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types of Protocol Buffers
GRAPH, NODE, OUTPUT = 7, 1, 12  # field numbers of onnx.proto: ModelProto.graph, GraphProto
NODE_INPUT, NODE_OUTPUT, NODE_KIND, VALUE_NAME = 1, 2, 4, 1

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PooledPlaces:
    """What every place brings to the embedding of `n` slices.

    Attributes
    ----------
    blocks
        Each of shape `(n, channels, rows, columns)`; summed over rows and columns, and laid end to
        end, they are the embedding. The grids of the blocks differ.
    evidence
        Shape `(n, classes, rows, columns)`, as `EvidenceBatch.evidence`.
    logits
        Shape `(n, classes)`.
    """

    blocks: tuple[Float32, ...]
    evidence: Float32
    logits: Float32

    @property
    def embedding(self) -> Float32:
        """Shape `(n, channels of all blocks)`."""
        return np.concatenate([block.sum((2, 3)) for block in self.blocks], 1)


class PlacesEngine:
    """The evidence network, asked for its places; owns a session of ONNX Runtime."""

    def __init__(self, session: Any, pools: Mapping[str, str]) -> None:
        self._session = session
        self._pools = pools

    def run(self, batch: Float32) -> PooledPlaces:
        """Run prepared slices of shape `(n, 1, size, size)`, at least one.

        Raises
        ------
        ModelError
            If the places do not sum to the embedding: the graph is of an unknown kind.
        """
        names = ["logits", "evidence", "embedding", *self._pools]
        rows = [
            self._session.run(names, {"image": batch[row : row + 1]}) for row in range(len(batch))
        ]
        logits, evidence, embedding, *found = map(np.concatenate, zip(*rows, strict=True))
        blocks = tuple(
            np.asarray(block / (block[0, 0].size if how == POOLS_BY_MEAN else 1), np.float32)
            for block, how in zip(found, self._pools.values(), strict=True)
        )
        places = PooledPlaces(blocks, evidence, logits)
        if not _agree(places.embedding, embedding):
            raise _unknown_graph()
        return places


def load_places_engine(*, threads: int = 0, weights: Path = SHIPPED_WEIGHTS) -> PlacesEngine:
    """Load the evidence network so that it tells its places.

    Parameters
    ----------
    threads
        0 lets ONNX Runtime use all cores.
    weights
        Folder with `evidence.onnx`, checked before by `load_engine`.

    Raises
    ------
    ModelError
        If the graph is missing, damaged, or does not pool places into an embedding.
    """
    with extra("onnxruntime"):
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states
    try:
        graph = (weights / GRAPH_NAME).read_bytes()
        pools = _pools_of(graph)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            graph + _further_outputs(pools), options, providers=["CPUExecutionProvider"]
        )
    except OSError as error:
        raise ModelError(
            f"The weights {GRAPH_NAME} are missing.", fix="Install neuroscope again."
        ) from error
    except (states.InvalidProtobuf, states.InvalidGraph, states.Fail, IndexError) as error:
        raise ModelError(
            f"{GRAPH_NAME} cannot be read.", fix="Install neuroscope again."
        ) from error
    return PlacesEngine(session, pools)


def _agree(places: Float32, embedding: Float32) -> bool:
    if places.shape != embedding.shape:
        return False
    return bool(np.abs(places - embedding).max() <= TOLERANCE * max(1.0, np.abs(embedding).max()))


def _unknown_graph() -> ModelError:
    return ModelError(
        "The network does not sum its embedding over places in a way known here.",
        fix="Use the weights of this version of neuroscope.",
    )


def _pools_of(model: bytes) -> dict[str, str]:
    """Name the tensors that are pooled into the embedding, in order, and how each is pooled."""
    nodes = [_node(part) for part in _parts(_parts_joined(model, GRAPH), NODE)]
    maker = {output: (kind, inputs) for kind, inputs, outputs in nodes for output in outputs}
    if "embedding" not in maker:
        raise _unknown_graph()
    kind, inputs = maker["embedding"]
    pooled = inputs if kind == "Concat" else ["embedding"]
    pools: dict[str, str] = {}
    for name in pooled:
        how, sources = maker.get(name, ("", [""]))
        if how not in (POOLS_BY_SUM, POOLS_BY_MEAN):
            raise _unknown_graph()
        pools[sources[0]] = how
    return pools


def _node(node: bytes) -> tuple[str, list[str], list[str]]:
    kind = b"".join(_parts(node, NODE_KIND)).decode()
    inputs = [part.decode() for part in _parts(node, NODE_INPUT)]
    return kind, inputs, [part.decode() for part in _parts(node, NODE_OUTPUT)]


def _further_outputs(names: Mapping[str, str]) -> bytes:
    """Write a piece of a model that, put behind one, adds outputs to its graph.

    Protocol Buffers merge a message that occurs twice: repeated fields are appended.
    """
    values = b"".join(_field(OUTPUT, _field(VALUE_NAME, name.encode())) for name in names)
    return _field(GRAPH, values)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _parts_joined(message: bytes, number: int) -> bytes:
    return b"".join(_parts(message, number))


def _parts(message: bytes, number: int) -> Iterator[bytes]:
    """Give the contents of every field of one number that holds bytes."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        wire = key & 7
        if wire == VARINT:
            _, at = _read_varint(message, at)
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
        elif wire == LENGTH:
            length, at = _read_varint(message, at)
            if key >> 3 == number:
                yield message[at : at + length]
            at += length
        else:
            raise IndexError(at)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
