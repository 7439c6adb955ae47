#!/usr/bin/env python3
"""How long the element holds a picture: held.py CAMERA "PROPERTIES", the last 256 of 30 seconds, from `stats`."""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

SECONDS = 30


def main() -> None:
    camera, properties = sys.argv[1:]
    Gst.init(None)
    pipeline = Gst.parse_launch(f"{camera} ! aliyarface name=reader {properties} ! fakesink")
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(SECONDS * Gst.SECOND, Gst.MessageType.ERROR)
    if message is not None:
        sys.exit(message.parse_error()[0].message)
    stats = pipeline.get_by_name("reader").get_property("stats")
    remote = stats.get_value("remote")
    times = {
        f"{name} {part}": structure.get_value(name).get_value(part) / 1e6
        for structure, name in ((stats, "held"), (stats, "attached"), (remote, "lag"))
        for part in ("p50", "p99")
    }
    shown = ", ".join(f"{name} {value:.3f} ms" for name, value in times.items())
    read = remote.get_value("results-remote") / SECONDS
    print(f"a picture is held: {shown}; {read:.1f} results a second, state {remote.get_value('state')}")
    pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
