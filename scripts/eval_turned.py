#!/usr/bin/env python3
"""Measures at which angles faces are found.

Roll: the pictures are turned in steps of 15 degrees, and each face that is read in a picture as it is is looked for where
it went; it is read right if its roll is that of the turned head within 15 degrees. Yaw and pitch: each picture of the clips
is shown alone; the angle is the one that the element reads of it in the clip, where the face is followed, so pictures in
which even a followed face is lost do not count. Prints one JSON line a bin. Needs numpy and opencv-python-headless.

    make eval-turned PICTURES=folder [CLIPS=folder] [PYTHON=venv/bin/python]
"""

import argparse
import json
import os
from collections import Counter

import cv2
import numpy as np

import element_records
from eval_hard import pictures_in, read

# Degrees between two turns of a picture.
STEP = 15
# Degrees by which a roll may be off.
RIGHT = 15
# Degrees of a bin of yaw and pitch.
BIN = 15


def turned(picture, degrees):
    """The picture turned counter-clockwise about its middle, on a canvas that holds it, and where its points went."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = int(np.ceil(height * sin + width * cos)), int(np.ceil(height * cos + width * sin))
    turn[:, 2] += np.array(size) / 2 - np.array([width, height]) / 2
    return cv2.warpAffine(picture, turn, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE), turn


def box(face, picture):
    """Left, top, right and bottom in pixels."""
    bounds = face["detection"]["bounding_box"]
    height, width = picture.shape[:2]
    return np.array([bounds["x_min"] * width, bounds["y_min"] * height, bounds["x_max"] * width, bounds["y_max"] * height])


def centre(face, picture):
    corners = box(face, picture)
    return (corners[:2] + corners[2:]) / 2


def rolls(pictures):
    """One line an angle: how many of the faces that are read upright are found, and how many with their roll."""
    upright = read(pictures)
    for degrees in range(-180 + STEP, 180 + STEP, STEP):
        views = [turned(picture, degrees) for picture in pictures]
        seen = read([view for view, _ in views])
        count, found, right = 0, 0, 0
        for picture, faces, (view, turn), others in zip(pictures, upright, views, seen):
            for face in faces:
                count += 1
                corners = box(face, picture)
                place = turn @ np.append(centre(face, picture), 1)
                near = 0.3 * (corners[3] - corners[1])
                here = [other for other in others if np.linalg.norm(centre(other, view) - place) < near]
                found += bool(here)
                wanted = face["roll"] + degrees
                right += any(abs((other["roll"] - wanted + 180) % 360 - 180) <= RIGHT for other in here)
        print(json.dumps({"roll": degrees, "faces": count, "found": found, "right": right}), flush=True)


def clip(path):
    """The pictures of a clip."""
    film, pictures = cv2.VideoCapture(path), []
    while True:
        there, picture = film.read()
        if not there:
            return pictures
        pictures.append(picture)


def angles(folder):
    """One line a bin of yaw or pitch: faces followed in the clips, and how many of them are found in their picture alone."""
    followed, alone = Counter(), Counter()
    for name in sorted(os.listdir(folder)):
        pictures = clip(os.path.join(folder, name))
        if not pictures:
            continue
        told = element_records.frames(pictures, 30, "")
        for picture, frame, others in zip(pictures, told, read(pictures)):
            for face in frame["objects"]:
                near = 0.3 * (box(face, picture)[3] - box(face, picture)[1])
                found = any(np.linalg.norm(centre(other, picture) - centre(face, picture)) < near for other in others)
                for angle in ("yaw", "pitch"):
                    place = angle, int(np.floor(abs(face[angle]) / BIN)) * BIN
                    followed[place] += 1
                    alone[place] += found
    for angle, least in sorted(followed):
        place = angle, least
        line = {angle: [least, least + BIN], "faces": followed[place], "found": alone[place]}
        print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", help="a folder of JPEG and PNG files")
    parser.add_argument("--clips", help="a folder of clips")
    options = parser.parse_args()
    rolls(pictures_in(options.pictures))
    if options.clips:
        angles(options.clips)


if __name__ == "__main__":
    main()
