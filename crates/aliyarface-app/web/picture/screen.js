// The canvas on which pictures and what was read of them meet.

import { called, covering, state } from "../store.js";
import { Cover } from "./cover.js";
import { draw } from "./draw.js";

/** @import { Drawable, Line } from "../types.js" */

/** @param {number} id */
export const covered = (id) => state.coverAll || state.covered.has(id);

/** Width and height of a picture in pixels. @param {any} image @returns {[number, number]} */
export const sizeOf = (image) => [image.videoWidth ?? image.displayWidth ?? image.width, image.videoHeight ?? image.displayHeight ?? image.height];

export class Screen {
  canvas = document.createElement("canvas");
  #context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
  #cover = new Cover();
  #recordedCover = new Cover();
  /** @type {(canvas: HTMLCanvasElement, record: Line | null) => void} for tests: told of each picture before anything is drawn over it */
  watch = () => {};

  constructor() {
    this.canvas.id = "picture";
    [this.canvas.width, this.canvas.height] = [1280, 720];
  }

  /**
   * Shows a picture. `own` says that the record is of this very picture: only then covered faces are where it says.
   * @param {Drawable} image @param {Line | null} record
   */
  paint(image, record, own = true) {
    const [width, height] = sizeOf(image);
    if (!width || !height) return;
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    this.clean(this.#context, image, record, own, this.#cover);
    this.watch(this.canvas, record);
    draw(this.#context, record, state.layers, { called, covered });
  }

  /** Draws a picture without what was read of it, covered where that was asked. @param {CanvasRenderingContext2D} context @param {Drawable} image @param {Line | null} record */
  clean(context, image, record, own = true, cover = this.#recordedCover) {
    context.drawImage(image, 0, 0, context.canvas.width, context.canvas.height);
    if (covering()) cover.draw(context, own ? record : null, covered);
  }

  clear() {
    this.#context.fillStyle = "#05070a";
    this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
