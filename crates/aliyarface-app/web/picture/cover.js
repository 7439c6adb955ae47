// Covers faces: their place is filled with few large squares, and nothing of them stays.

import { FACE_OVAL } from "./mesh.js";

/** @import { Drawable, Face, Line } from "../types.js" */

/** Squares across a covered face. */
const SQUARES = 7;
/** How far beyond the mesh's oval is covered: hair and ears tell who it is, too. */
const BEYOND = 1.45;
/** A face that is lost stays covered where it was for so long, in ms. */
const LOST = 1500;
const GROWN = 1.3;

/** @typedef {{ x: number, y: number, wide: number, high: number }} Place */

/** The place of a face on a picture, a part of it. @param {Face} face @returns {Place} */
function placeOf(face) {
  const { x_min, y_min, x_max, y_max } = face.detection.bounding_box;
  let [left, top, right, bottom] = [x_min, y_min, x_max, y_max];
  for (const index of face.landmarks ? FACE_OVAL : []) {
    const [x, y] = /** @type {import("../types.js").Point[]} */ (face.landmarks)[index];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  const [wide, high] = [(right - left) * BEYOND, (bottom - top) * BEYOND];
  // The forehead and hair are above the mesh.
  return { x: (left + right) / 2, y: (top + bottom) / 2 - high * 0.05, wide, high };
}

export class Cover {
  /** @type {Map<number, { place: Place, at: number }>} */
  #lost = new Map();
  #small = document.createElement("canvas");

  /**
   * Covers faces of a picture that is already on the canvas.
   * @param {CanvasRenderingContext2D} context @param {Line | null} record of this very picture; without one all is covered
   * @param {(id: number) => boolean} wanted
   */
  draw(context, record, wanted) {
    if (!record) {
      this.#fill(context, { x: 0.5, y: 0.5, wide: 1, high: 1 }, false);
      return;
    }
    const now = performance.now();
    for (const face of record.objects) if (wanted(face.id)) this.#lost.set(face.id, { place: placeOf(face), at: now });
    for (const [id, { place, at }] of this.#lost) {
      const seen = record.objects.some((face) => face.id === id);
      if (!wanted(id) || (!seen && now - at > LOST)) this.#lost.delete(id);
      else this.#fill(context, seen ? place : { ...place, wide: place.wide * GROWN, high: place.high * GROWN }, true);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Place} place @param {boolean} round */
  #fill(context, { x, y, wide, high }, round) {
    const { canvas } = context;
    const [left, top] = [(x - wide / 2) * canvas.width, (y - high / 2) * canvas.height];
    const [across, down] = [wide * canvas.width, high * canvas.height];
    const small = /** @type {CanvasRenderingContext2D} */ (this.#small.getContext("2d", { alpha: false }));
    [this.#small.width, this.#small.height] = [SQUARES, Math.max(1, Math.round((SQUARES * down) / across))];
    small.imageSmoothingEnabled = true;
    small.imageSmoothingQuality = "high";
    small.drawImage(canvas, left, top, across, down, 0, 0, this.#small.width, this.#small.height);
    context.save();
    context.beginPath();
    if (round) context.ellipse(x * canvas.width, y * canvas.height, across / 2, down / 2, 0, 0, 2 * Math.PI);
    else context.rect(left, top, across, down);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#small, left, top, across, down);
    context.restore();
  }
}
