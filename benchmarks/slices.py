"""Measure slices a second, from the file to the maps, beside ResNet-50 with Grad-CAM."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from measuring import Answer, row, timed, write
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.io.images import read_image
from neuroscope.models.inference import (
    DEFAULT_BACKEND,
    SHIPPED_WEIGHTS,
    EvidenceEngine,
    load_engine,
)
from neuroscope.phantom.case import make_case
from neuroscope.phantom.slices import picture
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.volume import Slice
from neuroscope.settings import Limits
from neuroscope.workflow.analyze import run_slices, slices_of

NUMBER = 128
RIVAL_NUMBER = 24
RIVAL_SIZE = 224
REPEATS = 5


def make_pictures(folder: Path) -> list[Path]:
    """Write axial PNG slices of a phantom head."""
    case = make_case("glioma", seed=5, head=True, sequences=("t1c",))
    slices = case.volumes["t1c"].shape[2]
    paths = []
    for number, index in enumerate(np.linspace(0.25 * slices, 0.9 * slices, NUMBER).astype(int)):
        paths.append(folder / f"slice_{number:03d}.png")
        Image.fromarray(picture(case, "t1c", "axial", int(index))).save(paths[-1])
    return paths


def ours(engine: EvidenceEngine, paths: list[Path], *, drawn: bool) -> None:
    """Decode, prepare, run; with `drawn` also lay the maps of all classes over the pixels."""
    slices: list[Slice] = [read_image(path, limits=Limits()) for path in paths]
    findings = run_slices(slices_of(slices), range(len(slices)), engine)
    if drawn:
        for finding in findings:
            for target in engine.spec.classes:
                slice_heatmap(finding.evidence, target, engine.spec)


def rival() -> Callable[[Path], NDArray[np.float32]]:
    """Build ResNet-50 with the usual stride-2 stem and a hook Grad-CAM for the predicted class."""
    import torch
    from monai.networks.nets.resnet import resnet50

    torch.manual_seed(0)
    network = resnet50(
        spatial_dims=2, n_input_channels=1, num_classes=4, conv1_t_stride=2, pretrained=False
    ).eval()
    kept: dict[str, torch.Tensor] = {}

    def keep(_module: object, _inputs: object, output: torch.Tensor) -> None:
        kept["features"] = output
        output.register_hook(  # type: ignore[no-untyped-call]
            lambda gradient: kept.__setitem__("gradient", gradient)
        )

    network.layer4.register_forward_hook(keep)

    def explained(path: Path) -> NDArray[np.float32]:
        with Image.open(path) as opened:
            gray = opened.convert("L").resize((RIVAL_SIZE, RIVAL_SIZE), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.asarray(gray, np.float32) / 255)[None, None]
        logits = network(pixels)
        network.zero_grad(set_to_none=True)
        logits[0, int(logits.argmax())].backward()
        weights = kept["gradient"].mean((2, 3), keepdim=True)
        cam = torch.relu((weights * kept["features"]).sum(1, keepdim=True))
        full = torch.nn.functional.interpolate(cam, (RIVAL_SIZE, RIVAL_SIZE), mode="bilinear")
        return np.asarray(full.detach().numpy(), np.float32)

    return explained


def reduced_precision(images: NDArray[np.float32]) -> tuple[float, float]:
    """Measure OpenVINO in bf16, which is not offered: slices a second and its largest error."""
    import openvino

    core = openvino.Core()
    graph = core.read_model(SHIPPED_WEIGHTS / "evidence.onnx")
    graph.reshape({"image": [1, *images.shape[1:]]})
    config = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "THROUGHPUT"}
    queue = openvino.AsyncInferQueue(core.compile_model(graph, "CPU", config))
    logits = np.zeros((len(images), 4), np.float32)

    def keep(request: object, position: int) -> None:
        logits[position] = request.get_tensor("logits").data[0]  # type: ignore[attr-defined]

    queue.set_callback(keep)

    def work() -> None:
        for position in range(len(images)):
            queue.start_async({"image": images[position : position + 1]}, position)
        queue.wait_all()

    seconds = float(np.median(timed(work, repeats=REPEATS)))
    exact = load_engine(backend="onnxruntime").run(images).logits
    return len(images) / seconds, float(np.abs(logits - exact).max())


def main() -> None:
    """Measure and write `results/slices.json`."""
    load = os.getloadavg()[0]
    rows = []
    notes = []
    with TemporaryDirectory() as folder:
        paths = make_pictures(Path(folder))
        engines = {name: load_engine(backend=name) for name in ("openvino", "onnxruntime")}
        source = slices_of([read_image(path, limits=Limits()) for path in paths])
        size = engines["openvino"].spec.size
        prepared = [prepare_slice(source.get(i), size=size).image for i in range(NUMBER)]
        images = np.stack(prepared)[:, None]
        full: dict[str, list[float]] = {}
        for name, engine in engines.items():
            seconds = timed(lambda e=engine: e.run(images), repeats=REPEATS)  # type: ignore[misc]
            rates = [NUMBER / s for s in seconds]
            rows.append(row(f"network alone, {name} (f32)", rates, "slices/s"))
            seconds = timed(lambda e=engine: ours(e, paths, drawn=True), repeats=REPEATS)  # type: ignore[misc]
            full[name] = [NUMBER / s for s in seconds]
            rows.append(
                row(
                    f"decode, prepare, predict, embedding, maps of all classes drawn, {name}",
                    full[name],
                    "slices/s",
                    target=">= 100" if name == DEFAULT_BACKEND else "",
                )
            )
        rate, error = reduced_precision(images)
        rows.append(row("network alone, openvino (bf16, not offered)", [rate], "slices/s"))
        notes.append(f"bf16 changes logits by up to {error:.1e}; only f32 passes parity (1e-4).")
        gap = np.abs(
            engines["openvino"].run(images).evidence * 1.0
            - engines["onnxruntime"].run(images).evidence
        ).max()
        notes.append(f"OpenVINO and ONNX Runtime differ by at most {gap:.1e} in a contribution.")
        explain = rival()
        few = paths[:RIVAL_NUMBER]
        seconds = timed(lambda: [explain(path) for path in few], repeats=3)
        rival_rates = [RIVAL_NUMBER / s for s in seconds]
    rows.append(
        row(
            "rival: decode, ResNet-50 (224, stride-2 stem), one hook Grad-CAM",
            rival_rates,
            "slices/s",
        )
    )
    ratio = float(np.median(full[DEFAULT_BACKEND]) / np.median(rival_rates))
    rows.append(row("times the rival", [ratio], "x", target=">= 10"))
    question = "How many slices a second, from PNG file to the maps of all classes?"
    write(Answer(question, rows, notes), "slices", load)


if __name__ == "__main__":
    main()
