// The mesh's own lines, by the numbers of its points.

/** @import { Point } from "../types.js" */

export const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132,
  93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/** The person's left and right lids. */
export const LIDS = [
  [249, 263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390],
  [7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33],
];
/** The centre of each iris, then four points of its rim: the person's left and right. */
export const IRISES = [[473, 474, 475, 476, 477], [468, 469, 470, 471, 472]];
const FEATURES = [
  FACE_OVAL, ...LIDS,
  [276, 283, 282, 295, 285, 336, 296, 334, 293, 300],
  [46, 53, 52, 65, 55, 107, 66, 105, 63, 70],
  [0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267],
  [13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78, 191, 80, 81, 82],
];

/** Puts a closed line through points on the canvas' path. @param {CanvasRenderingContext2D} context @param {Point[]} points @param {number[]} line */
export function trace(context, points, line) {
  const { width, height } = context.canvas;
  line.forEach((index, place) => {
    const [x, y] = points[index];
    if (place === 0) context.moveTo(x * width, y * height);
    else context.lineTo(x * width, y * height);
  });
  context.closePath();
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} points @param {number} unit width of a line in pixels */
export function drawMesh(context, points, unit) {
  const { width, height } = context.canvas;
  const side = 1.4 * unit;
  context.globalAlpha = 0.55;
  context.beginPath();
  for (const [x, y] of points) context.rect(x * width - side / 2, y * height - side / 2, side, side);
  context.fill();
  context.globalAlpha = 0.9;
  context.lineWidth = 1.2 * unit;
  context.beginPath();
  for (const line of FEATURES) trace(context, points, line);
  context.stroke();
  context.globalAlpha = 1;
}
