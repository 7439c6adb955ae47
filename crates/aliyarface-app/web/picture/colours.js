// One colour a face, and one an emotion.

const FACES = ["#4da3ff", "#ffb454", "#5fd38d", "#ff7eb6", "#b794ff", "#f6e05e", "#4fd1c5", "#fc8181"];

/** @param {number} id */
export const faceColour = (id) => FACES[(id - 1) % FACES.length];

/** @type {Record<string, string>} */
export const TONES = {
  neutral: "#8b95a5", happiness: "#f2b134", surprise: "#2fb6c4", sadness: "#4a7dd8", anger: "#e0503f", disgust: "#6c9a3a", fear: "#9a6fd6",
  contempt: "#b0713f", unknown: "#5b6472",
};
/** @param {string} emotion */
export const tone = (emotion) => TONES[emotion] ?? "#7c8aa5";
