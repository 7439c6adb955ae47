"""A Python program that has libraries of its own beside the plugin: guest.py before|after|alone CLIP RECORDS MODELS

Reads the clip through the element into RECORDS, with the libraries imported before or after the plugin was
loaded and used, or not at all, and checks that each library answers the same afterwards as a process of its own.
"""
import subprocess
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

# What each library answers; the text of one function, run here and in a process without the plugin.
ASK = '''
def ask(models):
    import numpy, torch, cv2, mediapipe
    from ai_edge_litert.interpreter import Interpreter
    answers = [("torch", torch.__version__), ("cv2", cv2.__version__), ("mediapipe", mediapipe.__version__)]
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.LazyLinear(4))
    image = torch.rand(1, 3, 32, 32)
    answers.append(("conv", [round(float(value), 4) for value in net(image)[0]]))
    scripted = torch.jit.trace(net, image)
    answers.append(("script", [round(float(value), 4) for value in scripted(image)[0]]))
    answers.append(("threads", torch.get_num_threads()))
    grey = (numpy.indices((64, 64)).sum(axis=0) * 5 % 251).astype(numpy.uint8)
    answers.append(("blur", int(cv2.GaussianBlur(grey, (5, 5), 1.0).astype(int).sum())))
    warped = cv2.warpAffine(grey, numpy.float64([[1, .1, 2], [-.1, 1, 3]]), (64, 64))
    answers.append(("warp", int(warped.astype(int).sum())))
    net = Interpreter(models + "/face_detector.tflite", num_threads=1)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], numpy.full((1, 128, 128, 3), .25, numpy.float32))
    net.invoke()
    answers.append(("litert", round(float(net.get_tensor(net.get_output_details()[0]["index"]).sum()), 1)))
    return answers
'''


def read(clip, records):
    pipeline = Gst.parse_launch(
        f"filesrc location={clip} ! decodebin ! videoconvert ! aliyarface analysis-mode=sync "
        f"! aliyarfaceexport ! filesink location={records}"
    )
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(300 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        sys.exit(f"the clip could not be read: {message and message.parse_error()}")


def main(order, clip, records, models):
    space = {}
    exec(ASK, space)
    if order == "before":
        space["ask"](models)
    Gst.init(None)
    read(clip, records)
    if order == "alone":
        return
    here = space["ask"](models)
    alone = subprocess.run(
        [sys.executable, "-c", f"{ASK}\nprint(ask({models!r}))"], capture_output=True, text=True, check=True
    ).stdout.strip().splitlines()[-1]
    if str(here) != alone:
        sys.exit(f"{order}: beside the plugin the libraries say {here}, alone {alone}")


if __name__ == "__main__":
    main(*sys.argv[1:])
