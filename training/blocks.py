"""The bricks of the network: everything in it is one of these four."""

from typing import Any

from keras import layers

BN_MOMENTUM = 0.95  # statistics remember 20 steps, the average of the weights carries them over hundreds


def convolve(x: Any, width: int, kernel: int, stride: int, name: str, activate: bool = True) -> Any:
    """Convolution, BatchNorm and, unless told not to, ReLU6.

    Args:
        x: (N, H, W, C) tensor.
        width: output channels.
        kernel: side of the square kernel.
        stride: 1 or 2.
        name: prefix of the layers' names.
        activate: whether ReLU6 follows.

    Returns:
        (N, ceil(H / stride), ceil(W / stride), width) tensor.
    """
    x = layers.Conv2D(width, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return _normalise(x, name, activate)


def convolve_depthwise(x: Any, kernel: int, stride: int, name: str) -> Any:
    """Depthwise convolution, BatchNorm, ReLU6; (N, H, W, C) in, (N, ceil(H / stride), ceil(W / stride), C) out."""
    x = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return _normalise(x, name, True)


def invert_residual(x: Any, width: int, stride: int, expansion: int, fused: bool, name: str) -> Any:
    """Inverted residual: expand, look around, project without activation, add where the shape allows it.

    Args:
        x: (N, H, W, C) tensor.
        width: output channels.
        stride: 1 or 2.
        expansion: inner channels per input channel.
        fused: one dense 3x3 instead of pointwise and depthwise. Costs operations, but fewer and larger
            ones: at few channels it trains faster on a CPU.
        name: prefix of the layers' names.

    Returns:
        (N, ceil(H / stride), ceil(W / stride), width) tensor.

    Source: Sandler et al. 2018, MobileNetV2; fused form after Tan and Le 2021, EfficientNetV2.
    """
    inner = int(x.shape[-1]) * expansion
    if fused:
        y = convolve(x, inner, 3, stride, f"{name}_expand")
    else:
        y = convolve(x, inner, 1, 1, f"{name}_expand")
        y = convolve_depthwise(y, 3, stride, f"{name}_depthwise")
    y = convolve(y, width, 1, 1, f"{name}_project", activate=False)
    if stride == 1 and int(x.shape[-1]) == width:
        y = layers.Add(name=f"{name}_add")([x, y])
    return y


def join_scales(deep: Any, shallow: Any, width: int, name: str) -> Any:
    """Bring a deep map up by two, bilinearly, and add what the shallow map sees there.

    Args:
        deep: (N, h, w, C) tensor.
        shallow: (N, 2h, 2w, D) tensor.
        width: output channels.
        name: prefix of the layers' names.

    Returns:
        (N, 2h, 2w, width) tensor after ReLU6.
    """
    deep = convolve(deep, width, 1, 1, f"{name}_deep", activate=False)
    deep = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up")(deep)
    shallow = convolve(shallow, width, 1, 1, f"{name}_shallow", activate=False)
    joined = layers.ReLU(6.0, name=f"{name}_relu")(layers.Add(name=f"{name}_add")([deep, shallow]))
    return convolve(convolve_depthwise(joined, 3, 1, f"{name}_depthwise"), width, 1, 1, f"{name}_out")


def _normalise(x: Any, name: str, activate: bool) -> Any:
    x = layers.BatchNormalization(momentum=BN_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if activate else x
