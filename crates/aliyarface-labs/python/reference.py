"""What a user would write today in Python, timed: MediaPipe's FaceLandmarker and a PyTorch ResNet-18.

    reference.py --frames raw.rgb --size 640x360 --task face_landmarker.task --mesh mesh.tflite --weights net.safetensors

Started by `make bench-reference`, which says over standard input what to run and reads from standard
output how long it took: `reference FRAMES` the two nets on that many frames, `mesh RUNS` the mesh
file alone in LiteRT's own interpreter. Every answer is one line of JSON.
"""

import argparse
import json
import statistics
import sys
import time

import cv2
import mediapipe as mp
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from emotion_int8 import MEAN, SEEN, SPREAD, load
from mediapipe.tasks.python import BaseOptions, vision

TRIAL = 15


class Reference:
    """One face, followed by MediaPipe in its video mode; its emotion on every frame."""

    def __init__(self, task, weights):
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=task),
            running_mode=vision.RunningMode.VIDEO,
            num_faces=1,
            output_face_blendshapes=True,
        )
        self.landmarker = vision.FaceLandmarker.create_from_options(options)
        self.net = load(weights)
        self.time = 0

    def read(self, frame):
        """Blendshapes and emotion of the face in an RGB frame; None where there is none."""
        self.time += 33
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame)
        found = self.landmarker.detect_for_video(image, self.time)
        if not found.face_landmarks:
            return None
        height, width, _ = frame.shape
        points = np.array([(point.x, point.y) for point in found.face_landmarks[0]]) * (width, height)
        left, top = points.min(axis=0).clip(0).astype(int)
        right, bottom = points.max(axis=0).astype(int) + 1
        face = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
        face = cv2.resize(face, (SEEN, SEEN), interpolation=cv2.INTER_AREA)
        grey = (torch.from_numpy(face).float() / 255 - MEAN) / SPREAD
        with torch.inference_mode():
            emotions = self.net(grey.expand(1, 3, SEEN, SEEN)).softmax(dim=1)
        return found.face_blendshapes[0], emotions


def in_turn(frames, count):
    """Forwards and backwards through the frames, as the element sees them."""
    around = max(1, 2 * len(frames) - 2)
    for index in range(count):
        place = index % around
        yield frames[place if place < len(frames) else around - place]


def run_reference(reference, frames, count):
    found = 0
    start = time.perf_counter()
    for frame in in_turn(frames, count):
        found += reference.read(frame) is not None
    return {"seconds": time.perf_counter() - start, "found": found}


def settle_threads(reference, frames):
    """One thread of PyTorch or, as it would have by itself, one a processor: whichever is faster here."""
    own = torch.get_num_threads()
    spent = {}
    for threads in (1, own):
        torch.set_num_threads(threads)
        run_reference(reference, frames, TRIAL)
        spent[threads] = run_reference(reference, frames, TRIAL)["seconds"]
    torch.set_num_threads(min(spent, key=spent.get))


def run_mesh(interpreter, runs):
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        interpreter.invoke()
        spent.append(time.perf_counter() - start)
    return {"median_ms": statistics.median(spent) * 1e3}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("frames", "size", "task", "mesh", "weights"):
        parser.add_argument(f"--{name}", required=True)
    chosen = parser.parse_args()
    width, height = map(int, chosen.size.split("x"))
    frames = list(np.fromfile(chosen.frames, np.uint8).reshape(-1, height, width, 3))
    reference = Reference(chosen.task, chosen.weights)
    interpreter = Interpreter(chosen.mesh, num_threads=1)
    interpreter.allocate_tensors()
    noise = np.random.default_rng(1).random((1, 256, 256, 3), np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], noise)
    settle_threads(reference, frames)
    print(json.dumps({"torch_threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        task, count = line.split()
        answer = {
            "reference": lambda n: run_reference(reference, frames, n),
            "mesh": lambda n: run_mesh(interpreter, n),
        }[task](int(count))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
