#!/usr/bin/env python3
"""Whether AU04 follows from the brows' other movements better than a linear map says.

    python brow_kernel.py au_renders.npz face_rig.npz

A ridge regression of the rendered heads' AU04 on the upper face's points and blendshapes, and the same
regression with a Gaussian kernel over its own estimates of the Action Units beside it: where a face is unlike
those that were learned from the kernel falls to nothing and the linear map is left. Identities with id mod 5 of
0, 1 and 2 fit, 3 selects gain, penalty and offset, 4 is reported; nothing here is what the element does. Needs numpy.
"""

import argparse

import numpy as np

# Columns of au_renders.names.txt.
AU01, AU02, AU04 = 0, 1, 2
UPPER = [0, 1, 2, 3, 4, 5, 6, 19]
# Points that expressions hardly move.
STABLE = [10, 338, 297, 332, 284, 109, 67, 103, 54, 168, 6, 197, 195, 5, 4, 33, 263, 133, 362, 127,
          356, 234, 454, 93, 323, 9, 151, 108, 337]  # fmt: skip
INNER_EYE_CORNERS = [133, 362]
# The mesh exaggerates depth.
DEPTH = 0.8
# Rounded step from no movement to some, as of action-units-raw.
SOFTNESS = 0.3
PENALTIES = [3e-4, 1e-3, 3e-3]
KERNEL_WEIGHTS = [0.001, 0.003, 0.01]


def aligned(points, canonical):
    """The points laid on the canonical face by the similarity of the stable ones."""
    here, there = points[STABLE], canonical[STABLE]
    middle, target = here.mean(0), there.mean(0)
    here, there = here - middle, there - target
    u, stretch, v = np.linalg.svd(here.T @ there)
    flip = np.array([1, 1, np.sign(np.linalg.det(u @ v))])
    scale = (stretch * flip).sum() / (here**2).sum()
    return (points - middle) @ (u * flip @ v) * scale + target


def descriptors(renders, canonical):
    """What is seen of each head's upper face: the mean of its halves."""
    points = renders["landmarks"][:, :468].astype(float) * [1, -1, -DEPTH]
    points = np.array([aligned(head, canonical) for head in points])
    mirrored = canonical * [-1, 1, 1]
    twins = [((canonical - point) ** 2).sum(1).argmin() for point in mirrored]
    points = (points + points[:, twins] * [-1, 1, 1]) / 2
    eye_line = canonical[INNER_EYE_CORNERS, 1].mean()
    kept = (canonical[:, 1] > eye_line - 1.2) & (canonical[:, 0] > -1e-4)
    shapes = renders["blendshapes"][:, 1:23].astype(float)
    brows_and_eyes = np.delete(shapes, [5, 6, 7], axis=1)
    logarithms = 0.05 * np.log(brows_and_eyes + 1e-3)
    points = points[:, kept].reshape(len(points), -1)
    return np.hstack([points, 0.3 * brows_and_eyes, logarithms])


def agreement(a, b):
    """ICC(3,1)."""
    both = np.stack([a, b], 1)
    whole, rows, columns = both.mean(), both.mean(1), both.mean(0)
    between = 2 * ((rows - whole) ** 2).sum() / (len(a) - 1)
    rest = both - rows[:, None] - columns + whole
    error = (rest**2).sum() / (len(a) - 1)
    return (between - error) / (between + error)


def intensities(scores):
    """Scores without those below 0, softly, as in action-units-raw."""
    steps = scores / SOFTNESS
    soft = SOFTNESS * (np.maximum(steps, 0) + np.log1p(np.exp(-np.abs(steps))))
    return np.minimum(soft, 5)


def selected(estimates, truth, part):
    """The best agreement in a part, over gains and offsets, and these."""
    trials = [(gain, offset) for gain in np.arange(1, 3.3, 0.2) for offset in (-0.5, -0.25, 0, 0.25)]
    return max((agreement(intensities(g * estimates[part] + o), truth[part]), g, o) for g, o in trials)


def above_own(scores, identity):
    """Scores above the median of the same person's other heads."""
    above = scores.copy()
    for person in np.unique(identity):
        heads = np.flatnonzero(identity == person)
        for head in heads:
            above[head] -= np.median(scores[heads[heads != head]])
    return above


def report(name, candidates, truth, identity):
    """Prints how the candidate that agrees best in the selecting heads agrees in the reported ones."""
    select, told = identity % 5 == 3, identity % 5 == 4
    best = max((selected(estimates, truth, select), index) for index, estimates in enumerate(candidates))
    (chosen, gain, offset), index = best
    scores = intensities(gain * candidates[index] + offset)
    own = above_own(scores, identity)
    gains = np.arange(0.6, 1.6, 0.1)
    by_gain = [(agreement(np.clip(g * own[select], 0, 5), truth[select]), g) for g in gains]
    own = np.clip(max(by_gain)[1] * own, 0, 5)
    plain, personal = (agreement(s[told], truth[told]) for s in (scores, own))
    print(f"{name}: selecting {chosen:.3f}, reported {plain:.3f}, above the own level {personal:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("renders")
    parser.add_argument("rig")
    options = parser.parse_args()
    renders = np.load(options.renders)
    canonical = np.load(options.rig)["canon"].astype(float)[:468]
    truth, identity = 5.0 * renders["intensity"], renders["identity"]
    fit = identity % 5 < 3
    numbers = descriptors(renders, canonical)
    numbers -= numbers[fit].mean(0)
    mean = truth[fit].mean(0)

    def ridge(penalty):
        inputs = numbers[fit]
        square = inputs.T @ inputs + penalty * len(inputs) * np.eye(inputs.shape[1])
        return numbers @ np.linalg.solve(square, inputs.T @ (truth[fit] - mean))

    linear = [ridge(penalty)[:, AU04] for penalty in (1e-5, 1e-4, 3e-4, 1e-3)]
    report("linear", linear, truth[:, AU04], identity)
    product = numbers @ numbers[fit].T
    product /= np.trace(product[fit]) / fit.sum()
    estimates = ridge(1e-4)
    for name, units in (
        ("kernel over AU01, AU02, AU04", [AU01, AU02, AU04]),
        ("kernel over the upper face's units", UPPER),
        ("kernel over all units", list(range(truth.shape[1]))),
    ):
        places = estimates[:, units]
        places = places / np.sqrt((places[fit] ** 2).sum(1).mean())
        apart = ((places[:, None] - places[None, fit]) ** 2).sum(2)
        near = np.exp(-apart / 2)
        candidates = []
        for weight in KERNEL_WEIGHTS:
            kernel = product + weight * near
            for penalty in PENALTIES:
                square = kernel[fit] + penalty * np.eye(fit.sum())
                candidates.append(kernel @ np.linalg.solve(square, truth[fit, AU04] - mean[AU04]))
        report(name, candidates, truth[:, AU04], identity)


if __name__ == "__main__":
    main()
