// A file: the browser plays it, and the server reads every picture of it.

import { session as look, socket } from "../api.js";
import { Player } from "./player.js";

/** @import { Line, Upload } from "../types.js" */
/** @import { Told } from "./player.js" */

/** How long until a lost connection is tried again, in ms. */
const AGAIN = 500;
const TRIES = 60;

export class Clip extends Player {
  kind = "clip";
  /** Whether every picture was read. */
  whole = false;
  #last = 0;
  #tries = 0;
  /** @type {WebSocket | null} */
  #live = null;

  /** @param {string} id of the session @param {Upload} upload @param {Told} told */
  constructor(id, upload, told) {
    super(`uploads/${upload.id}/file`, told);
    this.id = id;
    this.upload = upload;
    this.#connect();
  }

  #connect() {
    const live = socket(`sessions/${this.id}/live?after=${this.#last}`);
    this.#live = live;
    live.onmessage = ({ data }) => {
      const { id, record } = JSON.parse(data);
      [this.#last, this.#tries] = [id, 0];
      this.#take(record);
      this.told.changed();
    };
    live.onclose = async () => {
      if (this.stopped) return;
      const info = await look(this.id).catch((error) => ({ state: error.status === 404 ? "gone" : error.status === 401 ? "unknown" : "lost", reason: "" }));
      if (this.stopped) return;
      if (info.state === "failed") return this.stop(info.reason);
      if (info.state === "gone" || info.state === "unknown" || ++this.#tries > TRIES) return this.stop(info.state === "lost" ? "lost" : "gone");
      if (info.state === "ended") {
        await this.#refill();
        this.whole = true;
        this.told.changed();
        return;
      }
      setTimeout(() => this.stopped || this.#connect(), AGAIN);
    };
  }

  /** @param {Line} record */
  #take(record) {
    if (record.record === "end") this.whole = true;
    if (record.record === "frame" && record["stream-time"] !== null) this.records.push(record);
    if (record.events?.length) this.told.events(record.events);
  }

  /** Fetches what a slow socket left out. */
  async #refill() {
    const { records } = this;
    const expected = records.length ? records[records.length - 1].frame - records[0].frame + 1 : 0;
    if (expected === records.length && expected > 0) return;
    const text = await fetch(`sessions/${this.id}/records.jsonl`).then((response) => response.text()).catch(() => "");
    const lines = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const frames = lines.filter((line) => line.record === "frame" && line["stream-time"] !== null);
    if (frames.length > records.length) this.records = frames;
  }

  get length() {
    return Number.isFinite(this.video.duration) && this.video.duration > 0 ? this.video.duration : this.upload.seconds || super.length;
  }

  get part() {
    if (this.whole) return 1;
    const last = this.records[this.records.length - 1]?.["stream-time"] ?? 0;
    return Math.min(1, last / 1e9 / this.length);
  }

  state() {
    return look(this.id);
  }

  /** @param {string} [reason] */
  stop(reason) {
    this.#live?.close();
    super.stop(reason);
  }
}
