// A camera's pictures to the server, and each one's result back.

import { session as look, socket } from "../api.js";
import { Counters } from "./counters.js";
import { JPEG, KEY, encoding, message } from "./messages.js";

/** @import { Drawable, Line, SessionInfo } from "../types.js" */

/** Pictures without an answer, beyond which the next is left out: delay never grows. */
const UNANSWERED = 3;
/** Pictures that wait for the encoder, and bytes that wait for the socket, beyond which it is too. */
const QUEUED = 1;
const BUFFERED = 96 << 10;
const KEY_EVERY = 60;
/** Records that are kept for the curves: a minute of 30 pictures a second. */
const KEPT = 1800;
const SIDE = { width: 640, height: 480, frameRate: 30 };

/**
 * What is told of a camera. `picture` comes for each captured picture, `result` for each that was read.
 * @typedef {object} Told
 * @property {(image: Drawable, at: number) => void} picture
 * @property {(image: Drawable, record: Line, at: number, seq: number) => void} result
 * @property {(reason: string) => void} ended
 */

/** One run of the camera. */
export class Camera {
  kind = "camera";
  counters = new Counters();
  codec = "";
  /** @type {Line[]} the newest records */
  records = [];
  /** @type {Map<number, { image: VideoFrame | ImageBitmap | null, at: number }>} by the page's own number */
  pictures = new Map();
  seq = 0;
  stopped = false;
  /** The server lost a picture: those after it cannot be decoded without a new beginning. */
  #broken = false;
  /** @type {VideoEncoder | null} */
  #encoder = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {WebSocket | null} */
  #socket = null;

  /** @param {string} id of the session @param {Told} told */
  constructor(id, told) {
    this.id = id;
    this.told = told;
  }

  /** @param {MediaStream} stream */
  async start(stream) {
    this.#stream = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => this.stop("refused");
    const server = socket(`sessions/${this.id}/video`);
    this.#socket = server;
    server.binaryType = "arraybuffer";
    server.onmessage = ({ data }) => this.#answer(JSON.parse(data));
    server.onclose = ({ reason }) => this.stop(reason || "lost");
    await new Promise((resolve, reject) => {
      server.onopen = resolve;
      server.addEventListener("close", () => reject(new Error("lost")), { once: true });
    });
    const { width = SIDE.width, height = SIDE.height } = track.getSettings();
    // H.264 has even sides.
    const config = await encoding(width & ~1, height & ~1);
    this.codec = config ? "H.264" : "JPEG";
    if (config) this.#encode(track, config).catch((error) => this.stop(error.message));
    else this.#photograph(track);
  }

  get full() {
    return this.pictures.size >= UNANSWERED || (this.#socket?.bufferedAmount ?? 0) > BUFFERED || (this.#encoder?.encodeQueueSize ?? 0) > QUEUED;
  }

  /** @param {MediaStreamTrack} track @param {VideoEncoderConfig} config */
  async #encode(track, config) {
    /** @type {Map<number, number>} our numbers by the encoder's times */
    const numbers = new Map();
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const seq = numbers.get(chunk.timestamp) ?? 0;
        numbers.delete(chunk.timestamp);
        this.#post(chunk.type === "key" ? KEY : 0, seq, chunk.timestamp, chunk);
      },
      error: (error) => this.stop(error.message),
    });
    this.#encoder = encoder;
    encoder.configure(config);
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
    let coded = 0;
    while (!this.stopped) {
      const { value: frame, done } = await reader.read();
      if (done || !frame) break;
      this.counters.capture();
      const at = performance.now();
      if (this.full || this.stopped || encoder.state !== "configured") {
        this.counters.leftOut += 1;
        this.told.picture(frame, at);
        frame.close();
        continue;
      }
      const seq = ++this.seq;
      numbers.set(frame.timestamp, seq);
      this.pictures.set(seq, { image: frame, at });
      encoder.encode(frame, { keyFrame: coded++ % KEY_EVERY === 0 || this.#broken });
      this.#broken = false;
      this.told.picture(frame, at);
    }
  }

  /** Without WebCodecs: a JPEG of each picture that the browser shows. @param {MediaStreamTrack} track */
  #photograph(track) {
    const video = document.createElement("video");
    Object.assign(video, { srcObject: new MediaStream([track]), muted: true, playsInline: true });
    const canvas = document.createElement("canvas");
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    const next = (/** @type {number} */ now) => {
      if (this.stopped) return;
      video.requestVideoFrameCallback(next);
      this.counters.capture();
      const at = performance.now();
      this.told.picture(video, at);
      if (this.full) {
        this.counters.leftOut += 1;
        return;
      }
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      context.drawImage(video, 0, 0);
      const seq = ++this.seq;
      // Counted now, so that three are three while they are compressed.
      const picture = { image: /** @type {ImageBitmap | null} */ (null), at };
      this.pictures.set(seq, picture);
      createImageBitmap(canvas).then((image) => {
        if (this.pictures.get(seq) === picture) picture.image = image;
        else image.close();
      });
      canvas.toBlob(async (blob) => {
        if (!blob || this.stopped) return;
        const bytes = new Uint8Array(await blob.arrayBuffer());
        this.#post(JPEG | KEY, seq, now * 1000, { byteLength: bytes.byteLength, copyTo: (to) => to.set(bytes) });
      }, "image/jpeg", 0.8);
    };
    video.requestVideoFrameCallback(next);
    video.play();
  }

  /** @param {number} flags @param {number} seq @param {number} us @param {{ byteLength: number, copyTo: (to: Uint8Array) => void }} picture */
  #post(flags, seq, us, picture) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(message(flags, seq, us, picture));
    this.counters.sent += 1;
  }

  /** @param {{ seq: number, record?: Line, skipped?: boolean }} answer */
  #answer({ seq, record, skipped }) {
    const picture = this.pictures.get(seq);
    this.pictures.delete(seq);
    if (skipped || !record) {
      this.counters.serverSkipped += 1;
      this.#broken = true;
    } else if (picture) {
      this.records.push(record);
      if (this.records.length > KEPT) this.records.shift();
      if (picture.image) this.told.result(picture.image, record, picture.at, seq);
      this.counters.result(performance.now() - picture.at);
    }
    picture?.image?.close();
  }

  get stream() {
    return this.#stream;
  }

  state() {
    return look(this.id);
  }

  /** @param {string} [reason] */
  stop(reason) {
    if (this.stopped) return;
    this.stopped = true;
    // The camera stays open where the connection is to be made again.
    if (reason !== "lost") for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#socket?.close();
    for (const { image } of this.pictures.values()) image?.close();
    this.pictures.clear();
    this.told.ended(reason ?? "");
  }
}

/** Asks for the camera. */
export const openCamera = () => navigator.mediaDevices.getUserMedia({ video: SIDE, audio: false });
