"""What aliyarfaceexport recorded, as tables."""
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

# Shown from the bottom of the ribbon to its top.
EMOTIONS = {
    "neutral": "#c9ced6",
    "happiness": "#f2b632",
    "surprise": "#f08a4b",
    "fear": "#8e6bbf",
    "sadness": "#4a7fb8",
    "disgust": "#5a9e5f",
    "anger": "#c8423f",
    "contempt": "#8c6d5a",
}
UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU18": "lip pucker",
    "AU20": "lip stretcher",
    "AU22": "lip funneler",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU27": "mouth stretch",
    "AU28": "lip suck",
    "AU43": "eyes closed",
    "AU45": "blink",
}
# A column of the table: the group and the name of the index in a record.
INDICES = {
    "visual_focus": ("attention", "visual-focus"),
    "perclos": ("fatigue", "perclos"),
    "blink_rate": ("fatigue", "blink-rate"),
    "blink_duration": ("fatigue", "blink-duration"),
    "closing_speed": ("fatigue", "closing-speed"),
    "own_blink_rate": ("fatigue", "own-blink-rate"),
    "own_blink_duration": ("fatigue", "own-blink-duration"),
    "own_closing_speed": ("fatigue", "own-closing-speed"),
    "yawn_rate": ("fatigue", "yawn-rate"),
    "glances_away": ("attention", "glances-away"),
    "expressiveness": (None, "expressiveness"),
    "tension_blink_rate": ("tension", "blink-rate"),
    "tension_head_movement": ("tension", "head-movement"),
    "tension_brow_lowerer": ("tension", "brow-lowerer"),
    "tension_lip_tightener": ("tension", "lip-tightener"),
}
# Events of indices, as a reader of the page would call them.
TOLD = {
    "long-closure": "eyes closed for half a second",
    "microsleep": "eyes closed for a second",
    "sleep": "eyes closed for three seconds",
    "eyes-reopened": "eyes open again",
    "perclos-alarm": "eyes closed too often (PERCLOS)",
    "yawn": "yawn",
    "glance-away": "glance away",
    "long-distraction": "away for three seconds",
    "repeated-distraction": "away again and again",
    "attention-buffer-empty": "AttenD buffer empty",
    "unresponsive": "no eyes forward for six seconds",
    "nod": "nod",
    "shake": "shake of the head",
    "tilt": "tilt of the head",
    "wink": "wink",
}
SIDES = {"both": "", "left": " (left)", "right": " (right)"}


@dataclass
class Session:
    """A recording: a row a face and frame, and what happened."""

    rows: pd.DataFrame
    name: str
    size: tuple = None
    frames: int = 0
    first: float = 0.0
    end: float = 0.0
    tiers: dict = field(default_factory=dict)
    micro: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    blinks: list = field(default_factory=list)
    told: list = field(default_factory=list)


def read(path):
    with open(path, encoding="utf-8") as file:
        records = file.read(1) == "{"
    session = read_records(path) if records else read_table(path)
    session.micro = unique(session.micro)
    if not session.rows.empty:
        session.rows = session.rows.dropna(axis=1, how="all")
    return session


def lines(path):
    """Its objects; a recording that was cut off may end within a line."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                return


def read_records(path):
    rows, session = [], Session(None, Path(path).name)
    times = []
    for record in lines(path):
        kind = record.get("record")
        if kind == "header":
            session.name = Path(record["source"]).name if record.get("source") else session.name
        for event in record.get("events", []):
            keep_event(session, event, 1e-9)
        if kind != "frame":
            continue
        time = seconds(record, "stream-time", seconds(record, "timestamp", len(times) / 25))
        times.append(time)
        size = record.get("resolution")
        session.size = (size["width"], size["height"]) if size else session.size
        for face in record["objects"]:
            rows.append(face_row(face, time))
            session.tiers.update(face.get("action-unit-tiers", {}))
            for event in face.get("micro-expressions", []):
                keep_event(session, {"face-id": face["id"], **event}, 1e-9)
    spread(session, times)
    session.rows = pd.DataFrame(rows)
    return session


def face_row(face, time):
    box = face["detection"]["bounding_box"]
    row = {"time": time, "face": face["id"], **{name: box[name] for name in box}}
    for name in ("pitch", "yaw", "roll", "emotion", "valence", "arousal"):
        row[name] = face.get(name)
    row.update(session_row(face.get("session", {})))
    row.update(face.get("emotions", {}))
    row.update(face.get("action-units", {}))
    return row


def session_row(session):
    """The known indices of a face, by the names of the table's columns."""
    groups = {"": session, **{name: session.get(name, {}) for name in ("fatigue", "attention", "tension")}}
    row = {}
    for column, (group, name) in INDICES.items():
        index = groups["" if group is None else group].get(name, {})
        if isinstance(index, dict) and "value" in index:
            row[column] = index["value"]
    return row


def read_table(path):
    table = pd.read_csv(path)
    session = Session(None, Path(path).name)
    frames = table[table["success"].notna()] if "success" in table else table.iloc[:0]
    spread(session, list(frames.groupby("frame")["timestamp"].first()))
    rows = frames[frames["success"] == 1] if "success" in table else frames
    values = {"time": rows["timestamp"], "face": rows["face_id"].astype(int)}
    for name, column in (("pitch", "pose_Rx"), ("yaw", "pose_Ry"), ("roll", "pose_Rz")):
        values[name] = np.degrees(rows[column])
    for name in ("emotion", "valence", "arousal", *EMOTIONS):
        if name in rows:
            values[name] = rows[name]
    for name in INDICES:
        if name in rows:
            values[name] = rows[name]
    for unit in UNITS:
        if f"{unit}_r" in rows:
            values[unit] = rows[f"{unit}_r"]
    for name, column in (("x_min", "FaceRectX"), ("y_min", "FaceRectY")):
        values[name] = rows[column]
    values["x_max"] = rows["FaceRectX"] + rows["FaceRectWidth"]
    values["y_max"] = rows["FaceRectY"] + rows["FaceRectHeight"]
    session.rows = pd.DataFrame(values).reset_index(drop=True)
    events = table[table["event"].notna()] if "event" in table else table.iloc[:0]
    for event in events.to_dict("records"):
        told = {name.removeprefix("event_"): value for name, value in event.items() if not pd.isna(value)}
        told["stream-time"] = told.pop("timestamp", None)
        keep_event(session, {**told, "face-id": int(event["face_id"])}, 1.0)
    return session


def spread(session, times):
    """How long the session is, from the times of its frames."""
    session.frames = len(times)
    if times:
        gap = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.04
        session.first, session.end = times[0], times[-1] + gap


def seconds(record, name, otherwise=None):
    value = record.get(name)
    return otherwise if value is None else value * 1e-9


def keep_event(session, event, unit):
    if all(event.get(name) is not None for name in ("onset", "apex", "offset")):
        times = {name: event[name] * unit for name in ("onset", "apex", "offset")}
        session.micro.append({**event, **times})
    elif event.get("event") == "blink" and event.get("stream-time") is not None:
        session.blinks.append({**event, "apex": event["stream-time"] * unit})
    elif event.get("event") in TOLD and event.get("stream-time") is not None:
        lasted = event.get("duration") or 0
        session.told.append({**event, "time": event["stream-time"] * unit, "lasted": lasted * unit})
    elif "from" in event and "to" in event and event.get("stream-time") is not None:
        session.changes.append({**event, "time": event["stream-time"] * unit})


def unique(events):
    """An event that came both in the stream and on a face is one."""
    known = {(event["face-id"], round(event["onset"], 3), round(event["offset"], 3)): event for event in events}
    return sorted(known.values(), key=lambda event: event["onset"])


class Face:
    """One face's rows, spread evenly over the session: where it was not seen there are gaps."""

    def __init__(self, session, number):
        self.number = number
        self.rows = session.rows[session.rows["face"] == number].set_index("time").sort_index()
        self.rows = self.rows[~self.rows.index.duplicated()]
        count = max(2, min(session.frames, 2000))
        self.times = np.linspace(session.first, session.end, count, endpoint=False)
        near = (session.end - session.first) / max(session.frames, 1) * 1.5
        self.even = self.rows.reindex(self.times, method="nearest", tolerance=near)
        events = [event for event in session.micro if event["face-id"] == number]
        self.micro = [event for event in events if event.get("kind", "micro") == "micro"]
        self.macro = [event for event in events if event.get("kind") == "macro"]
        self.blinks = sorted(event["apex"] for event in session.blinks if event["face-id"] == number)
        self.changes = [event for event in session.changes if event["face-id"] == number]
        self.told = [event for event in session.told if event["face-id"] == number]
        self.span = (session.first, session.end)
        self.share = len(self.rows) / max(session.frames, 1)
        self.tiers = session.tiers
        self.size = session.size

    def has(self, *names):
        return all(name in self.even and self.even[name].notna().any() for name in names)

    def emotions(self):
        return [name for name in EMOTIONS if self.has(name)]

    def told_of(self):
        """Name, count, first time and greatest length of each kind of event of indices."""
        for name, words in TOLD.items():
            events = [event for event in self.told if event["event"] == name]
            if events:
                longest = max(event["lasted"] for event in events)
                first = min(event["time"] for event in events)
                yield words, len(events), f"{first:.2f}", f"{longest:.2f}" if longest else ""

    def units(self):
        """Those that were read: one that never leaves 0 was not."""
        return [unit for unit in UNITS if self.has(unit) and self.even[unit].max() > 0]


def unit_names(event):
    units = event.get("action-units", event.get("action_units", []))
    if isinstance(units, str):
        return units
    names = []
    for unit in units:
        if isinstance(unit, dict):
            side = SIDES.get(unit.get("side"), "")
            unit = next((value for value in unit.values() if str(value).startswith("AU")), "") + side
        names.append(str(unit))
    return " + ".join(names)


def describe(event):
    parts = [event.get("kind") or "micro", unit_names(event), f"{(event['offset'] - event['onset']) * 1000:.0f} ms"]
    return " · ".join(part for part in parts if part)
