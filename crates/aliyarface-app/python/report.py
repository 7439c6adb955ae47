#!/usr/bin/python3
"""Draws what aliyarfaceexport recorded of a session: a figure and a page for each face.

    report.py RECORDS [--video FILE] [--face ID] [--out FOLDER]

RECORDS is application/x-ndjson or text/csv of aliyarfaceexport (select=both adds events). With the
video, the pictures at onset, apex and offset of each micro-expression are cut out of it. Needs
pandas and matplotlib, which `make report` brings, and for pictures Debian's python3-gst-1.0.
"""
import argparse
import base64
import html
import io
from pathlib import Path

from session_report.figure import figure
from session_report.film import film_of
from session_report.group import group_figure, indices
from session_report.records import Face, describe, read

# A face seen for less than this share of the records is not drawn unless asked for.
SEEN = 0.1
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #22262b; max-width: 1080px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.2em; margin-top: 2em } img { width: 100% }
table { border-collapse: collapse; margin: .5em 0 1.5em } td, th { padding: .2em 1.2em .2em 0; text-align: left }
th { font-weight: 600; border-bottom: 1px solid #b9bec6 } td.n { text-align: right } p.note { color: #6b7078 }
"""


def chosen(session, number):
    """The faces to draw, the one seen longest first."""
    if session.rows.empty:
        return []
    counts = session.rows["face"].value_counts()
    if number is not None:
        return [Face(session, number)] if number in counts else []
    return [Face(session, int(face)) for face, count in counts.items() if count >= SEEN * session.frames] or [
        Face(session, int(counts.index[0]))
    ]


def table(heads, rows):
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def summary(face):
    """Means and extremes of what the figure shows."""
    told = []
    emotions = face.emotions()
    if emotions:
        means = face.rows[emotions].mean().sort_values(ascending=False)
        told.append(table(("emotion shown", "mean probability"), ((name, f"{mean:.2f}") for name, mean in means.items())))
    units = face.units()
    if units:
        values = face.rows[units].astype(float)
        rows = ((unit, f"{values[unit].mean():.2f}", f"{values[unit].max():.2f}", f"{values[unit].idxmax():.2f}") for unit in units)
        told.append(table(("Action Unit", "mean", "highest", "at (s)"), rows))
    known = indices(face)
    if known:
        told.append(table(("index", "mean", "last"), known))
    if face.told:
        told.append(table(("told of", "times", "first at (s)", "longest (s)"), face.told_of()))
    if face.blinks:
        told.append(f"<p>{len(face.blinks)} blinks</p>")
    events = [*enumerate(face.micro, 1), *(("", event) for event in face.macro)]
    if events:
        rows = (
            (number, describe(event), *(f"{event[name]:.3f}" for name in ("onset", "apex", "offset")))
            for number, event in events
        )
        told.append(table(("event", "what", "onset (s)", "apex (s)", "offset (s)"), rows))
    return "".join(told)


def notes(faces):
    told = ["Action Units are measured by a program and not validated against human FACS coders."]
    if any(face.emotions() for face in faces):
        told.append("An emotion label is what a face shows, not what a person feels.")
    return " ".join(told)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path)
    parser.add_argument("--video", type=Path, help="what the records were made of")
    parser.add_argument("--face", type=int, help="id of the one face to draw")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder of report.html and report-face-ID.png")
    arguments = parser.parse_args()
    session = read(arguments.records)
    faces = chosen(session, arguments.face)
    if not faces:
        raise SystemExit(f"{arguments.records} tells of no such face")
    arguments.out.mkdir(parents=True, exist_ok=True)
    page = [f"<!doctype html><meta charset=utf-8><title>{html.escape(session.name)}</title><style>{STYLE}</style>"]
    page.append(f"<h1>{html.escape(session.name)}</h1>")
    together = group_figure(faces)
    if together:
        image = io.BytesIO()
        together.savefig(image, format="png", dpi=150)
        data = base64.b64encode(image.getvalue()).decode()
        heading = f"{len(faces)} faces together" if len(faces) > 1 else "Indices over time"
        page.append(f'<h2>{heading}</h2><img alt="indices over time" src="data:image/png;base64,{data}">')
    for face in faces:
        picture = figure(session, face, film_of(face, arguments.video))
        image = io.BytesIO()
        picture.savefig(image, format="png", dpi=200)
        file = arguments.out / f"report-face-{face.number}.png"
        file.write_bytes(image.getvalue())
        print(file)
        shown = html.escape("; ".join(filter(None, (panel.get_title(loc="left") for panel in picture.axes))))
        data = base64.b64encode(image.getvalue()).decode()
        page.append(f'<h2>Face {face.number}</h2><img alt="{shown}" src="data:image/png;base64,{data}">{summary(face)}')
    page.append(f'<p class="note">{notes(faces)}</p>')
    file = arguments.out / "report.html"
    file.write_text("\n".join(page), encoding="utf-8")
    print(file)


if __name__ == "__main__":
    main()
