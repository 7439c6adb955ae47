// What is read of the chosen face: emotion, Action Units, affect, eyes.

import { html } from "../lib/htm.js";
import { tone } from "../picture/colours.js";
import { number, spoken, word } from "../words.js";

/** @import { Face, Line } from "../types.js" */

const HIGHEST = 5;
const percent = (/** @type {number} */ part) => `${Math.round(part * 100)} %`;

/** A bar that a screen reader can name. @param {string} name @param {number} part @param {string} text */
const meter = (name, part, text, extra = "") => html`<div class=${`track ${extra}`} role="meter" aria-label=${name} aria-valuemin="0" aria-valuemax="100"
  aria-valuenow=${Math.round(part * 100)} aria-valuetext=${text}><div class="fill" style=${{ width: `${(part * 100).toFixed(1)}%` }}></div></div>`;

/** @param {{ face?: Face }} props */
export function Emotions({ face }) {
  const mixture = face?.mixture;
  const hints = [];
  if (mixture && mixture.kind !== "pure") hints.push(`${word(mixture.kind)}: ${mixture.labels.map(word).join(" + ")}`);
  if (face?.transition?.state === "changing") hints.push(`${word("changing")} ${word(face.transition.to)}`);
  return html`<section class="card emotions"><h2>${word("emotion")}</h2><div class="bars">
    ${Object.entries(face?.emotions ?? {}).map(([name, part]) => html`<div key=${name} class=${name === face?.emotion ? "bar first" : "bar"} style=${{ "--tone": tone(name) }}>
      <span>${word(name)}</span>${meter(word(name), part, percent(part))}<output>${percent(part)}</output></div>`)}
    ${face?.emotions ? "" : html`<p class="hint">${word("notMeasured")}</p>`}</div>
    <p class="hint" id="mixture">${hints.join(" · ")}</p></section>`;
}

/** @param {{ face?: Face }} props */
export function Units({ face }) {
  const [values, tiers] = [face?.["action-units"] ?? {}, face?.["action-unit-tiers"] ?? {}];
  const [rights, lefts] = [face?.["action-units-right"] ?? {}, face?.["action-units-left"] ?? {}];
  const codes = Object.keys(values).length ? Object.keys(values) : Object.keys(tiers);
  return html`<section class="card"><h2>${word("unitsTitle")}</h2>
    <div class="unit head" aria-hidden="true"><span></span><span class="right">${word("right")}</span><span class="left">${word("left")}</span><span>0–5</span></div>
    <div class="units">${codes.map((code) => {
      const both = values[code];
      const [right, left] = [rights[code] ?? both ?? 0, lefts[code] ?? both ?? 0];
      return html`<div key=${code} class=${both === undefined ? "unit absent" : "unit"} data-tier=${tiers[code] ?? "poor"} title=${`${code} ${word(code)}`}>
        <span class="name"><b>${code}</b> <i>${spoken(code) ? word(code) : ""}</i></span>
        ${meter(`${word(code)}, ${word("right")}`, right / HIGHEST, number(right, 1), "right")}${meter(`${word(code)}, ${word("left")}`, left / HIGHEST, number(left, 1), "left")}
        <output>${both === undefined ? "–" : number(both, 1)}</output></div>`;
    })}</div>
    ${face?.["action-units-observable"] === false ? html`<p class="hint">${word("tooTurned")}</p>` : ""}
    <p class="legend"><span>${word("tiers")}:</span>${["good", "fair", "weak", "poor"].map((tier) => html`<span key=${tier} class="tier" data-tier=${tier}>${word(`tier${tier[0].toUpperCase()}${tier.slice(1)}`)}</span>`)}</p></section>`;
}

/** The last second's way on the plane of valence and arousal. @param {{ face?: Face, trail: [number, number][] }} props */
export function Affect({ face, trail }) {
  const [valence, arousal] = [face?.valence, face?.arousal];
  const known = typeof valence === "number" && typeof arousal === "number";
  const text = known ? `${word("valence")} ${number(valence, 2)}, ${word("arousal")} ${number(arousal, 2)}` : word("notMeasured");
  return html`<section class="card affect"><h2>${word("affect")}</h2>
    <svg viewBox="-62 -62 124 124" role="img" aria-label=${`${word("affect")}: ${text}`}>
      <circle r="48" class="plane"/><path d="M-48 0H48M0 -48V48" class="axis"/>
      <text y="-52" class="mid">${word("excited")}</text><text y="58" class="mid">${word("calm")}</text>
      ${trail.length > 1 && html`<polyline class="trail" points=${trail.map(([x, y]) => `${(x * 48).toFixed(1)},${(-y * 48).toFixed(1)}`).join(" ")}/>`}
      ${known && html`<circle r="5" class="dot" cx=${valence * 48} cy=${-arousal * 48}/>`}
    </svg><div class="ends"><span>${word("unpleasant")}</span><span>${word("pleasant")}</span></div>
    <p class="values">${known ? html`<b>${number(valence, 2)}</b> / <b>${number(arousal, 2)}</b>` : "–"}</p></section>`;
}

/** @param {string} name @param {unknown} value @param {string} [why] why it does not hold */
const row = (name, value, why) => html`<div key=${name} class=${why ? "row invalid" : "row"}><dt>${name}</dt><dd>${value}${why ? html` <small>${why}</small>` : ""}</dd></div>`;

/** An index over a window: its value, and the part of the window in which it could be observed. @param {string} title @param {Record<string, unknown>} told */
function index(title, { value, window, valid, unknown }) {
  const part = typeof valid === "number" ? `${word("observed")} ${percent(valid)}` : valid === false ? word("notValid") : "";
  const span = typeof window === "number" ? `${number(window / 1e9)} s` : "";
  const known = typeof value === "number" && unknown !== true;
  return html`<div key=${title} class=${known && valid !== false ? "row" : "row invalid"}><dt>${title}</dt><dd>${known ? number(value, 2) : "–"} <small>${[part, span].filter(Boolean).join(", ")}</small></dd></div>`;
}

/** The indices of a session, group by group. @param {Record<string, unknown>} found @returns {unknown[]} */
function indices(found) {
  return Object.entries(found).filter(([name]) => name !== "time").flatMap(([name, told]) => {
    const title = spoken(name) ? word(name) : name.replaceAll("-", " ");
    if (typeof told === "number") return [row(title, number(told, 2))];
    if (typeof told === "string" || typeof told === "boolean") return [row(title, spoken(String(told)) ? word(String(told)) : String(told))];
    if (typeof told !== "object" || told === null || Array.isArray(told)) return [];
    const inner = /** @type {Record<string, unknown>} */ (told);
    if ("window" in inner || "value" in inner) return [index(title, inner)];
    return [html`<div key=${name} class="row group"><dt>${title}</dt><dd></dd></div>`, ...indices(inner)];
  });
}

/** @param {{ face?: Face, record: Line | null }} props */
export function Indices({ face, record }) {
  const eyes = face?.eyes;
  const limits = face?.["micro-expression-limits"];
  const [down, right] = [eyes?.["gaze-pitch"], eyes?.["gaze-yaw"]];
  const absent = face ? word("notMeasured") : "";
  const obstacle = limits && !limits.observable ? limits["not-observable"] ?? "notValid" : "";
  return html`<section class="card"><h2>${word("indices")}</h2><dl class="rows">
    ${row(word("openness"), eyes ? `${number(eyes["openness-right"], 2)} / ${number(eyes["openness-left"], 2)}` : "–", eyes ? undefined : absent)}
    ${row(word("gazeAngles"), typeof down === "number" && typeof right === "number" ? `${number(down, 1)}° / ${number(right, 1)}°` : "–", typeof down === "number" ? undefined : absent)}
    ${row(word("blinks"), eyes ? number(eyes["blinks-per-minute"], 1) : "–", eyes ? undefined : absent)}
    ${limits && row(word("shortest"), `${number(limits.shortest / 1e6)} ${word("ms")}`, obstacle ? word(obstacle === "learning" ? "learning" : obstacle) : undefined)}
    ${indices(face?.session ?? record?.session ?? {})}
  </dl></section>`;
}
