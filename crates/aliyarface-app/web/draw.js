// What was read, over the picture it was read of.

const COLOURS = ["#4da3ff", "#ffb454", "#5fd38d", "#ff7eb6", "#b794ff", "#f6e05e", "#4fd1c5", "#fc8181"];
export const colour = (id) => COLOURS[(id - 1) % COLOURS.length];
export const TONES = {
  neutral: "#8b95a5", happiness: "#f2b134", surprise: "#2fb6c4", sadness: "#4a7dd8", anger: "#d9483b", disgust: "#6c9a3a", fear: "#8a5cc7", contempt: "#b0713f", unknown: "#5b6472",
};
const RADIANS = Math.PI / 180;

/** Draws the `layers` of a record on a canvas as large as the picture. */
export function draw(context, record, layers, word) {
  const { width, height } = context.canvas;
  const unit = Math.max(1, Math.hypot(width, height) / 900);
  for (const face of record?.objects ?? []) {
    const box = face.detection.bounding_box;
    const [left, top] = [box.x_min * width, box.y_min * height];
    const [wide, high] = [(box.x_max - box.x_min) * width, (box.y_max - box.y_min) * height];
    const tone = colour(face.id);
    context.lineWidth = 2 * unit;
    context.strokeStyle = context.fillStyle = tone;
    if (layers.mesh && face.landmarks) mesh(context, face.landmarks, unit);
    if (layers.boxes) {
      context.beginPath();
      context.roundRect(left, top, wide, high, 8 * unit);
      context.stroke();
    }
    if (layers.pose) axes(context, face, [left + wide / 2, top + high / 2], wide * 0.6, unit);
    if (layers.gaze && face.eyes?.["gaze-yaw"] !== undefined && face.landmarks) gaze(context, face, wide, unit);
    if (layers.labels) label(context, face, left, top, unit, word);
  }
}

function mesh(context, points, unit) {
  const { width, height } = context.canvas;
  const side = 1.5 * unit;
  context.globalAlpha = 0.75;
  for (const [x, y] of points) context.fillRect(x * width - side / 2, y * height - side / 2, side, side);
  context.globalAlpha = 1;
}

/** The head's own axes: right red, up green, forwards blue. */
function axes(context, { pitch, yaw, roll, landmarks }, middle, length, unit) {
  const { width, height } = context.canvas;
  const nose = landmarks?.[1];
  const [x, y] = nose ? [nose[0] * width, nose[1] * height] : middle;
  const [p, t, r] = [pitch * RADIANS, yaw * RADIANS, roll * RADIANS];
  const ends = [
    ["#ff5c5c", Math.cos(r) * Math.cos(t), -Math.sin(r) * Math.cos(t)],
    ["#57d977", -Math.sin(r) * Math.cos(p), -Math.cos(r) * Math.cos(p)],
    ["#5aa2ff", Math.sin(t) * Math.cos(p), Math.sin(p)],
  ];
  context.lineWidth = 3 * unit;
  for (const [tone, dx, dy] of ends) {
    context.strokeStyle = tone;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx * length, y + dy * length);
    context.stroke();
  }
}

function gaze(context, { eyes, landmarks }, wide, unit) {
  const { width, height } = context.canvas;
  const [dx, dy] = [Math.sin(eyes["gaze-yaw"] * RADIANS), Math.sin(eyes["gaze-pitch"] * RADIANS)];
  context.strokeStyle = "#fff59d";
  context.lineWidth = 2 * unit;
  for (const iris of [468, 473]) {
    const [x, y] = [landmarks[iris][0] * width, landmarks[iris][1] * height];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx * wide * 0.6, y + dy * wide * 0.6);
    context.stroke();
  }
}

function label(context, face, left, top, unit, word) {
  const parts = [`#${face.id}`];
  if (face.emotion) parts.push(`${word(face.emotion)} ${Math.round((face.confidence ?? 0) * 100)} %`);
  const text = parts.join("  ");
  context.font = `600 ${14 * unit}px system-ui, sans-serif`;
  const wide = context.measureText(text).width + 14 * unit;
  const high = 22 * unit;
  const y = Math.max(0, top - high - 4 * unit);
  context.beginPath();
  context.roundRect(left, y, wide, high, 6 * unit);
  context.fill();
  context.fillStyle = "#0b0e13";
  context.textBaseline = "middle";
  context.fillText(text, left + 7 * unit, y + high / 2);
}
