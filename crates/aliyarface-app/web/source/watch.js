// A camera that the server fetches: its pictures come down in H.264, each one's result under the same number.

import { session as look, socket } from "../api.js";
import { Counters } from "./counters.js";
import { KEY } from "./messages.js";

/** @import { Line } from "../types.js" */
/** @import { Told } from "./camera.js" */

/** The constrained baseline at 1280x720: what the server codes. */
const CODEC = "avc1.42e01f";
/** Pictures that wait for their results, and records that are kept for the curves. */
const [WAITING, KEPT] = [30, 1800];
/** How long until a lost connection is tried again, in ms, and how often. */
const [AGAIN, TRIES] = [1000, 60];

export class Watch {
  kind = "watch";
  codec = "H.264";
  counters = new Counters();
  /** @type {Line[]} the newest records */
  records = [];
  /** Pictures that wait for their results, by number. @type {Map<number, { image: VideoFrame, at: number }>} */
  pictures = new Map();
  /** Results that wait for their pictures. @type {Map<number, Line>} */
  #results = new Map();
  /** Numbers, and when their pictures came, by the decoder's times. @type {Map<number, { seq: number, at: number }>} */
  #numbers = new Map();
  stopped = false;
  #tries = 0;
  /** @type {VideoDecoder | null} */
  #decoder = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** This browser cannot decode: results are shown without pictures. */
  blind = !("VideoDecoder" in window);

  /** @param {string} id of the session @param {boolean} owned whether it ends with this page's run @param {Told} told */
  constructor(id, owned, told) {
    this.id = id;
    this.owned = owned;
    this.told = told;
    this.#connect();
  }

  #connect() {
    this.#forget();
    if (!this.blind) {
      this.#decoder = new VideoDecoder({ output: (frame) => this.#decoded(frame), error: () => this.#socket?.close() });
      this.#decoder.configure({ codec: CODEC, optimizeForLatency: true });
    }
    const server = socket(`sessions/${this.id}/video`);
    this.#socket = server;
    server.binaryType = "arraybuffer";
    server.onmessage = ({ data }) => {
      this.#tries = 0;
      if (typeof data === "string") this.#answer(JSON.parse(data));
      else this.#picture(data);
    };
    server.onclose = async ({ reason }) => {
      if (this.stopped) return;
      const state = await look(this.id).then((info) => info.state, (error) => (error.status === 404 ? "ended" : error.status === 401 ? "unknown" : "lost"));
      if (this.stopped) return;
      if (state === "ended") return this.stop("over");
      if (state === "failed") return this.stop(reason || "over");
      if (state === "unknown" || ++this.#tries > TRIES) return this.stop(state === "unknown" ? "gone" : "lost");
      setTimeout(() => this.stopped || this.#connect(), AGAIN);
    };
  }

  /** @param {ArrayBuffer} data */
  #picture(data) {
    const view = new DataView(data);
    const [flags, seq, us] = [view.getUint8(0), view.getUint32(1, true), Number(view.getBigUint64(5, true))];
    this.counters.capture();
    if (this.#decoder?.state !== "configured") return;
    this.#numbers.set(us, { seq, at: performance.now() });
    this.#decoder.decode(new EncodedVideoChunk({ type: flags & KEY ? "key" : "delta", timestamp: us, data: new Uint8Array(data, 13) }));
  }

  /** @param {VideoFrame} image */
  #decoded(image) {
    const number = this.#numbers.get(image.timestamp);
    this.#numbers.delete(image.timestamp);
    if (!number || this.stopped) return image.close();
    this.told.picture(image, number.at);
    this.pictures.set(number.seq, { image, at: number.at });
    this.#meet(number.seq);
    for (const [seq, { image: old }] of this.pictures) {
      if (this.pictures.size <= WAITING) break;
      old.close();
      this.pictures.delete(seq);
    }
  }

  /** @param {{ seq: number, record?: Line, skipped?: boolean }} answer */
  #answer({ seq, record }) {
    if (!record) {
      this.counters.serverSkipped += 1;
      this.pictures.get(seq)?.image.close();
      this.pictures.delete(seq);
      return;
    }
    this.records.push(record);
    if (this.records.length > KEPT) this.records.shift();
    if (this.blind) {
      this.counters.result(0);
      return this.told.result(/** @type {any} */ (null), record, performance.now(), seq);
    }
    this.#results.set(seq, record);
    this.#meet(seq);
    for (const old of this.#results.keys()) {
      if (this.#results.size <= WAITING) break;
      this.#results.delete(old);
    }
  }

  /** Shows a picture whose result is there. @param {number} seq */
  #meet(seq) {
    const [picture, record] = [this.pictures.get(seq), this.#results.get(seq)];
    if (!picture || !record) return;
    this.pictures.delete(seq);
    this.#results.delete(seq);
    this.told.result(picture.image, record, picture.at, seq);
    this.counters.result(performance.now() - picture.at);
    picture.image.close();
  }

  #forget() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    for (const { image } of this.pictures.values()) image.close();
    for (const map of [this.pictures, this.#results, this.#numbers]) map.clear();
  }

  state() {
    return look(this.id);
  }

  /** @param {string} [reason] */
  stop(reason) {
    if (this.stopped) return;
    this.stopped = true;
    this.#socket?.close();
    this.#forget();
    this.told.ended(reason ?? "");
  }
}
