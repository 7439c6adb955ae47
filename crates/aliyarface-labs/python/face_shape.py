#!/usr/bin/env python3
"""Learns which part of a mesh's shape is a person's own: models/face_shape.safetensors.

    python face_shape.py au_renders.npz models/face_shape.safetensors

320 rendered heads in ten poses and expressions each, as the mesh net reads them (`au_renders.npz`), are brought into
the canonical face's frame as `head_pose::Fit` does it; linear discriminant analysis finds the directions in which
people differ more than their own expressions and poses do. Needs numpy.
"""

import json
import re
import struct
import sys

import numpy as np

STEP = 3  # every third of the 468 points
COMPONENTS, DIRECTIONS, RIDGE = 80, 30, 0.02
DEPTH_GAIN = 0.8


def canonical_points(source="src/analysis/head_pose/canonical.rs"):
    with open(source, encoding="utf-8") as text:
        found = re.findall(r"\((\d+), \[([-\d.]+), ([-\d.]+), ([-\d.]+)\]\)", text.read())
    return np.array([int(point[0]) for point in found]), np.array([[float(v) for v in point[1:]] for point in found])


def descriptors(meshes):
    """N x 468 numbers of N x 478 x 3 mesh points in pixels."""
    indices, canon = canonical_points()
    camera = meshes.astype(np.float64) * [1, -1, -DEPTH_GAIN]
    centre = camera[:, indices].mean(1, keepdims=True)
    fixed = canon - canon.mean(0)
    left, _, right = np.linalg.svd(np.einsum("ki,nkj->nij", fixed, camera[:, indices] - centre))
    sign = np.sign(np.linalg.det(left @ right))
    left[:, :, 2] *= sign[:, None]
    rotation = left @ right  # of canonical rows into camera rows
    turned = np.einsum("ki,nij->nkj", fixed, rotation)
    scale = (turned * (camera[:, indices] - centre)).sum((1, 2)) / (fixed**2).sum()
    points = np.einsum("nkj,nij->nki", camera - centre, rotation) / scale[:, None, None] + canon.mean(0)
    return points[:, : 468 : STEP].reshape(len(meshes), -1)


def learn(numbers, identity):
    """Mean, and directions as rows."""
    mean = numbers.mean(0)
    _, _, components = np.linalg.svd(numbers - mean, full_matrices=False)
    components = components[:COMPONENTS].T
    reduced = (numbers - mean) @ components
    people = np.unique(identity)
    own = [reduced[identity == person] for person in people]
    within = sum((each - each.mean(0)).T @ (each - each.mean(0)) for each in own) / (len(reduced) - len(people))
    within += RIDGE * np.trace(within) / COMPONENTS * np.eye(COMPONENTS)
    values, vectors = np.linalg.eigh(within)
    whitened = vectors / np.sqrt(values)
    between = np.cov(np.array([each.mean(0) for each in own]).T)
    values, vectors = np.linalg.eigh(whitened.T @ between @ whitened)
    return mean, (components @ whitened @ vectors[:, np.argsort(-values)[:DIRECTIONS]]).T


def write(path, arrays):
    header, blob = {}, b""
    for name, values in arrays.items():
        values = np.ascontiguousarray(values, "<f4")
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(blob), len(blob) + values.nbytes]}
        blob += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + blob)


def main():
    renders = np.load(sys.argv[1])
    mean, directions = learn(descriptors(renders["landmarks"]), renders["identity"])
    write(sys.argv[2], {"mean": mean, "directions": directions})


if __name__ == "__main__":
    main()
