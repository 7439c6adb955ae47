#!/usr/bin/env python3
"""Measures what is left of faces that are hard to see: in the dark, backlit, blurred, badly compressed.

Every face that the element reads in a picture as it is counts; the picture is then made worse in several
ways, and each face is looked for at its place again. Prints one JSON line a condition: faces, how many
are found, how many of those are called usable, and of the usable ones how many have changed their emotion to
another one (`unknown` is none). Needs numpy and opencv-python-headless.

    make eval-hard PICTURES=folder [PYTHON=venv/bin/python]
"""

import argparse
import json
import os
import sys

import cv2
import numpy as np

import element_records

# Pictures are no larger than this, pixels along the longer side.
LARGEST = 1280
SAME_FACE = 0.3  # intersection over union


def linear(picture):
    """Light for the values of a picture (a gamma of 2.2)."""
    return (picture / 255.0) ** 2.2


def shown(light):
    """Values for light."""
    return np.round(255 * np.clip(light, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def darker(picture, stops, rng, gain=False):
    """`stops` fewer of light; with `gain` made as bright again, with the noise that this brings."""
    light = linear(picture) / 2**stops
    # A sensor of 10,000 electrons at full light, with 5 of its own noise.
    electrons = rng.poisson(light * 10_000) + rng.normal(0, 5, light.shape)
    light = electrons / 10_000
    return shown(light * 2**stops) if gain else shown(light)


def backlit(picture, rng):
    """Faces in the shade, all around them in glaring light."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2)).clip(0, 1)
    light = linear(picture) * (0.06 + 1.6 * away**2)[..., None]
    veil = 0.04 * away.mean()
    return shown(light + veil)


def moved(picture, length):
    """Moved sideways by `length` pixels while the shutter was open."""
    return cv2.filter2D(picture, -1, np.full((1, length), 1 / length, np.float32))


def compressed(picture, quality):
    """As a JPEG of this quality."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


CONDITIONS = {
    "as it is": lambda picture, rng: picture,
    "3 stops under": lambda picture, rng: darker(picture, 3, rng),
    "5 stops under": lambda picture, rng: darker(picture, 5, rng),
    "5 stops under, gain": lambda picture, rng: darker(picture, 5, rng, gain=True),
    "7 stops under, gain": lambda picture, rng: darker(picture, 7, rng, gain=True),
    "backlight": backlit,
    "motion blur 15 px": lambda picture, rng: moved(picture, 15),
    "JPEG quality 12": lambda picture, rng: compressed(picture, 12),
    "grey": lambda picture, rng: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
}


def pictures_in(folder):
    """The pictures of a folder, none larger than LARGEST."""
    pictures = []
    for name in sorted(os.listdir(folder)):
        picture = cv2.imread(os.path.join(folder, name)) if name.lower().endswith((".jpg", ".jpeg", ".png")) else None
        if picture is None:
            continue
        scale = min(1.0, LARGEST / max(picture.shape[:2]))
        pictures.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    if not pictures:
        sys.exit(f"{folder} holds no picture that can be read: put JPEG or PNG files into it")
    return pictures


def read(pictures, landmarks=False):
    """The faces that the element reads in each picture, with `landmarks` their mesh as well."""
    # Another size between two pictures: nobody is followed from one to the next.
    blank = np.full((64, 64, 3), 110, np.uint8)
    shown_in_turn = [picture for each in pictures for picture in (each, blank)]
    told = element_records.frames(shown_in_turn, 1, "", "landmarks=2d" if landmarks else "")
    return [frame["objects"] for frame in told[::2]]


def overlap(one, other):
    """Intersection over union of two faces' boxes."""
    boxes = [face["detection"]["bounding_box"] for face in (one, other)]
    sides = []
    for low, high in (("x_min", "x_max"), ("y_min", "y_max")):
        sides.append(max(0, min(box[high] for box in boxes) - max(box[low] for box in boxes)))
    areas = [(box["x_max"] - box["x_min"]) * (box["y_max"] - box["y_min"]) for box in boxes]
    shared = sides[0] * sides[1]
    return shared / (sum(areas) - shared)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", help="a folder of JPEG and PNG files")
    folder = parser.parse_args().pictures
    pictures = pictures_in(folder)
    expected = None
    for condition, degrade in CONDITIONS.items():
        rng = np.random.default_rng(1)
        found = read([degrade(picture, rng) for picture in pictures])
        expected = expected or found
        pairs = []
        for wanted, faces in zip(expected, found):
            for face in wanted:
                best = max(faces, key=lambda other: overlap(face, other), default=None)
                if best is not None and overlap(face, best) >= SAME_FACE:
                    pairs.append((face, best))
        usable = [(face, other) for face, other in pairs if other["quality"]["usable"]]

        def turned(face, other):
            labels = (face["emotion"], other["emotion"])
            return "unknown" not in labels and labels[0] != labels[1]

        changed = sum(turned(face, other) for face, other in usable)
        faces = sum(len(wanted) for wanted in expected)
        false = sum(len(faces) for faces in found) - len(pairs)
        line = {"condition": condition, "faces": faces, "found": len(pairs), "usable": len(usable)}
        print(json.dumps({**line, "changed": changed, "elsewhere": false}), flush=True)


if __name__ == "__main__":
    main()
