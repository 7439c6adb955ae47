#!/usr/bin/python3
"""Prints the faces of a video, read from the buffers' AliyarFaceMeta.

    read_meta.py FILE        needs Debian's python3-gst-1.0 and GStreamer 1.22
"""
import struct
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: E402,F401  (GstApp gives appsink its methods)

PIPELINE = (
    "filesrc name=file ! decodebin ! videoconvert ! aliyarface "
    "! appsink name=reader sync=false"
)
A_MOMENT = 100 * Gst.MSECOND


def points(face):
    """The mesh: 478 (x, y, z), x and y in fractions of the picture."""
    landmarks = face.get_value("landmarks").get_data()
    return list(struct.iter_unpack("<3f", landmarks))


def describe(face):
    """One face in a line."""
    nose = points(face)[1]
    angles = " ".join(f"{name} {face.get_value(name):+.1f}" for name in ("pitch", "yaw", "roll"))
    emotion = face.get_value("emotion")
    confidence = face.get_value("confidence")
    shown = f" {emotion} {confidence:.2f}" if emotion else ""
    return f"face {face.get_value('id')} nose {nose[0]:.3f},{nose[1]:.3f} {angles}{shown}"


def print_buffer(buffer):
    meta = buffer.get_custom_meta("AliyarFaceMeta")
    faces = meta.get_structure().get_value("faces") if meta else []
    line = "; ".join(describe(face) for face in faces)
    print(f"{buffer.pts / Gst.SECOND:.3f} s: {line or 'no face'}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Gst.init(None)
    pipeline = Gst.parse_launch(PIPELINE)
    pipeline.get_by_name("file").set_property("location", sys.argv[1])
    reader = pipeline.get_by_name("reader")
    pipeline.set_state(Gst.State.PLAYING)
    bus = pipeline.get_bus()
    error = None
    # After an error no sample comes any more, nor an end: whoever only waited for one would wait for ever.
    while not error and not reader.is_eos():
        sample = reader.try_pull_sample(A_MOMENT)
        if sample:
            print_buffer(sample.get_buffer())
        else:
            error = bus.pop_filtered(Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if error:
        sys.exit(error.parse_error().gerror.message)


if __name__ == "__main__":
    main()
