"""Saved weights, their graph, and the parity of all ways to run it."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.learn.dataset import load_slices
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.models.weights import (
    GRAPH_NAME,
    SIDECAR_NAME,
    WEIGHTS_NAME,
    Sidecar,
    export_onnx,
    load_checkpoint,
    load_network,
    optimizer_tensors,
    read_sidecar,
    restore_optimizer,
    save_checkpoint,
    save_weights,
)

SHIPPED = Path(__file__).parents[2] / "src" / "neuroscope" / "weights"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released")
    torch.manual_seed(0)
    network = EvidenceNetwork(EvidenceShape(widths=(8, 12, 16), neck=8, input_size=64)).eval()
    save_weights(network, Sidecar(shape=network.shape, temperature=1.5), folder)
    export_onnx(folder)
    return folder


def answers(folder: Path, images: NDArray[np.float32]) -> dict[str, list[NDArray[np.float32]]]:
    """Run the same slices through PyTorch, ONNX Runtime and OpenVINO (f32)."""
    import onnxruntime
    import openvino

    with torch.inference_mode():
        by_torch = [value.numpy() for value in load_network(folder)(torch.from_numpy(images))]
    graph = str(folder / GRAPH_NAME)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    hints = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(graph, "CPU", hints)
    found = compiled({"image": images})
    return {
        "torch": by_torch,
        "onnxruntime": session.run(["logits", "evidence", "embedding"], {"image": images}),
        "openvino": [np.asarray(found[name]) for name in ("logits", "evidence", "embedding")],
    }


def assert_parity(found: dict[str, list[NDArray[np.float32]]]) -> None:
    expected = found["torch"]
    for name in ("onnxruntime", "openvino"):
        for one, other in zip(expected, found[name], strict=True):
            assert np.abs(one - other).max() < 1e-4
        assert (found[name][0].argmax(1) == expected[0].argmax(1)).all()


def random_heads(n: int, size: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    axis = np.linspace(-1, 1, size)
    head = np.hypot(axis[:, None], axis[None, :]) < 0.9
    return (rng.random((n, 1, size, size)) * head).astype(np.float32)


def test_torch_onnxruntime_and_openvino_agree(released: Path):
    assert_parity(answers(released, random_heads(5, 64)))


def test_the_graph_takes_any_number_of_slices_and_names_its_weights(released: Path):
    import onnx

    assert answers(released, random_heads(1, 64))["onnxruntime"][0].shape == (1, 4)
    model = onnx.load(released / GRAPH_NAME)
    props = {item.key: json.loads(item.value) for item in model.metadata_props}
    digest = hashlib.sha256((released / WEIGHTS_NAME).read_bytes()).hexdigest()
    assert props["sha256"] == digest
    assert props["class_names"] == ["glioma", "meningioma", "pituitary", "notumor"]
    graph_digest = hashlib.sha256((released / GRAPH_NAME).read_bytes()).hexdigest()
    assert read_sidecar(released)["onnx_sha256"] == graph_digest


def test_replaced_weights_are_refused(released: Path, tmp_path: Path):
    sidecar = json.loads((released / SIDECAR_NAME).read_text())
    (tmp_path / WEIGHTS_NAME).write_bytes((released / WEIGHTS_NAME).read_bytes()[:-1] + b"x")
    (tmp_path / SIDECAR_NAME).write_text(json.dumps(sidecar))
    with pytest.raises(ModelError, match="sha256"):
        load_network(tmp_path)


def test_missing_weights_say_which_file(tmp_path: Path):
    with pytest.raises(ModelError, match=WEIGHTS_NAME):
        read_sidecar(tmp_path)


def test_a_checkpoint_restores_network_optimizer_and_generator(tmp_path: Path):
    def fresh() -> tuple[torch.nn.Linear, torch.optim.AdamW]:
        layer = torch.nn.Linear(3, 2)
        return layer, torch.optim.AdamW(layer.parameters(), lr=0.1)

    layer, optimizer = fresh()
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    rng = torch.Generator().manual_seed(5)
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, parts={"layer": layer}, optimizer=optimizer, rng=rng.get_state())
    other, other_optimizer = fresh()
    state = load_checkpoint(path, parts={"layer": other}, optimizer=other_optimizer)
    assert torch.equal(state, rng.get_state())
    for net, steps in ((layer, optimizer), (other, other_optimizer)):
        steps.zero_grad()
        net(torch.ones(1, 3)).square().sum().backward()
        steps.step()
    assert torch.equal(layer.weight, other.weight)


def test_a_restored_optimizer_steps_as_it_would_have_though_weights_lie_channels_last(
    tmp_path: Path,
):
    """The fused step goes through memory: moments in another order move other weights."""

    def fresh() -> tuple[torch.nn.Conv3d, torch.optim.AdamW]:
        torch.manual_seed(0)
        layer = torch.nn.Conv3d(2, 3, (1, 2, 3)).to(memory_format=torch.channels_last_3d)
        return layer, torch.optim.AdamW(layer.parameters(), lr=0.1, fused=True)

    def step(layer: torch.nn.Conv3d, optimizer: torch.optim.AdamW, seed: int) -> None:
        noise = torch.Generator().manual_seed(seed)
        x = torch.randn(1, 2, 3, 4, 5, generator=noise)
        optimizer.zero_grad()
        layer(x).pow(3).sum().backward()
        optimizer.step()

    layer, optimizer = fresh()
    step(layer, optimizer, 1)
    path, rng = tmp_path / "checkpoint.safetensors", torch.Generator().get_state()
    save_checkpoint(path, parts={"layer": layer}, optimizer=optimizer, rng=rng)
    other, other_optimizer = fresh()
    load_checkpoint(path, parts={"layer": other}, optimizer=other_optimizer)
    for one, its in ((layer, optimizer), (other, other_optimizer)):
        step(one, its, 2)
    assert torch.equal(layer.weight, other.weight)


def test_shipped_weights_agree_everywhere_and_stay_below_25_megabytes():
    assert (SHIPPED / WEIGHTS_NAME).stat().st_size < 25e6
    assert (SHIPPED / GRAPH_NAME).stat().st_size < 25e6
    size = int(read_sidecar(SHIPPED)["input_size"])
    assert_parity(answers(SHIPPED, random_heads(4, size)))


@pytest.mark.data
def test_shipped_weights_agree_on_500_real_slices(development_data: Path):
    size = int(read_sidecar(SHIPPED)["input_size"])
    slices = load_slices(development_data, splits=["val"], size=size, most=72)  # of set and class
    images = slices.images[:500, None].astype(np.float32) / 255
    assert len(images) == 500
    found = [answers(SHIPPED, images[at : at + 50]) for at in range(0, 500, 50)]
    for part in found:
        assert_parity(part)


@pytest.mark.parametrize("folder", [SHIPPED, None], ids=["shipped", "just exported"])
def test_the_graph_names_no_folder_of_the_machine_that_made_it(folder: Path | None, released: Path):
    graph = ((folder or released) / GRAPH_NAME).read_bytes()
    for trace in (b"site-packages", b'File "', b"/src/neuroscope/"):
        assert trace not in graph


def test_an_optimizer_goes_on_as_if_it_had_not_stopped():
    def step(x: torch.Tensor, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        (x**2).sum().backward()
        optimizer.step()

    x = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.1)
    step(x, optimizer)
    y = x.detach().clone().requires_grad_()
    other = torch.optim.Adam([y], lr=0.1)
    restore_optimizer(other, optimizer_tensors(optimizer))
    step(x, optimizer)
    step(y, other)
    assert torch.equal(x, y)
