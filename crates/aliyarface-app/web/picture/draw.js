// What was read, over the picture it was read of.

import { word } from "../words.js";
import { faceColour } from "./colours.js";
import { IRISES, LIDS, drawMesh, trace } from "./mesh.js";

/** @import { Face, Layers, Line, Point } from "../types.js" */

const RADIANS = Math.PI / 180;
const INK = "#0b0e13";
const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
/** Intensity from which an Action Unit is named, and how many are. */
const SHOWN = 0.5;
const UNITS = 5;

/**
 * Draws the `layers` of a record on a canvas that holds the picture.
 * @param {CanvasRenderingContext2D} context @param {Line | null} record @param {Layers} layers
 * @param {{ called: (id: number) => string | undefined, covered: (id: number) => boolean }} faces
 */
export function draw(context, record, layers, faces) {
  const { width, height } = context.canvas;
  for (const face of record?.objects ?? []) {
    const box = face.detection.bounding_box;
    const [left, top] = [box.x_min * width, box.y_min * height];
    const [wide, high] = [(box.x_max - box.x_min) * width, (box.y_max - box.y_min) * height];
    const unit = Math.max(0.8, Math.hypot(width, height) / 900);
    const tone = faceColour(face.id);
    context.lineWidth = 2 * unit;
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = context.fillStyle = tone;
    const points = face.landmarks;
    const open = !faces.covered(face.id);
    if (layers.mesh && points) drawMesh(context, points, Math.min(unit, wide / 160));
    if (layers.boxes) corners(context, left, top, wide, high, unit);
    if (layers.eyes && points && open) eyes(context, points, unit);
    if (layers.pose) axes(context, face, [left + wide / 2, top + high / 2], wide * 0.6, unit);
    if (layers.gaze && points) gaze(context, face, points, wide, unit);
    context.fillStyle = tone;
    if (layers.labels) label(context, face, faces.called(face.id), left, top, unit);
    if (layers.units) units(context, face, left + wide + 8 * unit, top, unit);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} left @param {number} top @param {number} wide @param {number} high @param {number} unit */
function corners(context, left, top, wide, high, unit) {
  context.globalAlpha = 0.35;
  context.beginPath();
  context.roundRect(left, top, wide, high, 10 * unit);
  context.stroke();
  context.globalAlpha = 1;
  context.lineWidth = 3 * unit;
  const [arm, round] = [Math.min(wide, high) * 0.16, 10 * unit];
  context.beginPath();
  for (const [x, y, dx, dy] of [[left, top, 1, 1], [left + wide, top, -1, 1], [left, top + high, 1, -1], [left + wide, top + high, -1, -1]]) {
    context.moveTo(x, y + dy * (arm + round));
    context.lineTo(x, y + dy * round);
    context.quadraticCurveTo(x, y, x + dx * round, y);
    context.lineTo(x + dx * (arm + round), y);
  }
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} points @param {number} unit */
function eyes(context, points, unit) {
  const { width, height } = context.canvas;
  context.strokeStyle = "#7ef0ff";
  context.lineWidth = 1.6 * unit;
  context.beginPath();
  for (const line of LIDS) trace(context, points, line);
  for (const [centre, ...rim] of IRISES) {
    const [x, y] = [points[centre][0] * width, points[centre][1] * height];
    const radius = rim.reduce((sum, index) => sum + Math.hypot(points[index][0] * width - x, points[index][1] * height - y), 0) / rim.length;
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.stroke();
}

/** The head's own axes: right red, up green, forwards blue. @param {CanvasRenderingContext2D} context @param {Face} face @param {[number, number]} middle @param {number} length @param {number} unit */
function axes(context, { pitch, yaw, roll, landmarks }, middle, length, unit) {
  const { width, height } = context.canvas;
  const nose = landmarks?.[1];
  const [x, y] = nose ? [nose[0] * width, nose[1] * height] : middle;
  const [p, t, r] = [pitch * RADIANS, yaw * RADIANS, roll * RADIANS];
  /** @type {[string, number, number][]} */
  const ends = [
    ["#ff5c5c", Math.cos(r) * Math.cos(t), -Math.sin(r) * Math.cos(t)],
    ["#57d977", -Math.sin(r) * Math.cos(p), -Math.cos(r) * Math.cos(p)],
    ["#5aa2ff", Math.sin(t) * Math.cos(p), Math.sin(p)],
  ];
  context.lineWidth = 3 * unit;
  for (const [colour, dx, dy] of ends) {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx * length, y + dy * length);
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Face} face @param {Point[]} points @param {number} wide @param {number} unit */
function gaze(context, { eyes: read }, points, wide, unit) {
  const [down, right] = [read?.["gaze-pitch"], read?.["gaze-yaw"]];
  if (typeof down !== "number" || typeof right !== "number") return;
  const { width, height } = context.canvas;
  const [dx, dy] = [Math.sin(right * RADIANS) * wide * 0.7, Math.sin(down * RADIANS) * wide * 0.7];
  context.strokeStyle = context.fillStyle = "#fff59d";
  context.lineWidth = 2 * unit;
  for (const [centre] of IRISES) {
    const [x, y] = [points[centre][0] * width, points[centre][1] * height];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx, y + dy);
    context.stroke();
    context.beginPath();
    context.arc(x + dx, y + dy, 2.4 * unit, 0, 2 * Math.PI);
    context.fill();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Face} face @param {string | undefined} name @param {number} left @param {number} top @param {number} unit */
function label(context, face, name, left, top, unit) {
  const parts = [name ?? `${face.id}`];
  if (face.emotion) parts.push(`${word(face.emotion)} ${Math.round((face.confidence ?? 0) * 100)} %`);
  const text = parts.join("  ");
  context.font = `600 ${14 * unit}px ${FONT}`;
  const wide = context.measureText(text).width + 16 * unit;
  const high = 23 * unit;
  const x = Math.min(Math.max(0, left), Math.max(0, context.canvas.width - wide));
  const y = Math.max(0, top - high - 5 * unit);
  context.beginPath();
  context.roundRect(x, y, wide, high, 7 * unit);
  context.fill();
  context.fillStyle = INK;
  context.textBaseline = "middle";
  context.fillText(text, x + 8 * unit, y + high / 2 + unit / 2);
}

/** @param {CanvasRenderingContext2D} context @param {Face} face @param {number} left @param {number} top @param {number} unit */
function units(context, face, left, top, unit) {
  const moving = Object.entries(face["action-units"] ?? {}).filter(([, value]) => value >= SHOWN);
  const strongest = moving.sort(([, one], [, other]) => other - one).slice(0, UNITS);
  context.font = `600 ${12 * unit}px ${FONT}`;
  context.textBaseline = "middle";
  const [wide, high] = [74 * unit, 18 * unit];
  const x = Math.min(left, context.canvas.width - wide - 2);
  strongest.forEach(([code, value], row) => {
    const y = top + row * (high + 3 * unit);
    context.fillStyle = "#000a";
    context.beginPath();
    context.roundRect(x, y, wide, high, 5 * unit);
    context.fill();
    context.fillStyle = "#fff3";
    context.beginPath();
    context.roundRect(x, y, (wide * value) / 5, high, 5 * unit);
    context.fill();
    context.fillStyle = "#fff";
    context.fillText(`${code}  ${value.toFixed(1)}`, x + 6 * unit, y + high / 2 + unit / 2);
  });
}
