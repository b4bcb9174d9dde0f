"""The pose network in PyTorch, and how it becomes the graph that ships."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from neuroscope.hashing import file_sha256
from neuroscope.models.pose import GRAPH_NAME, POSES, SIDECAR_NAME
from neuroscope.models.weights import OPSET

VERSION = "0.1.0"
IR_VERSION = 9  # read by every ONNX Runtime of the last years
LAYERS = ((1, 16, 5, 2), (16, 32, 3, 2), (32, 48, 3, 1), (48, 56, 3, 2))  # in, out, kernel, stride


class PoseNet(nn.Module):
    """Four convolutions, three of which halve the picture, then one linear map of what is where.

    The last layer sees the places apart, because above and below is what is asked.
    """

    def __init__(self, size: int, answers: int = len(POSES)) -> None:
        super().__init__()
        self.size = size
        layers: list[nn.Module] = []
        for before, after, kernel, stride in LAYERS:
            layers += [
                nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.places = nn.Sequential(*layers)
        width, cells = LAYERS[-1][1], size // 8
        self.answer = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(width * cells**2, answers)
        )

    def forward(self, image: Tensor) -> Tensor:
        """Give logits `(n, answers)` of images `(n, 1, size, size)` in 0..1; size: times 8."""
        return torch.as_tensor(self.answer(self.places(image)))


def save_pose(
    network: PoseNet, thresholds: Mapping[str, float], record: Mapping[str, Any], folder: Path
) -> Path:
    """Write the graph ``image -> p_pose`` and its sidecar; give the path of the graph.

    Parameters
    ----------
    thresholds
        What probability a pose must exceed to be named.
    record
        Of the training run: configuration, split, seconds, machine.
    """
    path = write_graph(network, folder / GRAPH_NAME, answer="p_pose")
    sidecar = {
        "name": "pose",
        "version": VERSION,
        "sha256": file_sha256(path),
        "poses": list(POSES),
        "input_size": network.size,
        "thresholds": dict(thresholds),
        "run": dict(record),
    }
    (folder / SIDECAR_NAME).write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    return path


def write_graph(network: PoseNet, path: Path, *, answer: str) -> Path:
    """Write the graph ``image -> answer`` of a network, with probabilities for an answer."""
    import onnx

    path.parent.mkdir(parents=True, exist_ok=True)
    model = _graph_of(network, path.stem, answer)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def _graph_of(network: PoseNet, name: str, answer: str) -> Any:
    """Write the graph node by node, with every norm folded into its convolution."""
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    weights: list[Any] = []

    def add(kind: str, given: str, *values: Tensor, **options: Any) -> str:
        made = f"{kind.lower()}{len(nodes)}"
        kept = [f"{made}.{number}" for number in range(len(values))]
        nodes.append(helper.make_node(kind, [given, *kept], [made], **options))
        for value, label in zip(values, kept, strict=True):
            weights.append(numpy_helper.from_array(value.detach().float().numpy(), label))
        return made

    last = "image"
    layers = [part for part in network.places if isinstance(part, nn.Conv2d)]
    norms = [part for part in network.places if isinstance(part, nn.BatchNorm2d)]
    for layer, norm in zip(layers, norms, strict=True):
        width, stride = layer.kernel_size[0], layer.stride[0]
        frame = {"kernel_shape": [width] * 2, "strides": [stride] * 2, "pads": [width // 2] * 4}
        last = add("Relu", add("Conv", last, *_folded(layer, norm), **frame))
    linear = network.answer[-1]
    assert isinstance(linear, nn.Linear)  # noqa: S101 - so it is built
    last = add("Gemm", add("Flatten", last), linear.weight, linear.bias, transB=1)
    nodes.append(helper.make_node("Softmax", [last], [answer], axis=1))
    side, float32 = network.size, TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", float32, ["batch", 1, side, side])],
        [helper.make_tensor_value_info(answer, float32, ["batch", linear.out_features])],
        weights,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )


def _folded(layer: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Give weight and bias of the one convolution that does what both do after training."""
    mean, variance = torch.as_tensor(norm.running_mean), torch.as_tensor(norm.running_var)
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    return layer.weight * scale.view(-1, 1, 1, 1), norm.bias - mean * scale
