#!/usr/bin/env python3
"""Measures how often `remember` gives people their own ids back, gives them another's, or a new one.

The pictures are portraits, two or more a person, named PERSON_anything.jpg. The first of each person is shown for some
frames, everybody one after the other with empty frames between, so that each has left before the next comes; then
the second of each, in the same order. Prints one JSON line: people, how many came back as themselves, as somebody
else and as somebody new; and of a second run in which nobody comes back (half of the people are shown first, the
other half then), how many were taken for one of the first. Needs numpy and opencv-python-headless.

    make eval-remember PICTURES=folder [PYTHON=venv/bin/python]
"""

import argparse
import json
import os
import sys

import cv2
import numpy as np

import element_records

SIDE = 480
SHOWN, EMPTY, FPS = 4, 5, 2  # frames, and frames a second: empty for two and a half seconds


def ids(pictures):
    """The id on the last frame of each picture; None where no face was found."""
    blank = np.full((SIDE, SIDE, 3), 110, np.uint8)
    shown = [frame for picture in pictures for frame in [picture] * SHOWN + [blank] * EMPTY]
    frames = element_records.frames(shown, FPS, "remember=86400 emotions=false")
    seen = [frames[place * (SHOWN + EMPTY) + SHOWN - 1]["objects"] for place in range(len(pictures))]
    return [faces[0]["id"] if len(faces) == 1 else None for faces in seen]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", help="a folder of portraits named PERSON_anything.jpg")
    folder = parser.parse_args().pictures
    people = {}
    for name in sorted(os.listdir(folder)):
        picture = cv2.imread(os.path.join(folder, name))
        if picture is not None:
            people.setdefault(name.split("_")[0], []).append(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    pairs = [pictures[:2] for pictures in people.values() if len(pictures) >= 2]
    if not pairs:
        sys.exit(f"{folder} holds no two pictures of one person, named PERSON_anything.jpg")
    given = ids([first for first, _ in pairs] + [second for _, second in pairs])
    line = {"people": 0, "themselves": 0, "another": 0, "new": 0}
    known = given[: len(pairs)]
    for first, second in zip(known, given[len(pairs) :]):
        if first is None or second is None:
            continue
        line["people"] += 1
        line["themselves" if first == second else "another" if second in known else "new"] += 1
    half = len(pairs) // 2
    given = ids([first for first, _ in pairs])
    strangers = [face for face in given[half:] if face is not None]
    line |= {"remembered": half, "strangers": len(strangers), "taken for one remembered": sum(face in given[:half] for face in strangers)}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
