"""Turns the emotion net's weights into an int8 TorchScript file: a third of the time, half of the size.

    scripts/python-torch scripts/emotion_int8.py --weights models/emotion_resnet18.safetensors \
        --faces ~/.cache/aliyarface/train/aligned-....safetensors --to models/emotion_resnet18_int8.pt

`--faces` is a file of aligned faces that emotion_lab keeps in the cache; ranges are measured on some of
them. The result takes N x 3 x 64 x 64 normalised faces and gives N x 8 calibrated logits.
"""

import argparse
import json
import struct
import warnings

import torch
from torch import nn
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

KINDS = {"F16": torch.float16, "F32": torch.float32, "U8": torch.uint8, "F64": torch.float64}
SEEN = 64
MEAN, SPREAD = 0.5, 0.25
BATCH = 64


def read(path):
    """The tensors of a safetensors file by name."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        body = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(body, dtype=torch.uint8)[start:end].clone()
        tensors[name] = flat.view(KINDS[entry["dtype"]]).reshape(entry["shape"])
    return tensors


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            shrunk = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shrunk, nn.BatchNorm2d(outputs))
        self.relu2 = nn.ReLU()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        if self.downsample is not None:
            x = self.downsample(x)
        return self.relu2(x + y)


class ResNet18(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for layer, outputs in enumerate((64, 128, 256, 512), start=1):
            first = Block(inputs, outputs, 1 if layer == 1 else 2)
            setattr(self, f"layer{layer}", nn.Sequential(first, Block(outputs, outputs, 1)))
            inputs = outputs
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def load(path):
    """The net of a weights file, its temperature folded into the last layer."""
    weights = {name: value.float() for name, value in read(path).items()}
    temperature = weights.pop("temperature", torch.ones(1))
    net = ResNet18(len(weights["fc.bias"]))
    missing, unexpected = net.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{path}: lacks {missing}, holds {unexpected}")
    with torch.no_grad():
        net.fc.weight /= temperature
        net.fc.bias /= temperature
    return net.eval()


def batches(path, count, seed):
    """`count` faces of an aligned set as the net sees them."""
    faces = read(path)["faces"]
    order = torch.randperm(len(faces), generator=torch.Generator().manual_seed(seed))
    margin = (faces.shape[-1] - SEEN) // 2
    chosen = faces[order[:count], :, margin : margin + SEEN, margin : margin + SEEN]
    for batch in ((chosen.float() / 255 - MEAN) / SPREAD).split(BATCH):
        yield batch.expand(-1, 3, -1, -1).contiguous()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", required=True)
    parser.add_argument("--faces", required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--count", type=int, default=2048)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.backends.quantized.engine = "x86"
    example = torch.zeros(1, 3, SEEN, SEEN)
    prepared = prepare_fx(load(chosen.weights), get_default_qconfig_mapping("x86"), (example,))
    with torch.no_grad():
        for batch in batches(chosen.faces, chosen.count, chosen.seed):
            prepared(batch)
        quantised = torch.jit.freeze(torch.jit.trace(convert_fx(prepared), example))
        quantised(torch.zeros(3, 3, SEEN, SEEN))
    quantised.save(chosen.to)


if __name__ == "__main__":
    main()
