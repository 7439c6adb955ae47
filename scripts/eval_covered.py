#!/usr/bin/env python3
"""Measures whether the element tells which parts of a face are covered.

On every frontal face that it finds in the pictures as they are, masks, dark and mirrored glasses, glare, plain glasses
and beards are drawn, in kinds that the net's training did not see (crates/aliyarface-labs/python/face_covers.py). Prints
one JSON line a style: faces drawn on, how many are still found, and of those for each part how often it was covered
and called so (`told` of `covered`), and how often it could be seen and was called covered (`false` of `free`);
then how many are usable, and how many keep an emotion, change it to another or have none. Needs numpy and
opencv-python-headless.

    make eval-covered PICTURES=folder [PYTHON=venv/bin/python]
"""

import argparse
import json
import os
import sys

import cv2
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "../crates/aliyarface-labs/python")]

import eval_hard  # noqa: E402
import face_covers  # noqa: E402

STYLES = ("as it is", "mask", "dark glasses", "glare", "plain glasses", "beard", "thing", "hat")
ROUNDS = 3


def points(face, picture):
    """The mesh of a face in pixels."""
    flat = np.array(face["landmarks"], float).reshape(-1, 2)
    return flat * picture.shape[1::-1] if flat.max() < 4 else flat


def frontal(face):
    return face["quality"]["usable"] and face["quality"]["size-px"] >= 40 and abs(face["yaw"]) < 25


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", help="a folder of JPEG and PNG files")
    folder = parser.parse_args().pictures
    pictures = eval_hard.pictures_in(folder)
    known = eval_hard.read(pictures, landmarks=True)
    others = [cv2.resize(picture, (320, 240)) for picture in pictures[:3]]
    for style in STYLES:
        rng = np.random.default_rng(7)
        painter = face_covers.Painter(rng, others, kept_apart=True)
        drawn, wanted = [], []
        for _ in range(1 if style == "as it is" else ROUNDS):
            for picture, faces in zip(pictures, known):
                labels, picture = [], picture.astype(np.float32)
                for face in filter(frontal, faces):
                    canvas = face_covers.Face(picture, points(face, picture))
                    if style != "as it is":
                        picture = painter.draw(canvas, style).astype(np.float32)
                    labels.append((face, canvas.labels()))
                drawn.append(picture.astype(np.uint8))
                wanted.append(labels)
        counts = {part: {"covered": 0, "told": 0, "free": 0, "false": 0} for part in face_covers.PARTS}
        line = {"style": style, "faces": sum(map(len, wanted)), "found": 0, "usable": 0}
        line |= {"parts": counts, "same": 0, "changed": 0, "unknown": 0}
        for labels, faces in zip(wanted, eval_hard.read(drawn)):
            for face, label in labels:
                best = max(faces, key=lambda other: eval_hard.overlap(face, other), default=None)
                if best is None or eval_hard.overlap(face, best) < eval_hard.SAME_FACE:
                    continue
                line["found"] += 1
                line["usable"] += best["quality"]["usable"]
                for part, seen in zip(face_covers.PARTS, label):
                    covered = best["quality"]["visible"][part] < 0.5
                    if seen >= 0:
                        counts[part]["free" if seen else "covered"] += 1
                        counts[part]["false" if seen else "told"] += covered
                said, was = best["emotion"], face["emotion"]
                line["unknown" if "unknown" in (said, was) else "same" if said == was else "changed"] += 1
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
