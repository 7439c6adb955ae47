#!/usr/bin/env python3
"""Draws what covers faces and learns which parts of a face can be seen: models/face_parts.safetensors.

Faces without anything before them get masks, dark and mirrored glasses, plain glasses (which cover nothing),
beards (neither), hands and other things drawn over them, at places that their mesh gives. Each covered picture is
then read by the element's own mesh and aligned as the element would, by the program `face_crops`; a small
convolutional net learns which of brows, eyes, nose and mouth can be seen in the aligned crop. See
models/face_parts.md. Needs numpy, opencv-python-headless and torch.
"""

import argparse
import json
import os
import struct
import subprocess

import cv2
import numpy as np

PARTS = ("brows", "eyes", "nose", "mouth")
SIDE = 64  # of the aligned crop
# A part of which more than this is covered cannot be seen, and less than this can.
COVERED, FREE = 0.6, 0.3

JAW = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
EYES = (
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
)
BROWS = ([70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276])
NOSE = [6, 351, 420, 279, 358, 327, 326, 2, 97, 98, 129, 49, 198, 122]
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176]
OVAL += [149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]


class Face:
    """A picture (H x W x 3, 0..255 float) that is drawn upon, and what of it is covered so far."""

    def __init__(self, picture, points):
        self.picture = picture.astype(np.float32).copy()
        self.points = points
        self.covered = np.zeros(picture.shape[:2], np.float32)
        eyes = points[[33, 263]]
        self.eye = float(np.linalg.norm(eyes[1] - eyes[0]))
        self.across = (eyes[1] - eyes[0]) / self.eye
        self.down = np.array([-self.across[1], self.across[0]])

    def at(self, origin, right, down):
        """The point `right` and `down` (in eye distances) of `origin`."""
        return origin + self.eye * (right * self.across + down * self.down)

    def mask_of(self, polygon, soft=0.0):
        mask = np.zeros(self.covered.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(np.asarray(polygon) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        mask = mask.astype(np.float32) / 255
        return cv2.GaussianBlur(mask, (0, 0), soft * self.eye) if soft > 0 else mask

    def paint(self, mask, fill, opacity=1.0, covers=True):
        alpha = (mask * opacity)[..., None]
        self.picture = self.picture * (1 - alpha) + fill * alpha
        if covers:
            self.covered = np.maximum(self.covered, mask * opacity)

    def labels(self):
        """1 seen, 0 covered, -1 between the two, of each part."""
        shares = {}
        for name, outlines in (("brows", BROWS), ("eyes", EYES), ("nose", (NOSE,)), ("mouth", (LIPS,))):
            of = [self.mask_of(self.points[outline]) for outline in outlines]
            of = [float((self.covered * part).sum() / max(part.sum(), 1)) for part in of]
            shares[name] = sum(of) / len(of)
        shares = [shares[part] for part in PARTS]
        return [0 if share > COVERED else 1 if share < FREE else -1 for share in shares]


class Painter:
    """Draws at random."""

    def __init__(self, rng, others, kept_apart=False):
        self.rng, self.others, self.kept_apart = rng, others, kept_apart

    def uniform(self, low, high):
        return float(self.rng.uniform(low, high))

    def chance(self, share):
        return self.rng.random() < share

    def colour(self):
        if self.chance(0.4):  # greys, more of the dark and the light
            return np.full(3, self.rng.choice([self.uniform(0, 60), self.uniform(190, 255), self.uniform(0, 255)]))
        return self.rng.uniform(0, 255, 3)

    def cloth(self, face):
        """A surface as large as the picture: plain, shaded, pleated, striped, dotted, printed or part of a picture."""
        height, width = face.covered.shape
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / face.eye
        turn = self.uniform(-0.3, 0.3)
        y, x = y + turn * x, x - turn * y
        fill = np.ones((height, width, 3), np.float32) * self.colour()
        # Held-out kinds are 4 to 6: dots, chequers and folds, of which training sees none.
        kind = self.rng.integers(4, 7) if self.kept_apart else self.rng.integers(0, 5) % 4
        wave = self.uniform(4, 30)
        if kind == 1:  # pleats across
            fill = fill * (1 + self.uniform(0.05, 0.35) * np.sign(np.sin(y * self.uniform(8, 25)))[..., None])
        elif kind == 2:  # stripes
            stripe = (np.sin((x if self.chance(0.5) else y) * wave) > self.uniform(-0.5, 0.7))[..., None]
            fill = np.where(stripe, fill, np.ones(3) * self.colour())
        elif kind == 3:  # a piece of another picture
            fill = self.piece(height, width)
        elif kind == 4:
            fill = np.where((np.sin(x * wave) * np.sin(y * wave) > 0.4)[..., None], np.ones(3) * self.colour(), fill)
        elif kind == 5:
            fill = np.where((np.sin(x * wave) * np.sin(y * wave) > 0)[..., None], np.ones(3) * self.colour(), fill)
        elif kind == 6:
            folds = np.sin(x * self.uniform(3, 9) + 2 * np.sin(y * self.uniform(2, 6)))
            fill = fill * (1 + self.uniform(0.1, 0.4) * folds)[..., None]
        centre = face.points[1]
        if self.chance(0.7):  # it bends away to the sides
            aside = (np.arange(width) - centre[0])[None, :] / face.eye
            fill = fill * (1 - self.uniform(0, 0.5) * np.clip(np.abs(aside), 0, 1) ** 2)[..., None]
        if self.chance(0.5):  # light from one side
            fill = fill * (1 + self.uniform(-0.4, 0.4) * (x - x.mean()))[..., None]
        fill = fill + self.rng.normal(0, self.uniform(0, 10), (height, width, 1))
        return np.clip(fill, 0, 255)

    def piece(self, height, width):
        other = self.others[self.rng.integers(len(self.others))]
        size = max(8, int(min(other.shape[:2]) * self.uniform(0.15, 0.9)))
        top, left = (self.rng.integers(0, side - size + 1) for side in other.shape[:2])
        piece = cv2.resize(other[top : top + size, left : left + size], (width, height))
        return piece[..., None].repeat(3, 2).astype(np.float32) if piece.ndim == 2 else piece.astype(np.float32)

    def grown(self, face, polygon, origin, by):
        polygon = np.asarray(polygon, np.float32)
        out = origin + (polygon - origin) * (1 + by)
        return out + self.rng.normal(0, 0.008 * face.eye, out.shape)

    def mask(self, face):
        """A mask over mouth and nose; at times below the nose, or down at the chin (which hides nothing)."""
        points, jaw = face.points, face.points[JAW]
        place = self.rng.choice(3, p=[0.8, 0.13, 0.07])
        bridge = face.at(points[6], 0, self.uniform(0.02, 0.32)) if place == 0 else points[2]
        if place == 2:
            bridge = face.at(points[17], 0, self.uniform(0.06, 0.2))
        cut = self.rng.integers(0, 4) if place < 2 else 4
        jaw = jaw[cut : len(jaw) - cut]
        low = self.uniform(0.0, 0.25)
        centre = points[17]
        jaw = np.array([point + (point - centre) * low for point in jaw])
        left, right = jaw[0], jaw[-1]
        top = [right * 0.66 + bridge * 0.34 + face.down * face.eye * self.uniform(-0.06, 0.12)]
        if self.chance(0.7):
            top += [face.at(bridge, 0.13, 0.1), bridge, face.at(bridge, -0.13, 0.1)]
        else:
            top += [bridge]
        top += [left * 0.66 + bridge * 0.34 + face.down * face.eye * self.uniform(-0.06, 0.12)]
        polygon = np.array(list(jaw) + top)
        shape = face.mask_of(polygon, self.uniform(0, 0.03))
        face.paint(shape, self.cloth(face), self.uniform(0.9, 1))
        if self.chance(0.5):  # its edge
            edge = (face.mask_of(self.grown(face, polygon, centre, 0.02)) - face.mask_of(polygon * 0.97 + centre * 0.03)).clip(0, 1)
            face.paint(edge, np.ones(3) * self.colour(), self.uniform(0.2, 0.9))
        if self.chance(0.5):  # its bands
            for end, ear in ((left, 234), (right, 454)):
                self.line(face, end, face.at(points[ear], 0, self.uniform(-0.4, 0.2)), self.colour())
        if self.chance(0.3):  # a ridge down its middle
            self.line(face, bridge, points[152], self.colour(), 0.5)

    def line(self, face, start, end, colour, opacity=1.0, width=None):
        mask = np.zeros(face.covered.shape, np.uint8)
        thick = max(1, round(face.eye * (width or self.uniform(0.01, 0.04))))
        cv2.line(mask, *(tuple(int(round(v * 16)) for v in point) for point in (start, end)), 255, thick, cv2.LINE_AA, 4)
        face.paint(mask.astype(np.float32) / 255, np.ones(3) * colour, opacity, covers=False)

    def lenses(self, face):
        """The outlines of two lenses, or of one visor."""
        eyes = [face.points[list(eye)].mean(0) for eye in EYES]
        half = [self.uniform(0.26, 0.42), self.uniform(0.14, 0.36)]
        drop = self.uniform(-0.03, 0.1)
        power = self.uniform(1.6, 5)
        slant, taper = self.uniform(-0.15, 0.25), self.uniform(-0.1, 0.3)
        if self.chance(0.12):
            middle = (eyes[0] + eyes[1]) / 2
            return [self.outline(face, middle, [self.uniform(0.62, 0.8), half[1] + 0.05], drop, power, 0, 0, 1)]
        return [self.outline(face, eye, half, drop, power, slant, taper, side) for eye, side in zip(eyes, (-1, 1))]

    def outline(self, face, centre, half, drop, power, slant, taper, side):
        outline = []
        for angle in np.linspace(0, 2 * np.pi, 48, endpoint=False):
            c, s = np.cos(angle), np.sin(angle)
            x = np.sign(c) * abs(c) ** (2 / power) * half[0]
            y = np.sign(s) * abs(s) ** (2 / power) * half[1]
            x *= 1 - taper * max(y / half[1], 0)
            outline.append(face.at(centre, x + 0.02 * side, y + drop - slant * x * side * 0.5))
        return np.array(outline)

    def frame(self, face, lenses, covers=True):
        colour = self.colour()
        thick = max(1, round(face.eye * self.uniform(0.008, 0.07)))
        mask = np.zeros(face.covered.shape, np.uint8)
        outlines = [np.round(lens * 16).astype(np.int32) for lens in lenses]
        cv2.polylines(mask, outlines, True, 255, thick, cv2.LINE_AA, 4)
        face.paint(mask.astype(np.float32) / 255, np.ones(3) * colour, 1.0, covers)
        width = thick / face.eye
        if len(lenses) == 2:
            high = self.uniform(-0.06, 0.02)
            inner = [lenses[0][np.argmax((lenses[0] - face.points[6]) @ face.across)]]
            inner += [lenses[1][np.argmin((lenses[1] - face.points[6]) @ face.across)]]
            self.line(face, *(face.at(point, 0, high) for point in inner), colour, 1, width)
        if self.chance(0.8):
            outer = [lenses[0][np.argmin((lenses[0] - face.points[6]) @ face.across)]]
            outer += [lenses[-1][np.argmax((lenses[-1] - face.points[6]) @ face.across)]]
            for end, ear in zip(outer, (234, 454)):
                self.line(face, end, face.at(face.points[ear], 0, self.uniform(-0.3, -0.1)), colour, 1, width)

    def dark_glasses(self, face):
        lenses = self.lenses(face)
        mask = sum(face.mask_of(lens) for lens in lenses).clip(0, 1)
        height, width = mask.shape
        y = np.mgrid[0:height, 0:width][0].astype(np.float32)[..., None]
        y = (y - face.points[6][1]) / face.eye
        kind = self.rng.integers(0, 3) if not self.kept_apart else 2 + self.rng.integers(0, 2)
        tint = self.rng.uniform(0, 60, 3) if self.chance(0.8) else self.rng.uniform(0, 110, 3)
        if kind == 0:
            fill = np.ones((height, width, 3)) * tint
        elif kind == 1:  # lighter below
            fill = tint + (self.uniform(0, 90) * (y + 0.3)).clip(0, 90)
        elif kind == 2:  # a mirror: what lies before the face
            fill = self.piece(height, width) * self.uniform(0.4, 1.0) + self.uniform(0, 40)
        else:  # a coloured mirror, bright above
            fill = self.rng.uniform(40, 230, 3) + self.uniform(-160, 160) * y
        face.paint(mask, np.clip(fill, 0, 255), self.uniform(0.88, 1))
        if self.chance(0.6):
            self.glare(face, mask, self.uniform(0.2, 0.9), 0.35)
        if self.chance(0.85):
            self.frame(face, lenses)

    def glare(self, face, mask, opacity, part, covers=False):
        """Bright streaks or patches on lenses."""
        for eye in EYES:
            centre = face.points[list(eye)].mean(0)
            turn, wide = self.uniform(-0.6, 0.6), self.uniform(0.05, part) * 0.5
            away = self.uniform(-0.2, 0.2)
            streak = [face.at(centre, away + turn * s - w, s) for s, w in ((-0.4, wide), (0.4, wide), (0.4, -wide), (-0.4, -wide))]
            face.paint(face.mask_of(streak, 0.01) * mask, np.ones(3) * self.uniform(170, 255), opacity, covers)

    def bright_glare(self, face):
        """Glasses whose lenses mirror a window or lamp so that the eyes are not seen."""
        lenses = self.lenses(face)
        mask = sum(face.mask_of(lens) for lens in lenses).clip(0, 1)
        light = self.uniform(150, 255)
        fill = np.ones(face.picture.shape) * light
        if self.chance(0.6):
            fill = fill * 0.6 + self.piece(*mask.shape) * 0.4
        face.paint(mask, fill, self.uniform(0.85, 1))
        self.frame(face, lenses)

    def plain_glasses(self, face):
        """Glasses through which the eyes are seen, at most a little tinted or with a spot of light."""
        lenses = self.lenses(face)
        mask = sum(face.mask_of(lens) for lens in lenses).clip(0, 1)
        face.paint(mask, np.ones(3) * self.colour(), self.uniform(0, 0.3) if self.chance(0.5) else 0.0, covers=False)
        if self.chance(0.5):
            self.glare(face, mask, self.uniform(0.1, 0.8), 0.1)
        self.frame(face, lenses, covers=False)

    def beard(self, face):
        """Hair around the mouth: it covers no part that is read."""
        points = face.points
        height, width = face.covered.shape
        lower = np.array(list(points[JAW[2:-2]]) + [points[425], points[2], points[205]])
        mask = face.mask_of(lower, 0.05) * (1 - face.mask_of(self.grown(face, points[LIPS], points[13], self.uniform(-0.1, 0.2)), 0.02))
        hair = self.rng.normal(0, 1, (height, width)).astype(np.float32)
        hair = cv2.GaussianBlur(hair, (0, 0), 0.01 * face.eye + 0.4)
        tone = self.uniform(5, 120)
        fill = tone + hair[..., None] * self.uniform(10, 60)
        face.paint(mask, np.clip(fill, 0, 255) * np.ones(3), self.uniform(0.3, 0.9), covers=False)

    def thing(self, face):
        """A hand, a cup, a phone, hair: a blob or fingers somewhere on the face."""
        part = [EYES[0] + EYES[1], BROWS[0] + BROWS[1], NOSE, LIPS, LIPS, LIPS + NOSE][self.rng.integers(0, 6)]
        centre = face.at(face.points[part].mean(0), self.uniform(-0.25, 0.25), self.uniform(-0.15, 0.15))
        if self.chance(0.5):
            outline = self.outline(face, centre, [self.uniform(0.2, 0.75), self.uniform(0.15, 0.6)], 0, self.uniform(1.5, 6), self.uniform(-0.4, 0.4), self.uniform(-0.3, 0.3), 1)
            face.paint(face.mask_of(outline, self.uniform(0, 0.02)), self.surface(face), 1.0)
            return
        turn, wide = self.uniform(-0.9, 0.9), self.uniform(0.09, 0.15)
        count, long = self.rng.integers(2, 6), self.uniform(0.5, 1.2)
        fill = self.surface(face)
        for finger in range(count):
            aside = (finger - (count - 1) / 2) * wide * self.uniform(1.7, 2.3)
            ends = [face.at(centre, aside * np.cos(turn) - s * np.sin(turn) * long, aside * np.sin(turn) + s * np.cos(turn) * long) for s in (-0.5, 0.5)]
            mask = np.zeros(face.covered.shape, np.uint8)
            cv2.line(mask, *(tuple(int(round(v * 16)) for v in end) for end in ends), 255, max(1, round(2 * wide * face.eye)), cv2.LINE_AA, 4)
            mask = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.01 * face.eye + 0.3)
            shade = cv2.GaussianBlur(mask, (0, 0), 0.05 * face.eye) ** self.uniform(0.2, 1)
            face.paint(mask, fill * (0.6 + 0.4 * shade[..., None]), 1.0)

    def surface(self, face):
        """Skin like the face's own, or anything."""
        if self.chance(0.5):
            cheeks = face.points[[50, 280, 101, 330]]
            at = np.clip(np.round(cheeks).astype(int), 0, np.array(face.covered.shape[::-1]) - 1)
            tone = face.picture[at[:, 1], at[:, 0]].mean(0) * self.uniform(0.7, 1.2)
            grain = cv2.GaussianBlur(self.rng.normal(0, 1, face.covered.shape).astype(np.float32), (0, 0), 0.05 * face.eye)
            return np.clip(np.ones(face.picture.shape) * tone + grain[..., None] * self.uniform(0, 60), 0, 255)
        return self.cloth(face)

    def hat(self, face):
        """Hat, helmet or fringe: the brows are hidden where it comes down to the eyes."""
        low = self.uniform(-0.35, 0.02)
        lid = (face.points[159] + face.points[386]) / 2
        polygon = [face.at(lid, x, y) for x, y in ((-1.2, low - 0.1), (-0.5, low), (0.5, low), (1.2, low - 0.1), (1.2, -2), (-1.2, -2))]
        face.paint(face.mask_of(polygon, self.uniform(0, 0.03)), self.cloth(face), 1.0)

    def shadow(self, face):
        """Uneven light, which covers nothing."""
        y, x = np.mgrid[0 : face.covered.shape[0], 0 : face.covered.shape[1]].astype(np.float32)
        at = ((x - face.points[1][0]) * np.cos(turn := self.uniform(0, 6.3)) + (y - face.points[1][1]) * np.sin(turn)) / face.eye
        light = 1 / (1 + np.exp(-at * self.uniform(1, 12) + self.uniform(-2, 2)))
        face.picture *= (1 - self.uniform(0.2, 0.8) * light)[..., None]

    STYLES = (
        ("mask", 0.26), ("dark glasses", 0.24), ("glare", 0.06), ("plain glasses", 0.14), ("beard", 0.08),
        ("thing", 0.14), ("hat", 0.04), ("nothing", 0.04),
    )

    def draw(self, face, style):
        styles = {"mask": self.mask, "dark glasses": self.dark_glasses, "glare": self.bright_glare, "beard": self.beard}
        styles |= {"plain glasses": self.plain_glasses, "thing": self.thing, "hat": self.hat, "nothing": lambda face: None}
        if self.chance(0.2):
            self.shadow(face)
        styles[style](face)
        if style == "mask" and self.chance(0.3):
            self.rng.choice([self.plain_glasses, self.dark_glasses])(face)
        if style == "plain glasses" and self.chance(0.2):
            self.beard(face)
        return np.clip(face.picture, 0, 255).astype(np.uint8)


def crops(program, pictures):
    """Meshes (N x 478 x 3) and aligned crops (N x 64 x 64) of square grey pictures (N x side x side)."""
    folder = os.environ.get("TMPDIR", "/tmp")
    names = [os.path.join(folder, f"covers-{os.getpid()}-{name}") for name in ("pictures", "meshes", "crops")]
    np.ascontiguousarray(pictures, np.uint8).tofile(names[0])
    subprocess.run([program, str(pictures.shape[1]), *names], check=True, stderr=subprocess.DEVNULL)
    meshes = np.fromfile(names[1], "<f4").reshape(-1, 478, 3)
    cut = np.fromfile(names[2], np.uint8).reshape(-1, SIDE, SIDE)
    for name in names:
        os.remove(name)
    return meshes, cut
