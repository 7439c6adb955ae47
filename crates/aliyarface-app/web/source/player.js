// A video that the browser plays, and the records of its pictures; both meet by time.

/** @import { Drawable, Line } from "../types.js" */

/** How far a picture's time may be from its record's, in ns: less than a picture of 100 a second. */
const NEAR = 9e6;

/** What is told of a video: each picture with its record, and whatever else changed. @typedef {object} Told
 * @property {(video: HTMLVideoElement, record: Line | null, seconds: number) => void} picture
 * @property {() => void} changed
 * @property {(events: import("../types.js").FaceEvent[]) => void} events
 * @property {(reason: string) => void} ended
 */

export class Player {
  kind = "file";
  /** @type {Line[]} */
  records = [];
  stopped = false;
  /** The browser cannot show it. */
  blind = false;
  /** How far a record's time may be from its picture's, in ns. */
  near = NEAR;

  /** @param {string} address @param {Told} told */
  constructor(address, told) {
    this.told = told;
    this.video = document.createElement("video");
    Object.assign(this.video, { src: address, muted: true, playsInline: true, preload: "auto", loop: true });
    this.video.onerror = () => {
      if (this.stopped) return;
      this.blind = true;
      told.changed();
    };
    this.video.onplay = this.video.onpause = this.video.onloadedmetadata = () => told.changed();
    const next = (/** @type {number} */ _, /** @type {VideoFrameCallbackMetadata} */ { mediaTime }) => {
      if (this.stopped) return;
      this.shown = mediaTime;
      this.show();
      this.video.requestVideoFrameCallback(next);
    };
    this.video.requestVideoFrameCallback(next);
  }

  /** Shows the picture of now again. */
  show() {
    if (this.shown === undefined || this.stopped) return;
    this.told.picture(this.video, this.at(this.shown * 1e9), this.shown);
  }

  /** The record of the picture at a time, if it was read. @param {number} ns @returns {Line | null} */
  at(ns) {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time(this.records[middle]) < ns) low = middle + 1;
      else high = middle;
    }
    const near = [this.records[low - 1], this.records[low]].filter(Boolean);
    const [best] = near.sort((one, other) => Math.abs(time(one) - ns) - Math.abs(time(other) - ns));
    return best && Math.abs(time(best) - ns) <= this.near ? best : null;
  }

  /** Seconds of the whole video. */
  get length() {
    const read = this.records.length ? time(this.records[this.records.length - 1]) / 1e9 : 0;
    return Number.isFinite(this.video.duration) && this.video.duration > 0 ? this.video.duration : read || 1;
  }

  /** The part of it that was read. */
  get part() {
    return 1;
  }

  get paused() {
    return this.video.paused;
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.video.currentTime = Math.min(Math.max(0, seconds), Math.max(0, this.length - 0.001));
  }

  /** @param {number} pictures */
  step(pictures) {
    this.video.pause();
    const [first, second] = this.records;
    const gap = second ? (time(second) - time(first)) / 1e9 : 1 / 30;
    this.seek((this.shown ?? 0) + pictures * gap + gap / 4);
  }

  /** @returns {Promise<import("../types.js").SessionInfo | null>} */
  async state() {
    return null;
  }

  /** @param {string} [reason] */
  stop(reason) {
    if (this.stopped) return;
    this.stopped = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.told.ended(reason ?? "");
  }
}

/** @param {Line} record */
const time = (record) => record["stream-time"] ?? 0;
