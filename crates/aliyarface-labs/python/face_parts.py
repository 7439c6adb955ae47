#!/usr/bin/env python3
"""Draws covers on faces (face_covers.py), then learns which parts of a face can be seen: models/face_parts.safetensors.

    python face_parts.py draw out.npz FACE_CROPS Training.npz PORTRAITS THINGS     pictures, covered, as the element aligns them
    python face_parts.py learn models/face_parts.safetensors drawn.npz [drawn.npz ...]

FACE_CROPS is the program of that name, Training.npz FER+'s, PORTRAITS a folder of square portraits named
PERSON_anything.jpg, of which every second person is used, THINGS a folder of pictures without faces whose parts become
cloth and mirrors. See models/face_parts.md. Needs numpy, opencv-python-headless and torch.
"""

import os
import sys

import cv2
import numpy as np

import face_covers
import face_shape

FER, PORTRAIT = 192, 320  # pixels a side
FER_FACES, FER_ROUNDS, PORTRAIT_ROUNDS = 1800, 2, 40
CHANNELS = (1, 16, 24, 32, 32)
EPOCHS, BATCH = 22, 128
FLOOR = 8  # as in src/models/face_parts.rs
# Taken off the logits, so that a half is where 1 in 100 parts that can be seen are called covered, or fewer: chosen on
# the portraits kept apart.
OFFSETS = np.array((0, 0.85, 0.85, 1.4), np.float32)


def portraits(folder):
    names = sorted(os.listdir(folder))
    people = sorted({name.split("_")[0] for name in names})[::2]
    files = [os.path.join(folder, name) for name in names if name.split("_")[0] in people]
    return np.stack([cv2.resize(cv2.imread(file, 0), (PORTRAIT, PORTRAIT), interpolation=cv2.INTER_AREA) for file in files])


def covered(rng, painter, program, pictures, rounds):
    """Crops, what can be seen in them, and whether they are free of covers."""
    meshes, free = face_covers.crops(program, pictures)
    found = np.where(~np.isnan(meshes[:, 0, 0]))[0]
    crops, labels, plain = [free[found]], [np.ones((len(found), 4))], [np.ones(len(found), bool)]
    styles, shares = zip(*face_covers.Painter.STYLES)
    for _ in range(rounds):
        drawn, seen = [], []
        for index in found:
            face = face_covers.Face(pictures[index][..., None].repeat(3, 2), meshes[index, :, :2].astype(np.float64))
            picture = cv2.cvtColor(painter.draw(face, rng.choice(styles, p=shares)), cv2.COLOR_BGR2GRAY)
            if painter.chance(0.5):  # small in the picture
                across, down = painter.uniform(0.25, 0.55), painter.uniform(0.25, 0.55)
                small = cv2.resize(picture, None, fx=across, fy=down, interpolation=cv2.INTER_AREA)
                picture = cv2.resize(small, picture.shape[::-1], interpolation=cv2.INTER_CUBIC)
            drawn.append(picture)
            seen.append(face.labels())
        again, cut = face_covers.crops(program, np.stack(drawn))
        kept = ~np.isnan(again[:, 0, 0])
        crops.append(cut[kept])
        labels.append(np.array(seen)[kept])
        plain.append(np.zeros(kept.sum(), bool))
    return np.concatenate(crops), np.concatenate(labels), np.concatenate(plain)


def draw(out, program, ferplus, folder, things):
    rng = np.random.default_rng(11)
    others = [cv2.imread(os.path.join(things, name), 0) for name in sorted(os.listdir(things))]
    painter = face_covers.Painter(rng, [other for other in others if other is not None])
    data = np.load(ferplus)
    chosen = rng.permutation(np.where(data["v"][:, 9] <= 1)[0])[:FER_FACES]
    small = np.stack([cv2.resize(data["x"][index], (FER, FER), interpolation=cv2.INTER_CUBIC) for index in chosen])
    parts = [covered(rng, painter, program, small, FER_ROUNDS)]
    parts.append(covered(rng, painter, program, portraits(folder), PORTRAIT_ROUNDS))
    weights = [np.where(plain, weight, 1.0) for (_, _, plain), weight in zip(parts, (1.5, 20.0))]
    crops, labels, _ = (np.concatenate(each) for each in zip(*parts))
    np.savez_compressed(out, crops=crops, labels=labels.astype(np.int8), weights=np.concatenate(weights))


def augmented(torch, x, rng):
    """Crops as they are cut elsewhere, in other light, blurred and noisy."""
    functional, count = torch.nn.functional, len(x)

    def uniform(low, high, *shape):
        return torch.empty(count, *shape).uniform_(low, high)

    turn, scale = uniform(-0.12, 0.12), torch.exp(uniform(-0.13, 0.13))
    across = scale * torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    maps = torch.stack([across * turn.cos(), -scale * turn.sin(), across * turn.sin(), scale * turn.cos()], 1)
    maps = torch.cat([maps.view(-1, 2, 2), uniform(-0.13, 0.13, 2, 1)], 2)
    grid = functional.affine_grid(maps, x.shape, align_corners=False)
    x = functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    drawn = torch.rand(count)
    for side, low, high in ((3, 0.0, 0.2), (5, 0.2, 0.3), (9, 0.3, 0.36)):
        some = torch.where((drawn >= low) & (drawn < high))[0]
        rows = 1 if rng.random() < 0.3 else side
        pad = (side // 2, side // 2, rows // 2, rows // 2)
        kernel = torch.ones(1, 1, rows, side) / (rows * side)
        if len(some):
            x[some] = functional.conv2d(functional.pad(x[some], pad, mode="replicate"), kernel)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.25, 255 * (x / 255).clamp(0, 1) ** torch.exp(uniform(-0.8, 0.8, 1, 1, 1)), x)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.5, x * uniform(0.15, 1.1, 1, 1, 1), x)
    x = x + torch.randn_like(x) * uniform(0, 1, 1, 1, 1) ** 3 * 14
    ramp = torch.linspace(-1, 1, x.shape[-1])
    x = x * (1 + uniform(-0.4, 0.4, 1, 1, 1) * ramp + uniform(-0.4, 0.4, 1, 1, 1) * ramp[:, None])
    return x.round().clamp(0, 255)


def learn(out, files):
    import torch
    from torch import nn

    torch.manual_seed(1)
    arrays = [np.load(file) for file in files]
    crops, labels, weights = (np.concatenate([each[name] for each in arrays]) for name in ("crops", "labels", "weights"))
    x, y = torch.tensor(crops).float()[:, None], torch.tensor(labels).float()
    pairs = list(zip(CHANNELS, CHANNELS[1:]))
    layers = [[nn.Conv2d(few, many, 3, 2, 1), nn.BatchNorm2d(many), nn.ReLU()] for few, many in pairs]
    head = nn.Linear(CHANNELS[-1] * (face_covers.SIDE // 16) ** 2, len(face_covers.PARTS))
    net = nn.Sequential(*[layer for each in layers for layer in each], nn.Flatten(), nn.Dropout(0.2), head)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-3)
    steps = EPOCHS * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    rng = np.random.default_rng(3)
    for step in range(steps):
        batch = rng.choice(len(x), BATCH, p=weights / weights.sum())
        crop, wanted = augmented(torch, x[batch].clone(), rng), y[batch]
        mean, spread = crop.mean((1, 2, 3), keepdim=True), crop.std((1, 2, 3), keepdim=True, unbiased=False)
        logits = net((crop - mean) / (spread + FLOOR))
        known = (wanted >= 0).float()
        loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted.clamp(0, 1) * 0.98 + 0.01, reduction="none")
        # To call a part covered that can be seen is the worse error.
        loss = (loss * known * torch.where(wanted > 0.5, 3.0, 1.0)).sum() / known.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(step, steps, float(loss.detach()), flush=True)
    tensors = {}
    for index, (conv, norm, _) in enumerate(layers, 1):
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = (conv.weight * gain[:, None, None, None]).permute(0, 2, 3, 1)
        tensors[f"conv{index}.weight"] = weight.detach().numpy()
        tensors[f"conv{index}.bias"] = ((conv.bias - norm.running_mean) * gain + norm.bias).detach().numpy()
    tensors |= {"head.weight": head.weight.detach().numpy(), "head.bias": head.bias.detach().numpy() - OFFSETS}
    face_shape.write(out, tensors)


if __name__ == "__main__":
    {"draw": draw, "learn": lambda out, *files: learn(out, files)}[sys.argv[1]](*sys.argv[2:])
