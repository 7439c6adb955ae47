// A recording: the pictures that were read, as a clean video, and their records by its time.

import { Player } from "./player.js";

/** @import { Drawable, FaceEvent, Line } from "../types.js" */
/** @import { Told } from "./player.js" */

const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];
const BITS = 4_000_000;
/** The recorder stamps a picture when it comes to it, a little after it was drawn, in ns. */
const NEAR = 100e6;

/** A recorder that lags is given time before it ends, in ms: how often it gives, when it is done, and the most. */
const [GIVES, DONE, MOST] = [250, 800, 8000];

/** What was recorded. @typedef {{ video: Blob, records: Line[], events: FaceEvent[], seconds: number }} Recorded */

/** Writes pictures while they come. */
export class Recorder {
  /** @type {Line[]} */
  records = [];
  /** @type {FaceEvent[]} */
  events = [];
  #canvas = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { alpha: false }));
  /** @type {MediaRecorder | null} */
  #recorder = null;
  /** @type {CanvasCaptureMediaStreamTrack | null} */
  #track = null;
  /** @type {Blob[]} */
  #parts = [];
  /** When the video's first picture was drawn. */
  #began = 0;
  #gave = 0;

  get seconds() {
    return this.#began ? (performance.now() - this.#began) / 1000 : 0;
  }

  /**
   * @param {number} width @param {number} height @param {Line} record
   * @param {(context: CanvasRenderingContext2D) => void} paint draws the picture, without what was read but covered where asked
   */
  add(width, height, record, paint) {
    if (!this.#recorder) [this.#canvas.width, this.#canvas.height] = [width, height];
    paint(this.#context);
    if (!this.#recorder) this.#begin();
    this.#track?.requestFrame();
    const ns = Math.round((performance.now() - this.#began) * 1e6);
    const moved = ns - (record["stream-time"] ?? 0);
    const events = (record.events ?? []).map((event) => shifted(event, moved));
    this.events.push(...events);
    this.records.push({ ...record, "stream-time": ns, ...(events.length ? { events } : {}) });
  }

  #begin() {
    const stream = this.#canvas.captureStream(0);
    this.#track = /** @type {CanvasCaptureMediaStreamTrack} */ (stream.getVideoTracks()[0]);
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.#recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS });
    this.#recorder.ondataavailable = ({ data }) => {
      if (!data.size) return;
      this.#parts.push(data);
      this.#gave = performance.now();
    };
    this.#recorder.start(GIVES);
    this.#began = performance.now();
  }

  /** @returns {Promise<Recorded | null>} nothing where no picture came */
  async stop() {
    const recorder = this.#recorder;
    const { seconds } = this;
    if (!recorder || recorder.state === "inactive") return null;
    const asked = performance.now();
    while (performance.now() < asked + MOST && performance.now() < Math.max(asked, this.#gave) + DONE) {
      await new Promise((resolve) => setTimeout(resolve, GIVES));
    }
    await new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
    this.#track?.stop();
    if (!this.records.length) return null;
    const kind = recorder.mimeType.split(";")[0];
    return { video: new Blob(this.#parts, { type: kind }), records: this.records, events: this.events, seconds };
  }
}

/** An event by the video's time. @param {FaceEvent} event @param {number} moved ns */
function shifted(event, moved) {
  const copy = { ...event };
  for (const name of /** @type {const} */ (["stream-time", "onset", "apex", "offset"])) {
    const value = copy[name];
    if (typeof value === "number") copy[name] = Math.max(0, value + moved);
  }
  return copy;
}

/** Plays what was recorded. */
export class Recording extends Player {
  kind = "recording";
  near = NEAR;

  /** @param {Recorded} recorded @param {Told} told */
  constructor(recorded, told) {
    super(URL.createObjectURL(recorded.video), told);
    this.recorded = recorded;
    this.records = recorded.records;
  }

  get length() {
    return this.recorded.seconds;
  }

  /** @param {string} [reason] */
  stop(reason) {
    URL.revokeObjectURL(this.video.src);
    super.stop(reason);
  }
}
