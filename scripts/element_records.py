"""What the element says of single pictures: for the laboratories in this folder."""

import json
import os
import subprocess
import tempfile

import cv2


def frames(pictures, rate, element, export=""):
    """The `frame` record of each picture, shown `rate` a second to `element` (its properties) and written as `export` says."""
    with tempfile.TemporaryDirectory() as folder:
        for index, picture in enumerate(pictures):
            cv2.imwrite(os.path.join(folder, f"{index:06}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 0])
        records = os.path.join(folder, "records")
        subprocess.run(
            f"gst-launch-1.0 -q multifilesrc location={folder}/%06d.png caps=image/png,framerate={rate}/1 ! pngdec ! "
            f"videoconvert ! aliyarface analysis-mode=sync micro-expressions=false {element} ! aliyarfaceexport {export} ! "
            f"application/x-ndjson ! filesink location={records}",
            shell=True,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        with open(records, encoding="utf-8") as lines:
            told = [record for record in map(json.loads, lines) if record["record"] == "frame"]
    assert len(told) == len(pictures), (len(told), len(pictures))
    return told
