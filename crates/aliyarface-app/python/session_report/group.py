"""Indices over time, of one face or of several side by side."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from session_report.records import INDICES

# What is drawn of everyone: column, heading and the highest value, if it has one.
DRAWN = (("visual_focus", "Visual focus", 1), ("perclos", "PERCLOS", None), ("expressiveness", "Expressiveness", 1))
# Faces beyond these have no line of their own.
LINES = 12


def indices(face):
    """Name, mean and last known value of each index of a face."""
    told = []
    for name in INDICES:
        if face.has(name):
            values = face.rows[name].dropna().astype(float)
            told.append((name.replace("_", " "), f"{values.mean():.2f}", f"{values.iloc[-1]:.2f}"))
    return told


def group_figure(faces):
    """A panel an index with a line a face and the mean of several; None where nothing is known of two, or of the one."""
    least = min(2, len(faces))
    drawn = [entry for entry in DRAWN if sum(face.has(entry[0]) for face in faces) >= least]
    if not drawn:
        return None
    picture, panels = plt.subplots(len(drawn), 1, figsize=(10.5, 2.1 * len(drawn)), sharex=True, squeeze=False)
    for panel, (name, heading, highest) in zip(panels[:, 0], drawn):
        known = [face for face in faces if face.has(name)]
        total = sum(face.even[name].astype(float).fillna(0).to_numpy() for face in known)
        count = sum(face.even[name].notna().to_numpy().astype(int) for face in known)
        for face in known[:LINES]:
            panel.plot(face.times, face.even[name].astype(float), lw=0.9, alpha=0.7, label=f"face {face.number}")
        several = count > 1
        if several.any():
            panel.plot(known[0].times[several], (total[several] / count[several]), color="#22262b", lw=2, label="mean")
        panel.set_title(heading, loc="left", fontsize=10, weight="bold")
        panel.set_ylim(0, highest)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    panels[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=7, fontsize=8, frameon=False)
    panels[-1, 0].set_xlabel("time in the recording (s)", fontsize=9)
    picture.tight_layout()
    return picture
