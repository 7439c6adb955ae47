"""Pictures of events, cut out of the video."""
import numpy as np

MOMENTS = ("onset", "apex", "offset")
# Of a cut-out picture, its width by its height.
WIDE = 1.6
# Events beyond these have no pictures: the figure shall fit a page.
SHOWN = 6


def film_of(face, video):
    """Number, event and three pictures of each of a face's events."""
    if not video:
        return []
    film = []
    for number, event in enumerate(face.micro[:SHOWN], 1):
        images = cut(video, [event[name] for name in MOMENTS])
        around = box_at(face, event["apex"])
        named = zip(MOMENTS, images)
        film.append((number, event, {name: crop(image, around) for name, image in named}))
    return film


def box_at(face, time):
    row = face.rows.iloc[face.rows.index.get_indexer([time], method="nearest")[0]]
    box = np.array([row["x_min"], row["y_min"], row["x_max"], row["y_max"]], dtype=float)
    # Tables hold pixels, records shares.
    return box, box.max() > 2


def crop(image, around):
    (left, top, right, bottom), pixels = around
    height, width = image.shape[:2]
    if not pixels:
        left, right, top, bottom = left * width, right * width, top * height, bottom * height
    middle, half = ((left + right) / 2, (top + bottom) / 2), max(right - left, bottom - top) * 0.62
    x, y = (int(np.clip(middle[0] - half * WIDE, 0, width)), int(np.clip(middle[1] - half, 0, height)))
    return image[y:int(middle[1] + half), x:int(middle[0] + half * WIDE)]


def cut(video, times):
    """The pictures that a player of the video shows at these times."""
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    from gi.repository import Gst, GstApp  # noqa: F401

    Gst.init(None)
    pipeline = Gst.parse_launch(
        "filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=RGB ! appsink name=sink sync=false"
    )
    pipeline.get_by_name("file").set_property("location", str(video))
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PAUSED)
    if pipeline.get_state(30 * Gst.SECOND)[0] != Gst.StateChangeReturn.SUCCESS:
        raise SystemExit(f"{video} cannot be played")
    images = []
    for time in times:
        # Containers round times to milliseconds.
        moment = int(max(time, 0) * Gst.SECOND) + 5 * Gst.MSECOND
        pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE, moment)
        pipeline.get_state(30 * Gst.SECOND)
        sample = sink.emit("pull-preroll")
        if sample is None:
            raise SystemExit(f"{video} has no picture at {time:.2f} s")
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        buffer = sample.get_buffer()
        data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        stride = len(data) // height
        images.append(data[: stride * height].reshape(height, stride)[:, : width * 3].reshape(height, width, 3))
    pipeline.set_state(Gst.State.NULL)
    return images
