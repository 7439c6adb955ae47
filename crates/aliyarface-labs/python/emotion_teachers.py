"""Trains teachers of the emotion net and distils them into the ResNet-18 that ships.

    emotion_teachers.py --data FOLDER --out RUN [--minutes 12] [--start WEIGHTS.safetensors]

It needs torch and numpy alone. FOLDER holds Training.npz and PublicTest.npz, each with `x` (N x
48 x 48 bytes) and `v` (N x 10 votes). Where eyes and mouth lie comes from `anchors` (N x 3 x 2
pixels, NaN where no mesh was found) in the same file, or from the cache that emotion_lab fills
when it evaluates that file (--aligned). `--sharp FILE.npz` adds sharper faces: `x` (M x P x P
canvases), `shares` (M x 8).

The clock rules: each phase gets its part of --minutes, every rate falls to nothing at the end of
its phase, and a student is always written. A stopped run goes on where it was when it is called
again. A CPU trains one teacher overnight (--minutes 600 --teachers plain --batch 96 --rate 0.1).
One H200 made 36 epochs of `plain` in 64 s, 44 of `deep` in 91 s; what came of them is in
models/emotion.md.
"""

import argparse
import copy
import json
import math
import random
import struct
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

EMOTIONS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
CLASSES = len(EMOTIONS)
# Where eyes and mouth lie on the canvas, and its centre that is seen (src/analysis/alignment).
PLACES = np.array([[0.321, 0.389], [0.674, 0.387], [0.5025, 0.773]])
SIDE, CANVAS = 64, 72
MEAN, SPREAD = 0.5, 0.25
# How often a face of an emotion is seen in an epoch.
REPEATS = [1, 1, 1, 1, 1, 5, 3, 5]
HELD_OUT = 1500
WEIGHT_DECAY, MOMENTUM, LONGEST = 5e-4, 0.9, 5.0

# name: blocks, width, squeeze-and-excitation, pooling after the stem, pixels of a side, dropout,
# share of the time
TEACHERS = {
    "deep": ((3, 4, 6, 3), 64, False, False, 64, 0.2, 0.4),
    "deep-again": ((3, 4, 6, 3), 64, False, False, 64, 0.2, 0.4),
    "plain": ((2, 2, 2, 2), 64, False, False, 64, 0.0, 0.2),
    # These were no better than `plain` for more time.
    "wide": ((2, 2, 2, 2), 96, True, False, 64, 0.2, 0.4),
    "large": ((2, 2, 2, 2), 64, True, True, 128, 0.1, 0.4),
    "large-deep": ((3, 4, 6, 3), 64, True, True, 96, 0.1, 0.4),
}
CHOSEN = "deep,deep-again,plain"


class Block(nn.Module):
    """A basic block of ResNet by torchvision's names, perhaps with squeeze-and-excitation."""

    def __init__(self, inputs, outputs, stride, excited):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.bn2.weight)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            shrunk = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shrunk, nn.BatchNorm2d(outputs))
        self.excite = None
        if excited:
            squeezed = outputs // 8
            self.excite = nn.Sequential(
                nn.AdaptiveAvgPool2d(1),
                nn.Conv2d(outputs, squeezed, 1),
                nn.ReLU(),
                nn.Conv2d(squeezed, outputs, 1),
                nn.Sigmoid(),
            )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.excite is not None:
            y = y * self.excite(y)
        if self.downsample is not None:
            x = self.downsample(x)
        return F.relu(x + y)


class ResNet(nn.Module):
    """Logits of faces N x 1 x 64 x 64 in 0..1, which are enlarged to `side` first."""

    def __init__(self, blocks=(2, 2, 2, 2), width=64, excited=False, pooled=True, side=SIDE, drop=0.0):
        super().__init__()
        self.side, self.pooled = side, pooled
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for layer, count in enumerate(blocks, start=1):
            outputs = width * 2 ** (layer - 1)
            stack = []
            for index in range(count):
                stride = 2 if layer > 1 and index == 0 else 1
                stack.append(Block(inputs, outputs, stride, excited))
                inputs = outputs
            setattr(self, f"layer{layer}", nn.Sequential(*stack))
        self.drop = nn.Dropout(drop)
        self.fc = nn.Linear(inputs, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, faces):
        if self.side != faces.shape[-1]:
            faces = F.interpolate(faces, size=(self.side, self.side), mode="bilinear")
        x = ((faces - MEAN) / SPREAD).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pooled:
            x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.drop(x.mean((2, 3))).float())


def fused(net):
    """The net with its norms folded into the convolutions, for answers alone."""
    net = copy.deepcopy(net).eval()
    for module in [net, *(block for block in net.modules() if isinstance(block, Block))]:
        for name in ("1", "2"):
            if hasattr(module, f"bn{name}"):
                folded = fuse_conv_bn_eval(getattr(module, f"conv{name}"), getattr(module, f"bn{name}"))
                setattr(module, f"conv{name}", folded)
                setattr(module, f"bn{name}", nn.Identity())
        if getattr(module, "downsample", None) is not None:
            module.downsample = fuse_conv_bn_eval(*module.downsample)
    return net.to(memory_format=torch.channels_last)


def maps_of(anchors, side):
    """N x 2 x 3 similarities from fractions of the canvas to pixels of pictures."""
    plain = np.array([[side, 0, -0.5], [0, side, -0.5]])
    centre = PLACES.mean(0)
    x, y = (PLACES - centre).T
    maps = []
    for points in anchors:
        if np.isnan(points).any():
            # The lab enlarges such a picture by pixel centres: half a canvas pixel further on.
            maps.append(plain + [[0, 0, side * 0.5 / CANVAS], [0, 0, side * 0.5 / CANVAS]])
            continue
        middle = points.mean(0)
        u, v = (points - middle).T
        spread = (x * x + y * y).sum()
        a, b = (x * u + y * v).sum() / spread, (x * v - y * u).sum() / spread
        maps.append(
            [
                [a, -b, middle[0] - a * centre[0] + b * centre[1]],
                [b, a, middle[1] - b * centre[0] - a * centre[1]],
            ]
        )
    return np.array(maps, dtype=np.float32)


def shares_of(votes):
    """Shares of the emotions, whether one wins, whether by a majority (Barsoum et al. 2016)."""
    votes = np.where(votes > 1, votes, 0).astype(np.float64)
    kept = (votes.max(1) > 0) & (votes.argmax(1) < CLASSES)
    emotions = votes[:, :CLASSES]
    shares = emotions / np.maximum(emotions.sum(1, keepdims=True), 1)
    return shares.astype(np.float32), kept, 2 * votes.max(1) > votes.sum(1)


def cached_anchors(folder, count):
    """The anchors of the `count` faces that have a winner, out of emotion_lab's cache."""
    for path in sorted(Path(folder).expanduser().glob("aligned-*.safetensors")):
        anchors = read_safetensors(path, ("anchors",)).get("anchors")
        if anchors is not None and len(anchors) == count:
            return anchors.numpy().astype(np.float64)
    raise SystemExit(f"{folder} holds no anchors of {count} faces: run emotion_lab evaluate on the file first")


class Faces:
    """Pictures on a device, their maps and targets."""

    def __init__(self, pictures, maps, shares, majority, device):
        self.pictures = torch.from_numpy(pictures).to(device)[:, None]
        self.maps = torch.from_numpy(maps).to(device)
        self.shares = torch.from_numpy(shares).to(device)
        self.majority = torch.from_numpy(majority).to(device)
        self.winners = self.shares.argmax(1)
        steps = torch.arange(SIDE, device=device) / SIDE - 0.5
        rows, columns = torch.meshgrid(steps, steps, indexing="ij")
        self.grid = torch.stack([columns, rows, torch.ones_like(rows)], -1).view(-1, 3) * torch.tensor(
            [SIDE / CANVAS, SIDE / CANVAS, 1.0], device=device
        )

    @classmethod
    def read(cls, path, device, aligned, limit=None):
        arrays = np.load(path)
        shares, kept, majority = shares_of(arrays["v"])
        every = np.flatnonzero(kept)
        kept = every[:limit]
        pictures = arrays["x"][kept]
        if "anchors" in arrays:
            anchors = arrays["anchors"][kept].astype(np.float64)
        else:
            anchors = cached_anchors(aligned, len(every))[:limit]
        return cls(pictures, maps_of(anchors, pictures.shape[-1]), shares[kept], majority[kept], device)

    @classmethod
    def read_canvases(cls, path, device):
        arrays = np.load(path)
        pictures = arrays["x"]
        side = pictures.shape[-1]
        maps = np.tile(np.array([[[side, 0, 0], [0, side, 0]]], dtype=np.float32), (len(pictures), 1, 1))
        return cls(pictures, maps, arrays["shares"], np.ones(len(pictures), dtype=bool), device)

    def seen(self, index, jitter=None):
        """Faces N x 1 x 64 x 64 in 0..1; `jitter` (N x 2 x 3) moves them about the middle."""
        maps = self.maps[index]
        turned, shifted = maps[:, :, :2], maps[:, :, 2:]
        if jitter is None:
            moved = torch.cat([turned, shifted + turned.sum(2, keepdim=True) * 0.5], 2)
        else:
            moved = torch.cat([turned @ jitter[:, :, :2], turned @ (jitter[:, :, 2:] + 0.5) + shifted], 2)
        side = self.pictures.shape[-1]
        grid = ((self.grid @ moved.transpose(1, 2)) * 2 + 1) / side - 1
        faces = self.pictures[index].float() / 255
        grid = grid.view(-1, SIDE, SIDE, 2)
        return F.grid_sample(faces, grid, mode="bilinear", padding_mode="border", align_corners=False)


class Augmenter:
    """What a camera, a codec, a hand and a talking mouth do to faces."""

    def __init__(self, device):
        self.device = device
        line = (torch.arange(SIDE, device=device) + 0.5) / SIDE
        self.across, self.down = line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)
        bell = torch.exp(-0.5 * (torch.arange(-3, 4, device=device) / 1.2) ** 2)
        bell = bell / bell.sum()
        self.bell = (bell[:, None] * bell[None, :]).view(1, 1, 7, 7)
        smear = torch.tensor([0.5, 1, 1, 1, 1, 1, 0.5], device=device) / 6
        self.smears = [smear.view(1, 1, 1, 7), smear.view(1, 1, 7, 1)]
        wave, place = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
        norm = torch.where(wave == 0, 0.125**0.5, 0.5)
        self.cosines = (norm * torch.cos((place + 0.5) * wave * math.pi / 8)).to(device)
        self.frequencies = (1 + wave + place).to(device)

    def normal(self, count, spread):
        return torch.randn(count, 1, 1, 1, device=self.device).clamp(-2, 2) * spread

    def uniform(self, count, low, high):
        return torch.rand(count, 1, 1, 1, device=self.device) * (high - low) + low

    def some(self, count, share):
        return (torch.rand(count, 1, 1, 1, device=self.device) < share).float()

    def jitter(self, count):
        """Flip, turn (8 degrees, some 16), scale, aspect and shift, as a mesh a little off."""
        flip = self.some(count, 0.5) * 2 - 1
        angle = self.normal(count, math.radians(8)) * (1 + self.some(count, 0.1))
        scale, aspect = self.normal(count, 0.09).exp(), self.normal(count, 0.06).exp()
        wide, high = scale * aspect, scale / aspect
        sin, cos = angle.sin(), angle.cos()
        x, y = self.normal(count, 0.022), self.normal(count, 0.022)
        rows = [flip * wide * cos, -high * sin, x, flip * wide * sin, high * cos, y]
        return torch.cat([row.view(-1, 1) for row in rows], 1).view(-1, 2, 3)

    def swap(self, faces, targets):
        """Other people's mouths, as a talking one is: the eyes' owner gives .8 of the label."""
        count = len(faces)
        other = torch.randperm(count, device=self.device)
        winner = targets.argmax(1)
        upper, lower = winner, winner[other]
        fits = (upper != 1) & (upper != 7) & (lower != 1)
        swapped = self.some(count, 0.12) * fits.view(-1, 1, 1, 1).float()
        below = torch.sigmoid((self.down - self.uniform(count, 0.55, 0.66)) * 25) * swapped
        level = faces.mean((2, 3), keepdim=True) - faces[other].mean((2, 3), keepdim=True)
        faces = faces * (1 - below) + (faces[other] + level) * below
        taken = 0.2 * swapped.view(-1, 1)
        targets = targets * (1 - taken) + targets[other] * taken
        # A mask, a scarf: nothing below.
        masked = torch.sigmoid((self.down - self.uniform(count, 0.55, 0.7)) * 25) * self.some(count, 0.04)
        return faces * (1 - masked) + self.uniform(count, 0.0, 1.0) * masked, targets

    def light(self, faces):
        count = len(faces)
        curved = faces.clamp(1e-3, 1).pow(self.normal(count, 0.25).exp())
        mean = curved.mean((2, 3), keepdim=True)
        faces = (curved - mean) * self.normal(count, 0.22).exp() + mean + self.normal(count, 0.07)
        across, down = self.across * 2 - 1, self.down * 2 - 1
        slope = across * self.normal(count, 0.08) + down * self.normal(count, 0.08)
        side = 1 + across * self.some(count, 0.15) * self.normal(count, 0.4)
        faces = ((faces + slope) * side).clamp(0, 1)
        kept = 1 - self.some(count, 0.1) * self.uniform(count, 0.4, 0.85)
        noisy = faces * kept + torch.randn_like(faces) * self.normal(count, 0.008)
        # Half of the dark ones with the camera's gain.
        gained = self.some(count, 0.5)
        return noisy * (gained * 0.9 / kept + 1 - gained).clamp(min=1)

    def sharpness(self, faces):
        """Sharper than 48 pixels are, softer, smeared, smaller, compressed."""
        count = len(faces)
        soft = F.conv2d(F.pad(faces, (3, 3, 3, 3), mode="replicate"), self.bell)
        amount = self.some(count, 0.3) * self.uniform(count, 0.2, 1.5) - self.some(count, 0.2) * self.uniform(
            count, 0.2, 1.0
        )
        faces = faces + (faces - soft) * amount
        few = count // 16
        parts = list(faces.split([few, few, few, few, few, few, few, count - 7 * few]))
        if few:
            for index, kernel in enumerate(self.smears):
                pad = (3, 3, 0, 0) if index == 0 else (0, 0, 3, 3)
                parts[index] = F.conv2d(F.pad(parts[index], pad, mode="replicate"), kernel)
            for index in (2, 3, 4):
                small = random.randint(SIDE // 4, SIDE * 3 // 4)
                part = F.interpolate(parts[index], size=(small, small), mode="bilinear", antialias=True)
                parts[index] = F.interpolate(part, size=(SIDE, SIDE), mode="bilinear")
            for index in (4, 5, 6):
                parts[index] = self.compress(parts[index])
        return torch.cat(parts)

    def compress(self, faces):
        """JPEG's loss: 8 x 8 cosine transforms, rounded to steps that grow with the frequency."""
        tiles = SIDE // 8
        steps = self.frequencies * random.uniform(0.01, 0.05)
        blocks = faces.reshape(-1, tiles, 8, tiles, 8).permute(0, 1, 3, 2, 4)
        waves = self.cosines @ blocks @ self.cosines.T
        blocks = self.cosines.T @ ((waves / steps).round() * steps) @ self.cosines
        return blocks.permute(0, 1, 3, 2, 4).reshape(-1, 1, SIDE, SIDE)

    def hide(self, faces):
        """A box over a part of some faces: of one brightness, or of another face as a hand."""
        count = len(faces)
        boxes = [
            (line - self.uniform(count, 0.0, 1.0)).abs() < self.uniform(count, 0.08, 0.25)
            for line in (self.across, self.down)
        ]
        box = (boxes[0] & boxes[1]).float() * self.some(count, 0.25)
        textured = self.some(count, 0.5) * 0.6
        filling = self.uniform(count, 0.0, 1.0) * (1 - textured) + faces.roll(1, 0).flip(2) * textured
        return faces * (1 - box) + filling * box

    def __call__(self, faces, targets):
        order = torch.randperm(len(faces), device=self.device)
        faces, targets = self.swap(faces[order], targets[order])
        faces = self.sharpness(self.light(faces))
        faces = faces + torch.randn_like(faces) * self.normal(len(faces), 0.022)
        return self.hide(faces).clamp(0, 1), targets

    def mix(self, faces, targets):
        """Mixes the batch with itself turned round, now and then: blended, or by a box."""
        kind = random.random()
        if kind > 0.4:
            return faces, targets
        other = torch.randperm(len(faces), device=self.device)
        share = float(np.random.beta(0.4, 0.4))
        if kind < 0.25:
            return faces.lerp(faces[other], share), targets.lerp(targets[other], share)
        width = max(1, int(SIDE * math.sqrt(share)))
        left, top = random.randint(0, SIDE - width), random.randint(0, SIDE - width)
        faces = faces.clone()
        box = (slice(None), slice(None), slice(top, top + width), slice(left, left + width))
        faces[box] = faces[other][box]
        return faces, targets.lerp(targets[other], (width / SIDE) ** 2)


class Batches:
    """Endless augmented batches, faces of rare emotions more than once an epoch."""

    def __init__(self, faces, index, sharp, batch, device):
        self.faces, self.sharp, self.device = faces, sharp, device
        self.augmenter = Augmenter(device)
        repeats = torch.tensor(REPEATS, device=device)[faces.winners[index]]
        self.order = index.repeat_interleave(repeats)
        self.sharp_part = 0 if sharp is None else max(1, batch // 32)
        self.batch = min(batch, len(self.order)) - self.sharp_part
        self.prior = faces.shares[self.order].mean(0).clamp(min=1e-4)
        self.shuffled, self.at, self.epochs = None, 0, 0

    def next(self):
        if self.shuffled is None or self.at + self.batch > len(self.shuffled):
            self.shuffled = self.order[torch.randperm(len(self.order), device=self.device)]
            self.at, self.epochs = 0, self.epochs + 1
        index = self.shuffled[self.at : self.at + self.batch]
        self.at += self.batch
        faces = [self.faces.seen(index, self.augmenter.jitter(len(index)))]
        targets = [self.faces.shares[index]]
        if self.sharp_part:
            index = torch.randint(len(self.sharp.shares), (self.sharp_part,), device=self.device)
            faces.append(self.sharp.seen(index, self.augmenter.jitter(len(index))))
            targets.append(self.sharp.shares[index])
        return self.augmenter(torch.cat(faces), torch.cat(targets))


class Learner:
    """A net that learns by SGD, and its moving average."""

    def __init__(self, net, device, rate, keeps):
        self.net = net.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.device, self.rate, self.keeps, self.steps = device, rate, keeps, 0
        matrices = [value for value in self.net.parameters() if value.dim() > 1]
        others = [value for value in self.net.parameters() if value.dim() <= 1]
        groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others}]
        self.optimiser = torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM, nesterov=True)
        self.pairs = list(zip(*self._tensors(), strict=True))

    def _tensors(self):
        of = [[*net.parameters(), *net.buffers()] for net in (self.average, self.net)]
        return [[value for value in values if value.is_floating_point()] for values in of]

    def step(self, faces, targets, part):
        """One step at `part` (0..1) of the phase; gives the loss as a tensor."""
        rate = self.rate * min(1, (self.steps + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * min(part, 1)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.net.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.net(faces)
        loss = -(targets * logits.log_softmax(1)).sum(1).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), LONGEST)
        self.optimiser.step()
        self.steps += 1
        kept = min(self.keeps, self.steps / (self.steps + 10))
        averages, values = (
            [pair[0] for pair in self.pairs],
            [pair[1].detach() for pair in self.pairs],
        )
        torch._foreach_lerp_(averages, values, 1 - kept)
        return loss.detach()

    def state(self):
        parts = (self.net, self.average, self.optimiser)
        return {"parts": [part.state_dict() for part in parts], "steps": self.steps}

    def resume(self, state):
        for part, value in zip((self.net, self.average, self.optimiser), state["parts"], strict=True):
            part.load_state_dict(value)
        self.steps = state["steps"]


@torch.no_grad()
def answers(nets, faces, index, device, flipped=False):
    """Mean probabilities of `nets` on unchanged faces."""
    rows = []
    torch.backends.cudnn.benchmark = False
    for part in index.split(512):
        seen = faces.seen(part)
        views = [seen, seen.flip(3)] if flipped else [seen]
        with torch.autocast(device.type, torch.bfloat16):
            said = [net(view).float().softmax(1) for net in nets for view in views]
        rows.append(torch.stack(said).mean(0))
    torch.backends.cudnn.benchmark = True
    return torch.cat(rows)


def measures(rows, faces, index, log_prior):
    """Accuracy and recall at the batches' prior, half-way to and at the natural, at an even one."""
    winners, majority, shares = faces.winners[index], faces.majority[index], faces.shares[index]
    natural = faces.shares.mean(0).clamp(min=1e-4).log()
    logs = rows.clamp(min=1e-9).log()
    told = {}
    for name, change in {
        "raw": 0,
        "half": 0.5 * (natural - log_prior),
        "natural": natural - log_prior,
        "even": -log_prior,
    }.items():
        adjusted = (logs + change).log_softmax(1)
        hit = adjusted.argmax(1) == winners
        told[name] = {
            "majority": round(hit[majority].float().mean().item(), 4),
            "argmax": round(hit.float().mean().item(), 4),
            "cross_entropy": round(-(shares * adjusted).sum(1).mean().item(), 4),
            "recall": [round(hit[winners == c].float().mean().item(), 3) for c in range(CLASSES)],
        }
    return told


def read_safetensors(path, wanted=None):
    """The floats of a file by name, or those of `wanted` names alone."""
    kinds = {"F16": np.float16, "F32": np.float32, "F64": np.float64}
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        if entry["dtype"] in kinds and (wanted is None or name in wanted):
            flat = np.frombuffer(body[start:end], kinds[entry["dtype"]]).astype(np.float32)
            tensors[name] = torch.from_numpy(flat.reshape(entry["shape"]))
    return tensors


def write_safetensors(tensors, path):
    """Half precision."""
    header, body, at = {}, [], 0
    for name, value in sorted(tensors.items()):
        data = value.detach().cpu().half().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F16",
            "shape": list(value.shape),
            "data_offsets": [at, at + len(data)],
        }
        body.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    partial = Path(f"{path}.part")
    partial.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(body))
    partial.replace(path)


class Run:
    """The data, the clock and the folder of a run."""

    def __init__(self, chosen):
        self.began, self.chosen, self.out = time.monotonic(), chosen, Path(chosen.out)
        self.device = torch.device(chosen.device)
        self.out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(chosen.seed)
        random.seed(chosen.seed)
        np.random.seed(chosen.seed)
        data = Path(chosen.data)
        self.training = Faces.read(data / "Training.npz", self.device, chosen.aligned, chosen.limit)
        self.public = Faces.read(data / "PublicTest.npz", self.device, chosen.aligned, chosen.limit)
        self.sharp = Faces.read_canvases(chosen.sharp, self.device) if chosen.sharp else None
        count = len(self.training.shares)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(7)).to(self.device)
        held = min(HELD_OUT, count // 4)
        self.held, self.index = order[:held], order[held:]
        self.all_public = torch.arange(len(self.public.shares), device=self.device)
        self.log = (self.out / "log.txt").open("a")
        self.say(f"{count} faces, {len(self.public.shares)} of PublicTest, {self.device}")

    def say(self, text):
        line = f"{time.monotonic() - self.began:7.1f} s  {text}"
        print(line, flush=True)
        print(line, file=self.log, flush=True)

    def left(self):
        return self.chosen.minutes * 60 - (time.monotonic() - self.began)

    def batches(self):
        return Batches(self.training, self.index, self.sharp, self.chosen.batch, self.device)

    def report(self, name, nets, log_prior, flipped=False):
        told = {}
        for split, faces, index in (
            ("held", self.training, self.held),
            ("public", self.public, self.all_public),
        ):
            told[split] = measures(answers(nets, faces, index, self.device, flipped), faces, index, log_prior)
            for prior, value in told[split].items():
                self.say(f"{name} {split} {prior}: {json.dumps(value)}")
        return told

    def phase(self, name, learner, seconds, step):
        """Calls `step(part)` until `seconds` of this and earlier calls are spent; keeps states."""
        state, before = self.out / f"{name}.state", 0.0
        if state.exists():
            kept = torch.load(state, map_location=self.device, weights_only=True)
            learner.resume(kept)
            before = kept["elapsed"]
        began = saved = told = time.monotonic()
        losses, first = [], learner.steps
        while (elapsed := before + time.monotonic() - began) < seconds:
            losses.append(step(elapsed / seconds))
            if learner.steps % 8 == 0 and self.device.type == "cuda":
                torch.cuda.synchronize()
            now = time.monotonic()
            if now - told > 15:
                pace = (learner.steps - first) * self.chosen.batch / (now - began)
                mean = torch.stack(losses).mean().item()
                self.say(
                    f"{name}: {elapsed:.0f} of {seconds:.0f} s, {learner.steps} steps, loss {mean:.4f}, {pace:.0f}/s"
                )
                losses, told = [], now
            if now - saved > self.chosen.keep_every:
                torch.save({**learner.state(), "elapsed": elapsed}, state)
                saved = now
        state.unlink(missing_ok=True)

    def teacher(self, name, seconds):
        *shape, _ = TEACHERS[name]
        learner = Learner(ResNet(*shape), self.device, self.chosen.rate, 0.997)
        batches = self.batches()

        def step(part):
            return learner.step(*batches.augmenter.mix(*batches.next()), part)

        self.phase(name, learner, seconds, step)
        self.say(f"{name}: {learner.steps} steps, {batches.epochs} epochs")
        torch.save(learner.average.state_dict(), self.out / f"{name}.pt")
        return learner.average

    def teachers(self):
        nets, names = [], self.chosen.teachers.split(",") if self.chosen.teachers else []
        deadline = self.left() * self.chosen.teaching
        until = time.monotonic() + deadline
        for place, name in enumerate(names):
            path = self.out / f"{name}.pt"
            *shape, _ = TEACHERS[name]
            if path.exists():
                net = ResNet(*shape).to(self.device)
                net.load_state_dict(torch.load(path, map_location=self.device, weights_only=True))
            else:
                weights = [TEACHERS[other][-1] for other in names[place:]]
                net = self.teacher(name, (until - time.monotonic()) * weights[0] / sum(weights))
            nets.append(fused(net))
            self.report(name, nets[-1:], self.batches().prior.log())
        if len(nets) > 1:
            self.report("ensemble", nets, self.batches().prior.log(), flipped=True)
            index = torch.arange(len(self.training.shares), device=self.device)
            said = answers(nets, self.training, index, self.device, True)
            np.savez_compressed(self.out / "ensemble.npz", training=said.cpu().half().numpy())
        return nets

    def student(self, teachers):
        net = ResNet()
        if self.chosen.start:
            start = read_safetensors(self.chosen.start)
            start.pop("temperature", None)
            net.load_state_dict(start, strict=False)
        learner = Learner(net, self.device, self.chosen.student_rate, 0.9995)
        batches, recent, kept = self.batches(), [], [time.monotonic()]
        to = self.out / "student.safetensors"

        def step(part):
            faces, targets = batches.next()
            if teachers:
                with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
                    said = torch.stack([teacher(faces).float().softmax(1) for teacher in teachers]).mean(0)
                targets = targets.lerp(said, self.chosen.taught)
            recent.append((faces, targets))
            loss = learner.step(faces, targets, part)
            # Teachers are dear: what they said of an earlier batch is learnt again, mixed.
            if len(recent) > 16:
                faces, targets = recent.pop(random.randrange(16))
                learner.step(*batches.augmenter.mix(faces.flip(3), targets), part)
            if time.monotonic() - kept[0] > 45:
                write_safetensors(self.weights(learner.average), to)
                kept[0] = time.monotonic()
            return loss

        self.phase("student", learner, max(self.left() - self.chosen.reserve, 1), step)
        write_safetensors(self.weights(learner.average), to)
        self.say(f"student: {learner.steps} steps, {batches.epochs} epochs, {to}")
        report = self.report("student", [learner.average], batches.prior.log())
        report["prior"] = batches.prior.tolist()
        (self.out / "report.json").write_text(json.dumps(report, indent=1))

    @staticmethod
    def weights(net):
        return {name: value for name, value in net.state_dict().items() if value.is_floating_point()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--teachers", default=CHOSEN, help="names, or nothing for a student alone")
    parser.add_argument("--teaching", type=float, default=0.54, help="part of the time that the teachers get")
    parser.add_argument("--taught", type=float, default=0.8, help="part of the student's target that they give")
    parser.add_argument("--start", help="weights the student starts from")
    parser.add_argument("--aligned", default="~/.cache/aliyarface/train", help="emotion_lab's cache")
    parser.add_argument("--sharp", help="npz of sharper faces with labels")
    parser.add_argument("--batch", type=int, default=384)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--student-rate", type=float, default=0.1)
    parser.add_argument("--reserve", type=float, default=8, help="seconds kept for the end")
    parser.add_argument("--keep-every", type=float, default=120, help="seconds between two states on disk")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, help="faces of each file, for a trial")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    chosen = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    run = Run(chosen)
    run.student(run.teachers())


if __name__ == "__main__":
    main()
