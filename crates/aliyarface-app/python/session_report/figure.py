"""The figure of a face: what it showed over the time of the recording."""
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.colors import LinearSegmentedColormap  # noqa: E402

from .records import EMOTIONS, UNITS, describe  # noqa: E402

ANGLES = {"pitch": "#1b7f79", "yaw": "#b5562c", "roll": "#6b6f76"}
HEAT = LinearSegmentedColormap.from_list("heat", ["#f7f8fa", "#cfe3ec", "#5fa3c0", "#1f5c86", "#0d2c4a"])
# Inches: above the first panel, below the last, between two, and a row of pictures.
TOP, BOTTOM, GAP, STRIP = 1.1, 0.6, 0.4, 1.8
UNIT = 0.24
INK, QUIET, MARK, SLOW = "#22262b", "#8a9099", "#d1244f", "#3d9a63"


def figure(session, face, film):
    """The whole figure: panels over one time axis, then the pictures of the events."""
    panels = []
    if face.emotions():
        panels.append((ribbon, 1.7))
    if face.units():
        panels.append((heat_map, UNIT * len(face.units()) + 0.3))
    if face.has("valence", "arousal"):
        panels.append((feeling, 1.2))
    if face.has("pitch", "yaw", "roll"):
        panels.append((head_pose, 1.5))
    heights = [height for _, height in panels]
    below = 0.55 + STRIP * len(film) if film else 0
    total = sum(heights) + GAP * (len(heights) - 1) + TOP + BOTTOM + below
    picture = plt.figure(figsize=(10.5, total), facecolor="white")
    grid = picture.add_gridspec(
        len(heights), 2, height_ratios=heights, width_ratios=(1, 0.2), left=0.175, right=0.985,
        top=1 - TOP / total, bottom=(BOTTOM + below) / total, wspace=0.03,
        hspace=GAP * len(heights) / sum(heights),
    )
    axes = []
    for index, (draw, _) in enumerate(panels):
        panel = picture.add_subplot(grid[index, 0], sharex=axes[0] if axes else None)
        side = picture.add_subplot(grid[index, 1])
        side.axis("off")
        tidy(panel, face, last=index == len(panels) - 1)
        draw(panel, side, face)
        mark_events(panel, face, named=index == 0, filled=draw not in (ribbon, heat_map))
        axes.append(panel)
    if film:
        strips(picture, film, top=(BOTTOM + STRIP * len(film) - 0.35) / total, bottom=0.12 / total)
    length = session.end - session.first
    picture.text(0.03, 1 - 0.32 / total, f"Face {face.number}", fontsize=15, weight="bold", color=INK, va="center")
    told = f"{session.name}   ·   {length:.1f} s, {session.frames} frames   ·   in view {face.share:.0%} of the time"
    picture.text(0.03, 1 - 0.58 / total, told, fontsize=9.5, color=QUIET, va="center")
    legend(picture, face, 1 - 0.58 / total)
    return picture


def legend(picture, face, height):
    """What the marks of events mean, as far as there are any."""
    marks = [
        (face.micro, "micro-expression", {"color": MARK, "marker": "o"}),
        (face.macro, "longer expression", {"color": SLOW, "marker": "_", "mew": 3}),
        (face.blinks, "blink", {"color": QUIET, "marker": 2}),
    ]
    lines = [(plt.Line2D([], [], ls="", ms=8, **style), text) for events, text, style in marks if events]
    if lines:
        picture.legend(*zip(*lines), loc="center right", bbox_to_anchor=(0.985, height), ncols=3, fontsize=9, frameon=False)


def tidy(panel, face, last):
    panel.set_xlim(*face.span)
    panel.tick_params(labelsize=8.5, colors=INK, length=3, labelbottom=last)
    for name, spine in panel.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color("#b9bec6")
    if last:
        panel.set_xlabel("time in the recording (s)", fontsize=9, color=INK)
    absent = face.even["face"].isna().to_numpy()
    for start, stop in runs(absent):
        edges = np.append(face.times, face.span[1])
        panel.axvspan(edges[start], edges[stop], facecolor="#f1f2f4", edgecolor="#dadde2", hatch="////", lw=0, zorder=0)


def runs(flags):
    """Where a row of booleans is true: pairs of start and stop."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    return zip(edges[::2], edges[1::2])


def mark_events(panel, face, named, filled):
    foot = panel.get_xaxis_transform()
    for event in face.macro:
        panel.plot([event["onset"], event["offset"]], [0.02, 0.02], transform=foot, color=SLOW, lw=3, solid_capstyle="butt")
    if filled and face.blinks:
        panel.plot(face.blinks, [0.06] * len(face.blinks), transform=foot, color=QUIET, marker=2, ls="", ms=6)
    for number, event in enumerate(face.micro, 1):
        if filled:
            panel.axvspan(event["onset"], event["offset"], color=MARK, alpha=0.13, lw=0, zorder=0.5)
        for moment in ("onset", "offset"):
            panel.axvline(event[moment], color=MARK, lw=0.7, ls=(0, (3, 2)), zorder=6)
        panel.axvline(event["apex"], color=MARK, lw=1.1, zorder=6)
        if named:
            panel.annotate(
                str(number), (event["apex"], 1), xycoords=("data", "axes fraction"), xytext=(0, 8),
                textcoords="offset points", ha="center", va="center", fontsize=8, color="white", weight="bold",
                bbox={"boxstyle": "circle,pad=0.25", "fc": MARK, "ec": "none"},
            )


def heading(panel, text):
    panel.set_title(text, loc="left", fontsize=10, color=INK, weight="bold", pad=5)


def ribbon(panel, side, face):
    names = face.emotions()
    shares = face.even[names].to_numpy(dtype=float)
    whole = shares.sum(axis=1, keepdims=True)
    shares = np.divide(shares, whole, out=np.full_like(shares, np.nan), where=whole > 0)
    # The last frame is shown until the end.
    times, shown = np.append(face.times, face.span[1]), np.vstack((shares, shares[-1:]))
    colours = [EMOTIONS[name] for name in names]
    panel.stackplot(times, np.nan_to_num(shown).T, colors=colours, lw=0, step="post")
    for event in face.changes:
        panel.plot([event["time"]] * 2, [0, 1], color="white", lw=1.2, ls=(0, (2, 2)))
    panel.set_ylim(0, 1)
    panel.set_yticks([0, 0.5, 1], ["0", ".5", "1"])
    panel.set_ylabel("probability", fontsize=9, color=INK)
    heading(panel, "Emotion shown")
    mean = np.nanmean(shares, axis=0)
    for row, index in enumerate(np.argsort(-mean)):
        y = 0.94 - row * 0.125
        side.scatter(0.07, y, s=42, marker="s", color=EMOTIONS[names[index]])
        side.text(0.15, y, names[index], fontsize=8.5, color=INK, va="center")
        side.text(0.95, y, f"{mean[index]:.0%}", fontsize=8.5, color=QUIET, va="center", ha="right")
    if face.changes:
        side.plot([0.03, 0.11], [-0.06] * 2, color=QUIET, lw=1.2, ls=(0, (2, 1)), clip_on=False)
        side.text(0.15, -0.06, "emotion changed", fontsize=8.5, color=QUIET, va="center")
    side.set(xlim=(0, 1), ylim=(0, 1))


def heat_map(panel, side, face):
    units = face.units()
    values = face.even[units].to_numpy(dtype=float).T
    edges = np.append(face.times, face.span[1])
    image = panel.pcolormesh(edges, np.arange(len(units) + 1), values, cmap=HEAT, vmin=0, vmax=5, rasterized=True)
    panel.invert_yaxis()
    panel.set_yticks(np.arange(len(units)) + 0.5, [f"{UNITS[unit]}  {unit}" for unit in units])
    panel.tick_params(axis="y", length=0)
    heading(panel, "Action Units above the person's resting face")
    for label, unit in zip(panel.get_yticklabels(), units):
        if face.tiers.get(unit) in ("weak", "poor"):
            label.set_color(QUIET)
    height = 1.3 / (UNIT * len(units) + 0.3)
    bar = plt.colorbar(image, cax=side.inset_axes([0.07, 0.98 - height, 0.07, height]), ticks=range(6))
    bar.ax.tick_params(labelsize=8.5, length=0, colors=INK)
    bar.outline.set_visible(False)
    side.text(0.36, 0.98 - height / 2, "intensity,\n0 to 5", fontsize=8.5, color=INK, va="center")
    if any(tier in ("weak", "poor") for tier in face.tiers.values()):
        side.text(0.07, 0.92 - height, "Grey: weak or poor\nevidence that the\nmeasure is right.", fontsize=8.5, color=QUIET, va="top")
    side.set(xlim=(0, 1), ylim=(0, 1))


def feeling(panel, side, face):
    panel.axhline(0, color="#d5d8dd", lw=0.8)
    for name, colour in (("valence", "#c7851f"), ("arousal", "#7a3b8f")):
        panel.plot(face.times, face.even[name].astype(float), color=colour, lw=1.3, label=name)
    panel.set_ylim(-1, 1)
    heading(panel, "Valence and arousal")
    panel.legend(loc="lower right", bbox_to_anchor=(1, 0.97), fontsize=8.5, frameon=False, ncols=2, borderpad=0)
    path = side.inset_axes([0.08, 0.02, 0.9, 0.96])
    path.scatter(face.even["valence"], face.even["arousal"], c=face.times, cmap="viridis", s=3)
    path.plot(face.even["valence"].astype(float), face.even["arousal"].astype(float), color=QUIET, lw=0.5, zorder=0)
    path.axhline(0, color="#d5d8dd", lw=0.8, zorder=0)
    path.axvline(0, color="#d5d8dd", lw=0.8, zorder=0)
    path.set(xlim=(-1, 1), ylim=(-1, 1), xticks=[], yticks=[], aspect="equal")
    path.set_xlabel("valence", fontsize=7.5, labelpad=2)
    path.set_ylabel("arousal", fontsize=7.5, labelpad=2)


def head_pose(panel, side, face):
    panel.axhline(0, color="#d5d8dd", lw=0.8)
    hints = {"pitch": "chin down +", "yaw": "nose to the right +", "roll": "counter-clockwise +"}
    for row, (name, colour) in enumerate(ANGLES.items()):
        panel.plot(face.times, face.even[name].astype(float), color=colour, lw=1.4)
        side.plot([0.05, 0.12], [0.88 - row * 0.3] * 2, color=colour, lw=2)
        side.text(0.16, 0.88 - row * 0.3, f"{name}\n", fontsize=8.5, color=INK, va="center", linespacing=0.4)
        side.text(0.16, 0.75 - row * 0.3, hints[name], fontsize=7.5, color=QUIET, va="center")
    low, high = panel.get_ylim()
    panel.set_ylim(min(low, -15), max(high, 15))
    panel.set_ylabel("degrees", fontsize=9, color=INK)
    side.set(xlim=(0, 1), ylim=(0, 1))
    heading(panel, "Head pose")


def strips(picture, film, top, bottom):
    """A row an event: onset, apex and offset."""
    grid = picture.add_gridspec(
        len(film), 4, width_ratios=(0.55, 1, 1, 1), left=0.03, right=0.985, top=top, bottom=bottom, wspace=0.03, hspace=0.08
    )
    for row, (number, event, pictures) in enumerate(film):
        told = picture.add_subplot(grid[row, 0])
        told.axis("off")
        text = describe(event).replace(" · ", "\n")
        told.text(0.05, 0.85, str(number), fontsize=9, color="white", weight="bold", va="center",
                  bbox={"boxstyle": "circle,pad=0.3", "fc": MARK, "ec": "none"})
        told.text(0.02, 0.68, text, fontsize=9, color=INK, va="top", linespacing=1.5)
        told.set(xlim=(0, 1), ylim=(0, 1))
        for column, (name, image) in enumerate(pictures.items(), 1):
            cell = picture.add_subplot(grid[row, column])
            cell.imshow(image)
            cell.axis("off")
            cell.text(0.03, 0.05, f"{name}  {event[name]:.2f} s", transform=cell.transAxes, fontsize=8.5, color="white",
                      bbox={"boxstyle": "round,pad=0.25", "fc": "#000000aa", "ec": "none"})
