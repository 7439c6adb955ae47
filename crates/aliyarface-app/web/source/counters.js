// What came, went and was left out, counted where it happens.

/** Results whose delay is kept, and the span in ms over which a rate is taken. */
const KEPT = 300;
const SPAN = 2000;

export class Counters {
  /** Pictures that the camera gave, that were sent, whose result came. */
  captured = 0;
  sent = 0;
  read = 0;
  /** Pictures that were left out before the encoder, and that the server says it skipped. */
  leftOut = 0;
  serverSkipped = 0;
  /** @type {number[]} ms from a picture's coming into the page to the drawing of its result */
  delays = [];
  /** @type {number[]} */
  #captures = [];
  /** @type {number[]} */
  #results = [];

  capture() {
    this.captured += 1;
    keep(this.#captures);
  }

  /** @param {number} ms */
  result(ms) {
    this.read += 1;
    keep(this.#results);
    this.delays.push(ms);
    if (this.delays.length > KEPT) this.delays.shift();
  }

  /** Pictures a second that came, and that were read. */
  get rates() {
    return [this.#captures, this.#results].map((times) => times.filter((time) => time > performance.now() - SPAN).length / (SPAN / 1000));
  }

  /** The delay that a part of the newest results stayed within. @param {number} part */
  delay(part) {
    const sorted = [...this.delays].sort((one, other) => one - other);
    return sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  }
}

/** @param {number[]} times */
function keep(times) {
  times.push(performance.now());
  if (times.length > KEPT) times.shift();
}
