#!/usr/bin/env python3
"""Counts faces that leave aliyarface uncovered, as a detector of another make sees them.

Makes clips of the samples in which faces enter, leave, are cut to, turn, blur and shrink, passes them
through `aliyarface anonymize=...` and looks for faces in what comes out with OpenCV's Haar cascades
(frontal and profile). A face is bare where a cascade finds it in the original, at the place where the
clip has one, and more than half of its middle leaves unchanged. Prints one JSON line a clip.

    make eval-privacy            in a virtual environment with "opencv-python-headless<5" (5 has no cascades)
    scripts/bare_faces.py --samples DIR [--mode blur] [--analysis sync] [--clip NAME ...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 640, 480, 30
# Detections a cascade must agree on: high, so that what it calls a face is one.
NEIGHBOURS = 6


def frames_of(path, count, size=(WIDTH, HEIGHT)):
    """The first `count` frames of a video, or a picture as often, letterboxed to `size`."""
    width, height = size
    if path.lower().endswith((".jpg", ".png")):
        pictures = [cv2.imread(path)] * count
    else:
        video, pictures = cv2.VideoCapture(path), []
        while len(pictures) < count:
            read, picture = video.read()
            if not read:
                break
            pictures.append(picture)
        pictures += [pictures[-1]] * (count - len(pictures))
    fitted = []
    for picture in pictures:
        scale = min(width / picture.shape[1], height / picture.shape[0])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        frame = np.full((height, width, 3), 90, np.uint8)
        top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
        frame[top : top + small.shape[0], left : left + small.shape[1]] = small
        fitted.append(frame)
    return fitted


def paste(frame, picture, left, top):
    """`frame` with `picture` on it; what lies beyond the edges is cut off."""
    frame = frame.copy()
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, WIDTH), min(top + height, HEIGHT)
    if x1 > x0 and y1 > y0:
        frame[y0:y1, x0:x1] = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    return frame


def head(samples, name, box, side):
    """The head in `box` (x, y, side) of a picture, `side` pixels large."""
    picture = cv2.imread(os.path.join(samples, name))
    x, y, extent = box
    return cv2.resize(picture[y : y + extent, x : x + extent], (side, side), interpolation=cv2.INTER_AREA)


def blurred(frame, length):
    """As a camera sees what moves sideways by `length` pixels while its shutter is open."""
    return cv2.filter2D(frame, -1, np.full((1, length), 1 / length, np.float32))


def clips(samples):
    """Name and frames of each clip, and the frames to be looked at."""
    person = frames_of(os.path.join(samples, "single_face.mp4"), 240)
    person, people = person[:90], person
    other = frames_of(os.path.join(samples, "WolfgangLanger_Pexels.mp4"), 240)
    group = frames_of(os.path.join(samples, "multi_face.jpg"), 1)[0]
    portrait = frames_of(os.path.join(samples, "grace_hopper.jpg"), 1)[0]
    empty = np.full_like(group, 90)
    astronaut = head(samples, "astronaut.png", (120, 0, 230), 170)
    small = head(samples, "astronaut.png", (120, 0, 230), 84)

    for phase in range(0, 10, 3):
        start = 40 + phase
        yield f"appears-{phase}", [
            paste(frame, astronaut, 440, 20) if at >= start else frame for at, frame in enumerate(person[:60])
        ], range(start - 1, start + 11)
    for phase in range(1, 10, 4):
        start = 40 + phase
        yield f"walks-in-{phase}", [
            paste(frame, astronaut, max(WIDTH - 12 * (at - start), 440), 40) if at >= start else frame
            for at, frame in enumerate(person[:65])
        ], range(start - 1, 65)
    shots = [people, other, [portrait] * 240, [group] * 240]
    yield "cuts", [shots[at // 15 % 4][at] for at in range(240)], sorted({at for cut in range(0, 240, 15) for at in range(cut, cut + 3)})
    yield "cuts-from-nobody", [empty if at // 10 % 2 == 0 else portrait for at in range(90)], range(90)
    yield "first-frame-only", [portrait] + [empty] * 20, range(2)
    yield "last-frame-only", [empty] * 20 + [portrait], range(18, 21)
    yield "moves-and-blurs", [
        blurred(paste(empty, astronaut, 30 + 14 * (at % 30), 120), 3 + 2 * (at % 12)) for at in range(90)
    ], range(90)
    yield "small", [paste(frame, small, 520 - at, 10) if at > 12 else frame for at, frame in enumerate(person)], range(0, 90, 3)
    yield "dark", [(frame * 0.15).astype(np.uint8) for frame in person], range(0, 90, 5)
    yield "hand-over-face", other, range(0, 240, 4)


def turning(folder):
    """Clips of people who turn their heads, where there are any."""
    for name in sorted(os.listdir(folder)):
        if name.endswith((".mp4", ".gif")):
            yield f"turns-{name[:-4]}", frames_of(os.path.join(folder, name), 200), range(0, 200, 3)


def launch(frames, element, queue=""):
    """What comes out of `element` for `frames`."""
    with tempfile.TemporaryDirectory() as folder:
        source, sink = os.path.join(folder, "in"), os.path.join(folder, "out")
        with open(source, "wb") as file:
            file.writelines(frame.tobytes() for frame in frames)
        subprocess.run(
            f"gst-launch-1.0 -q filesrc location={source} ! rawvideoparse format=bgr width={WIDTH} "
            f"height={HEIGHT} framerate={RATE}/1 {queue} ! {element} ! filesink location={sink}",
            shell=True,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        data = np.fromfile(sink, np.uint8)
    return list(data.reshape(-1, HEIGHT, WIDTH, 3))


class Cascades:
    """Frontal and profile faces, by OpenCV's cascades."""

    def __init__(self):
        def load(name):
            return cv2.CascadeClassifier(cv2.data.haarcascades + name)

        self.frontal = [load("haarcascade_frontalface_default.xml"), load("haarcascade_frontalface_alt2.xml")]
        self.profile = load("haarcascade_profileface.xml")

    def find(self, frame):
        grey = cv2.equalizeHist(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))

        def look(cascade, picture):
            return list(cascade.detectMultiScale(picture, 1.1, NEIGHBOURS, minSize=(36, 36)))

        boxes = [box for cascade in self.frontal for box in look(cascade, grey)]
        boxes += look(self.profile, grey)
        boxes += [(WIDTH - x - w, y, w, h) for x, y, w, h in look(self.profile, grey[:, ::-1].copy())]
        return [tuple(int(value) for value in box) for box in boxes]


def uncovered(before, after, box):
    """Part of the middle of `box` that left as it came."""
    x, y, width, height = box
    rows, columns = slice(y + height // 5, y + height * 4 // 5), slice(x + width // 5, x + width * 4 // 5)
    apart = np.abs(before[rows, columns].astype(int) - after[rows, columns].astype(int)).max(axis=2)
    return float((apart == 0).mean())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", required=True)
    parser.add_argument("--turning", help="a folder of clips in which heads turn")
    parser.add_argument("--mode", default="pixelate")
    parser.add_argument("--analysis", default="sync")
    parser.add_argument("--clip", nargs="*")
    parser.add_argument("--keep", help="a folder for pictures of bare faces")
    arguments = parser.parse_args()
    cascades, total = Cascades(), 0
    element = f"aliyarface anonymize={arguments.mode} analysis-mode={arguments.analysis}"
    queue = "! identity sync=true" if arguments.analysis == "async" else ""
    material = list(clips(arguments.samples)) + (list(turning(arguments.turning)) if arguments.turning else [])
    for name, frames, looked_at in material:
        if arguments.clip and not any(name.startswith(wanted) for wanted in arguments.clip):
            continue
        shown = launch(frames, element, queue)
        assert len(shown) == len(frames), (name, len(shown), len(frames))
        seen, bare = 0, []
        for at in looked_at:
            before, after = frames[at], shown[at]
            for box in cascades.find(before):
                seen += 1
                part = uncovered(before, after, box)
                if part > 0.5:
                    bare.append((at, box, round(part, 2)))
                    if arguments.keep:
                        x, y, w, h = box
                        pair = np.hstack([before, after])
                        for shift in (0, WIDTH):
                            cv2.rectangle(pair, (x + shift, y), (x + shift + w, y + h), (0, 255, 0), 1)
                        cv2.imwrite(os.path.join(arguments.keep, f"{name}-{at}.jpg"), pair)
        whole = sum(bool((b != a).any(axis=2).mean() > 0.9) for b, a in zip(frames, shown))
        total += len(bare)
        print(json.dumps({"clip": name, "frames": len(frames), "faces": seen, "bare": len(bare),
                          "covered_whole": whole, "where": bare[:6]}), flush=True)
    print(json.dumps({"clip": "all", "bare": total}))
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
