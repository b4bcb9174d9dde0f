"""The usual networks, for comparison: mean pooling and a linear head, so their map is Grad-CAM.

With mean pooling the class-centered contributions are Grad-CAM without the ReLU, up to the
constant 1 / (places) and the bias (Selvaraju et al. 2017, arXiv:1610.02391).
"""

from typing import Literal, get_args

from torch import Tensor, nn
from torch.nn import functional

from neuroscope.errors import ModelError
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import GRAY_MEAN, GRAY_SPREAD, Answer, Centers

Baseline = Literal["resnet18", "resnet50", "efficientnet_b0"]


class MeanPooledNetwork(nn.Module):
    """A trunk, the mean over its last features, and one linear layer.

    Attributes
    ----------
    centers
        Where the places of the map lie on the input.
    last_features
        Name of the layer before the pooling.
    """

    last_features = "trunk"

    def __init__(self, trunk: nn.Module, channels: int, centers: Centers) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(channels, len(CLASS_NAMES))
        self.centers = centers

    def forward(self, image: Tensor) -> Answer:
        """Map prepared slices ``(n, 1, size, size)`` in 0..1 to logits, evidence and embedding."""
        return self.answered(self.features(image))

    def features(self, image: Tensor) -> Tensor:
        """Compute the last features, shape ``(n, channels, h, w)``."""
        features: Tensor = self.trunk((image - GRAY_MEAN) / GRAY_SPREAD)
        return features.float()

    def answered(self, features: Tensor) -> Answer:
        """Pool features; the contributions of all places sum to the centered logits."""
        places = features.shape[2] * features.shape[3]
        embedding = features.mean((2, 3))
        weight = self.head.weight - self.head.weight.mean(0)
        bias = self.head.bias - self.head.bias.mean()
        evidence = functional.conv2d(features, weight[:, :, None, None], bias) / places
        return Answer(self.head(embedding), evidence, embedding)


def build_baseline(name: Baseline) -> MeanPooledNetwork:
    """Build an untrained MONAI network for one gray channel.

    Parameters
    ----------
    name
        The residual networks use the usual stride-2 stem, which MONAI does not by default.
    """
    if name not in get_args(Baseline):
        raise ValueError(f"name is {name!r}; it must be one of {get_args(Baseline)}.")
    if name == "efficientnet_b0":
        return _efficientnet()
    return _resnet(name)


def _resnet(name: str) -> MeanPooledNetwork:
    from monai.networks.nets import resnet

    build = {"resnet18": resnet.resnet18, "resnet50": resnet.resnet50}[name]
    whole = build(
        pretrained=False,
        spatial_dims=2,
        n_input_channels=1,
        num_classes=len(CLASS_NAMES),
        conv1_t_stride=2,
        conv1_t_size=7,
    )
    if whole.fc is None:
        raise ModelError("MONAI built a network without its last layer.", fix="Check the version.")
    trunk = nn.Sequential(
        whole.conv1,
        whole.bn1,
        nn.ReLU(inplace=True),
        whole.maxpool,
        whole.layer1,
        whole.layer2,
        whole.layer3,
        whole.layer4,
    )
    return MeanPooledNetwork(trunk, whole.fc.in_features, Centers(offset=0.0, jump=32.0))


class _EfficientTrunk(nn.Module):
    """The convolutional part of MONAI's EfficientNet, which it does not offer by itself."""

    def __init__(self, whole: nn.Module) -> None:
        super().__init__()
        self.whole = whole

    def forward(self, x: Tensor) -> Tensor:
        whole = self.whole
        x = whole._swish(whole._bn0(whole._conv_stem(whole._conv_stem_padding(x))))  # type: ignore[operator]  # noqa: SLF001
        x = whole._blocks(x)  # type: ignore[operator]  # noqa: SLF001
        x = whole._conv_head(whole._conv_head_padding(x))  # type: ignore[operator]  # noqa: SLF001
        answer: Tensor = whole._swish(whole._bn1(x))  # type: ignore[operator]  # noqa: SLF001
        return answer


def _efficientnet() -> MeanPooledNetwork:
    from monai.networks.nets.efficientnet import EfficientNetBN

    whole = EfficientNetBN(
        "efficientnet-b0",
        pretrained=False,
        spatial_dims=2,
        in_channels=1,
        num_classes=len(CLASS_NAMES),
    )
    channels = whole._fc.in_features  # noqa: SLF001
    whole._fc = nn.Identity()  # type: ignore[assignment]  # noqa: SLF001
    return MeanPooledNetwork(_EfficientTrunk(whole), channels, Centers(offset=0.0, jump=32.0))
