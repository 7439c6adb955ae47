// The head as it is turned: a small one in space, and its angles.

import { html, useEffect, useRef } from "../lib/htm.js";
import { number, word } from "../words.js";

/** @import { Face } from "../types.js" */

/** Half axes of the head: across, up, to the front. */
const [A, B, C] = [0.74, 1, 0.86];
const SIZE = 150;
/** @typedef {[number, number, number]} Vector */

/** A line on the head's front, by places seen from before it. @param {[number, number][]} places @returns {Vector[]} */
const front = (places) => places.map(([x, y]) => [x, y, C * Math.sqrt(Math.max(0, 1 - (x / A) ** 2 - (y / B) ** 2))]);
const arc = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ wide, /** @type {number} */ high, from = 0, to = 2 * Math.PI) =>
  front(Array.from({ length: 17 }, (_, step) => {
    const angle = from + ((to - from) * step) / 16;
    return [x + wide * Math.cos(angle), y + high * Math.sin(angle)];
  }));
/** Lines of latitude and longitude. @type {Vector[][]} */
const NET = [];
for (let degrees = -60; degrees <= 60; degrees += 30) {
  const [high, wide] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  NET.push(Array.from({ length: 49 }, (_, step) => [A * wide * Math.sin((step * Math.PI) / 24), B * high, C * wide * Math.cos((step * Math.PI) / 24)]));
}
for (let degrees = 0; degrees < 180; degrees += 30) {
  const turn = (degrees * Math.PI) / 180;
  NET.push(Array.from({ length: 49 }, (_, step) => {
    const angle = (step * Math.PI) / 24;
    return [A * Math.sin(angle) * Math.sin(turn), B * Math.cos(angle), C * Math.sin(angle) * Math.cos(turn)];
  }));
}
/** @type {Vector[][]} */
const FACE = [
  arc(-0.28, 0.12, 0.11, 0.06), arc(0.28, 0.12, 0.11, 0.06), arc(-0.29, 0.2, 0.16, 0.1, 0.5, 2.6), arc(0.29, 0.2, 0.16, 0.1, 0.5, 2.6),
  arc(0, -0.46, 0.22, 0.1, Math.PI * 1.1, Math.PI * 1.9), [[0, 0.12, 0.86], [0, -0.16, 1.1], [-0.09, -0.22, 0.88], [0.09, -0.22, 0.88]],
];

/** The rotation's rows: x to the picture's right, y up, z to the camera. @param {Face} face @returns {Vector[]} */
function rotation({ rotation: q, pitch, yaw, roll }) {
  if (q?.length === 4) {
    const [w, x, y, z] = q;
    return [
      [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
      [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
      [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ];
  }
  const [p, t, r] = [pitch, yaw, roll].map((degrees) => (degrees * Math.PI) / 180);
  const [cp, sp, ct, st, cr, sr] = [Math.cos(p), Math.sin(p), Math.cos(t), Math.sin(t), Math.cos(r), Math.sin(r)];
  return [[cr * ct, cr * st * sp - sr * cp, cr * st * cp + sr * sp], [sr * ct, sr * st * sp + cr * cp, sr * st * cp - cr * sp], [-st, ct * sp, ct * cp]];
}

/** @param {CanvasRenderingContext2D} context @param {Face} face */
function drawHead(context, face) {
  const rows = rotation(face);
  const scale = SIZE * 0.4;
  const style = getComputedStyle(context.canvas);
  const [ink, accent] = [style.getPropertyValue("--ink"), style.getPropertyValue("--accent")];
  /** @param {Vector} point @returns {Vector} */
  const turned = (point) => /** @type {Vector} */ (rows.map((row) => row[0] * point[0] + row[1] * point[1] + row[2] * point[2]));
  context.setTransform(2, 0, 0, 2, SIZE, SIZE);
  context.clearRect(-SIZE / 2, -SIZE / 2, SIZE, SIZE);
  // The outline of a turned ellipsoid: in each direction its farthest point.
  context.beginPath();
  for (let step = 0; step < 72; step += 1) {
    const [dx, dy] = [Math.cos((step * Math.PI) / 36), Math.sin((step * Math.PI) / 36)];
    const along = [0, 1, 2].map((axis) => [A, B, C][axis] * (rows[0][axis] * dx + rows[1][axis] * dy));
    const size = Math.hypot(...along);
    const [x, y] = turned(/** @type {Vector} */ (along.map((part, axis) => ([A, B, C][axis] * part) / size)));
    context.lineTo(x * scale, -y * scale);
  }
  context.closePath();
  const [x, y] = turned([0, 0.2, C]);
  const shade = context.createRadialGradient(x * scale, -y * scale, 4, 0, 0, scale * 1.2);
  shade.addColorStop(0, `color-mix(in srgb, ${accent} 38%, transparent)`);
  shade.addColorStop(1, `color-mix(in srgb, ${accent} 8%, transparent)`);
  context.fillStyle = shade;
  context.fill();
  context.lineWidth = 1.6;
  context.strokeStyle = ink;
  context.stroke();
  /** @param {Vector[][]} lines @param {number} width @param {number} behind @param {number} before */
  const strokes = (lines, width, behind, before) => {
    context.lineWidth = width;
    for (const line of lines) {
      const points = line.map(turned);
      for (let index = 1; index < points.length; index += 1) {
        const [from, to] = [points[index - 1], points[index]];
        context.globalAlpha = from[2] + to[2] > 0 ? before : behind;
        if (!context.globalAlpha) continue;
        context.beginPath();
        context.moveTo(from[0] * scale, -from[1] * scale);
        context.lineTo(to[0] * scale, -to[1] * scale);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  };
  context.lineCap = "round";
  context.strokeStyle = accent;
  strokes(NET, 0.7, 0.08, 0.4);
  context.strokeStyle = ink;
  strokes(FACE, 2.2, 0, 1);
}

/** @param {{ face?: Face }} props */
export function Head({ face }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && face) drawHead(context, face);
  });
  const angles = /** @type {const} */ (["pitch", "yaw", "roll"]);
  const text = (/** @type {number} */ value) => `${value > 0 ? "+" : ""}${number(value, 1)}°`;
  const spoken = face ? angles.map((name) => `${word(name)} ${number(face[name])}`).join(", ") : word("nobody");
  return html`<section class="card head"><h2>${word("head")}</h2>
    <canvas ref=${canvas} width=${SIZE * 2} height=${SIZE * 2} role="img" aria-label=${`${word("head")}: ${spoken}`}></canvas>
    <dl class="angles">${angles.map((name) => html`<div key=${name}><dt>${word(name)}</dt><dd id=${name}>${face ? text(face[name]) : "–"}</dd></div>`)}</dl></section>`;
}
