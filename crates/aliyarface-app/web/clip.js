// A file: the browser plays it, the server reads every picture of it, and both meet by time.

import { session as look, socket } from "./api.js";

/** How far a picture's time may be from its record's, in ns: less than a picture of 100 a second. */
const NEAR = 9e6;

/** One file. */
export class Clip {
  /** @param {object} tell `picture(video, record, ns)`, `events(list)`, `progress(clip)`, `ended(reason)`. */
  constructor(id, upload, tell) {
    Object.assign(this, { id, upload, tell, records: [], last: 0, whole: false, stopped: false });
    this.video = document.createElement("video");
    Object.assign(this.video, { src: `uploads/${upload.id}/file`, muted: true, playsInline: true, preload: "auto", loop: true });
    this.video.onerror = () => { this.blind = true; this.tell.progress(this); };
    const next = (_, { mediaTime }) => {
      if (this.stopped) return;
      this.show(mediaTime * 1e9);
      this.video.requestVideoFrameCallback(next);
    };
    this.video.requestVideoFrameCallback(next);
    this.connect();
  }

  connect() {
    this.live = socket(`sessions/${this.id}/live?after=${this.last}`);
    this.live.onmessage = ({ data }) => {
      const { id, record } = JSON.parse(data);
      this.last = id;
      if (record.record === "end") this.whole = true;
      if (record.record === "frame" && record["stream-time"] !== null) this.records.push(record);
      if (record.events?.length) this.tell.events(record.events);
      this.tell.progress(this);
    };
    this.live.onclose = async () => {
      if (this.stopped) return;
      const { state, reason } = await look(this.id).catch(() => ({ state: "failed", reason: "lost" }));
      if (state === "failed") return this.stop(reason);
      if (state === "ended") {
        this.whole = true;
        await this.refill();
        return this.tell.progress(this);
      }
      setTimeout(() => this.stopped || this.connect(), 500);
    };
  }

  /** Fetches what a slow socket left out. */
  async refill() {
    const expected = this.records.length ? this.records.at(-1).frame - this.records[0].frame + 1 : 0;
    if (expected === this.records.length && expected > 0) return;
    const text = await fetch(`sessions/${this.id}/records.jsonl`).then((response) => response.text());
    const lines = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    this.records = lines.filter((line) => line.record === "frame" && line["stream-time"] !== null);
  }

  /** The record of the picture at a time, if it was read. */
  at(ns) {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle]["stream-time"] < ns) low = middle + 1;
      else high = middle;
    }
    const near = [this.records[low - 1], this.records[low]].filter(Boolean);
    const best = near.sort((a, b) => Math.abs(a["stream-time"] - ns) - Math.abs(b["stream-time"] - ns))[0];
    return best && Math.abs(best["stream-time"] - ns) <= NEAR ? best : null;
  }

  show(ns) {
    this.tell.picture(this.video, this.at(ns), ns);
  }

  /** Seconds of the whole file. */
  get length() {
    const read = this.records.length ? this.records.at(-1)["stream-time"] / 1e9 : 0;
    return this.video.duration || this.upload.seconds || read || 1;
  }

  /** How much of it was read. */
  get part() {
    if (this.whole) return 1;
    return this.records.length ? Math.min(1, this.records.at(-1)["stream-time"] / 1e9 / this.length) : 0;
  }

  seek(seconds) {
    this.video.currentTime = Math.min(Math.max(0, seconds), this.length);
  }

  step(pictures) {
    this.video.pause();
    const gap = this.records.length > 1 ? (this.records[1]["stream-time"] - this.records[0]["stream-time"]) / 1e9 : 1 / 30;
    this.seek(this.video.currentTime + pictures * gap);
  }

  state = () => look(this.id);

  stop(reason) {
    if (this.stopped) return;
    this.stopped = true;
    this.live.close();
    this.video.pause();
    this.video.removeAttribute("src");
    this.tell.ended(reason);
  }
}
