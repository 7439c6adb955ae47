// A camera's pictures to the server, and each one's result back.

import { session as look, socket } from "./api.js";

/** Pictures without an answer, beyond which the next is left out: delay never grows. */
const UNANSWERED = 3;
/** Pictures that wait for the encoder, and bytes that wait for the socket, beyond which it is too. */
const QUEUED = 1;
const BUFFERED = 96 << 10;
const KEY_EVERY = 60;
const [KEY, JPEG] = [1, 2];
const SIDE = { width: 640, height: 480, frameRate: 30 };

/** Whether this browser encodes H.264 as it comes. */
async function encoding(width, height) {
  if (!("VideoEncoder" in window) || !("MediaStreamTrackProcessor" in window)) return null;
  for (const codec of ["avc1.42e01f", "avc1.42001f"]) {
    const config = { codec, width, height, bitrate: 2_500_000, framerate: 30, latencyMode: "realtime", avc: { format: "annexb" } };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({}));
    if (supported) return config;
  }
  return null;
}

function message(flags, seq, us, data) {
  const bytes = new Uint8Array(13 + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, flags);
  view.setUint32(1, seq, true);
  view.setBigUint64(5, BigInt(us), true);
  if (data instanceof Uint8Array) bytes.set(data, 13);
  else data.copyTo(bytes.subarray(13));
  return bytes;
}

/** One run of the camera. */
export class Camera {
  /**
   * @param {object} tell `picture(image, seq)` for each captured picture, `result(image, record, ms)` for
   * each that was read, `ended(reason)`.
   */
  constructor(id, tell) {
    Object.assign(this, { id, tell, pictures: new Map(), seq: 0, skipped: 0, delays: [], encoder: null, stopped: false });
  }

  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ video: SIDE, audio: false });
    if (this.stopped) return this.close();
    const [track] = this.stream.getVideoTracks();
    track.onended = () => this.stop("refused");
    this.socket = socket(`sessions/${this.id}/video`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.answer(JSON.parse(data));
    this.socket.onclose = ({ reason }) => this.stop(reason || "lost");
    await new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.addEventListener("close", () => reject(new Error("lost")), { once: true });
    });
    const { width = SIDE.width, height = SIDE.height } = track.getSettings();
    // H.264 has even sides.
    const config = await encoding(width & ~1, height & ~1);
    this.codec = config ? "H.264" : "JPEG";
    if (config) this.encode(track, config);
    else this.photograph(track);
  }

  get full() {
    const { encoder, socket, pictures } = this;
    return pictures.size >= UNANSWERED || socket.bufferedAmount > BUFFERED || (encoder?.encodeQueueSize ?? 0) > QUEUED;
  }

  async encode(track, config) {
    const numbers = new Map();
    this.encoder = new VideoEncoder({
      output: (chunk) => {
        const seq = numbers.get(chunk.timestamp);
        numbers.delete(chunk.timestamp);
        this.post(chunk.type === "key" ? KEY : 0, seq, chunk.timestamp, { byteLength: chunk.byteLength, copyTo: (to) => chunk.copyTo(to) });
      },
      error: (error) => this.stop(error.message),
    });
    this.encoder.configure(config);
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
    let coded = 0;
    while (!this.stopped) {
      const { value: frame, done } = await reader.read();
      if (done) break;
      if (this.full || this.encoder.state !== "configured") {
        this.skipped += 1;
        frame.close();
        continue;
      }
      const seq = ++this.seq;
      numbers.set(frame.timestamp, seq);
      const image = await createImageBitmap(frame);
      this.keep(seq, image);
      this.encoder.encode(frame, { keyFrame: coded++ % KEY_EVERY === 0 || this.lostOne });
      this.lostOne = false;
      frame.close();
    }
  }

  /** Without WebCodecs: a JPEG of each picture that the browser shows. */
  photograph(track) {
    const video = document.createElement("video");
    Object.assign(video, { srcObject: new MediaStream([track]), muted: true, playsInline: true });
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { alpha: false });
    const next = (now) => {
      if (this.stopped) return;
      video.requestVideoFrameCallback(next);
      if (this.full) {
        this.skipped += 1;
        return;
      }
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      context.drawImage(video, 0, 0);
      const [seq, us] = [++this.seq, Math.round(now * 1000)];
      // Counted now, so that three are three while they are compressed.
      this.keep(seq, null);
      createImageBitmap(canvas).then((image) => this.keep(seq, image));
      canvas.toBlob(async (blob) => {
        if (blob && !this.stopped) this.post(JPEG | KEY, seq, us, new Uint8Array(await blob.arrayBuffer()));
      }, "image/jpeg", 0.8);
    };
    video.requestVideoFrameCallback(next);
    video.play();
  }

  keep(seq, image) {
    const known = this.pictures.get(seq);
    this.pictures.set(seq, { image, at: known?.at ?? performance.now() });
    if (image) this.tell.picture(image, seq);
  }

  post(flags, seq, us, data) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message(flags, seq, Math.max(0, us), data));
  }

  answer({ seq, record, skipped }) {
    const picture = this.pictures.get(seq);
    this.pictures.delete(seq);
    if (skipped) {
      this.skipped += 1;
      this.lostOne = true;
    } else if (picture) {
      const ms = performance.now() - picture.at;
      this.delays = [...this.delays.slice(-59), ms];
      if (picture.image) this.tell.result(picture.image, record, ms, seq);
    }
    picture?.image?.close();
  }

  /** The median and the 95th percentile of the time from picture to result, in ms. */
  get delay() {
    const sorted = [...this.delays].sort((a, b) => a - b);
    return [0.5, 0.95].map((part) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  }

  state = () => look(this.id);

  stop(reason) {
    if (this.stopped) return;
    this.stopped = true;
    this.close();
    this.tell.ended(reason);
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
    this.socket?.close();
    for (const { image } of this.pictures.values()) image?.close();
    this.pictures.clear();
  }
}
