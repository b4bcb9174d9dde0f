"""Turn a trained 3D network into the graph that ships (needs PyTorch)."""

import warnings
from pathlib import Path

import torch

from neuroscope.errors import ModelError
from neuroscope.models.unet import UNet
from neuroscope.models.weights import OPSET, forget_the_machine
from neuroscope.records.segmenterspec import GRID_MULTIPLE

SAMPLE = (48, 64, 80)  # sides of the volume that is traced: three different ones


def export_volume_graph(network: UNet, path: Path) -> None:
    """Write the graph ``channels -> logits`` of a network; any sides in sixteens.

    Raises
    ------
    ModelError
        If the exporter gives no graph.
    """
    import onnx

    steps = {axis: torch.export.Dim(f"n{axis}", min=2, max=32) for axis in (2, 3, 4)}
    sides = {axis: GRID_MULTIPLE * step for axis, step in steps.items()}
    plain = network.to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # raised inside torch.export itself
        program = torch.onnx.export(
            plain,
            (torch.zeros(1, network.shape.channels, *SAMPLE),),
            input_names=["channels"],
            output_names=["logits"],
            dynamic_shapes=(sides,),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ModelError("The ONNX exporter gave no graph.", fix="Check the torch version.")
    model = program.model_proto
    onnx.checker.check_model(model)
    forget_the_machine(model)
    path.write_bytes(model.SerializeToString())
