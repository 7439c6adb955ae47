// Over time: a ribbon of the emotion shown, curves, marks of events, spans that are left out.

import { html, useEffect, useRef } from "../lib/htm.js";
import uPlot from "../lib/uplot.js";
import { exclude, jump } from "../control.js";
import { tone } from "../picture/colours.js";
import { Player } from "../source/player.js";
import { secondsOf, state, update } from "../store.js";
import { number, word } from "../words.js";
import { textOf } from "./events.js";

/** @import { Face, Line } from "../types.js" */

/** Seconds of a camera's curves, points of a curve, and how often they are drawn anew, in ms. */
const LIVE = 30;
const POINTS = 600;
const EVERY = 300;
const UNITS = ["AU01", "AU02", "AU04", "AU06", "AU09", "AU12", "AU15", "AU25", "AU26"];
const STROKES = ["#4da3ff", "#f2b134", "#5fd38d", "#e0503f", "#9a6fd6", "#2fb6c4", "#ff7eb6", "#b0713f", "#8b95a5"];

/** What can be drawn: names of curves, and how each is read of a face. @type {Record<string, { names: string[], read: (face: Face, name: string) => number | null | undefined, range: [number, number] }>} */
const CURVES = {
  emotions: { names: ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"], read: (face, name) => face.emotions?.[name], range: [0, 1] },
  units: { names: UNITS, read: (face, name) => face["action-units"]?.[name], range: [0, 5] },
  head: { names: ["pitch", "yaw", "roll"], read: (face, name) => face[/** @type {"pitch"} */ (name)], range: [-60, 60] },
  affect: { names: ["valence", "arousal"], read: (face, name) => face[/** @type {"valence"} */ (name)], range: [-1, 1] },
};
const TITLES = /** @type {const} */ ([["emotions", "curvesEmotions"], ["units", "curvesUnits"], ["head", "curvesHead"], ["affect", "curvesAffect"]]);

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @param {Line} record */
const seconds = (record) => (record["stream-time"] ?? 0) / 1e9;
/** @param {Line} record */
const chosenOf = (record) => record.objects.find((face) => face.id === state.chosen) ?? (state.chosen === null ? record.objects[0] : undefined);

/** From where to where the curves go. @returns {[number, number]} */
function span() {
  const { run } = state;
  if (run instanceof Player) return [0, run.length];
  const last = run?.records?.length ? seconds(run.records[run.records.length - 1]) : LIVE;
  return [Math.max(0, last - LIVE), Math.max(LIVE, last)];
}

/** Some of the records, no more than points of a curve. @returns {Line[]} */
function some() {
  const [from] = span();
  const records = /** @type {Line[]} */ (state.run?.records ?? []).filter((record) => seconds(record) >= from);
  const step = Math.max(1, Math.ceil(records.length / POINTS));
  return records.filter((_, index) => index % step === 0);
}

function Curves() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const { names, read, range } = CURVES[state.curves];
    const style = getComputedStyle(element);
    const [soft, line] = [style.getPropertyValue("--soft"), style.getPropertyValue("--line")];
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "11px system-ui" };
    const [width, height] = [element.clientWidth, 150];
    const stroke = (/** @type {string} */ name, /** @type {number} */ index) => (state.curves === "emotions" ? tone(name) : STROKES[index]);
    const plot = new uPlot({
      width, height, pxAlign: false, legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range } },
      axes: [{ ...axis, size: 26, values: (_, marks) => marks.map((mark) => `${mark} s`) }, { ...axis, size: 34 }],
      series: [{}, ...names.map((name, index) => ({ label: word(name), stroke: stroke(name, index), width: 1.6, points: { show: false }, spanGaps: false }))],
      hooks: { draw: [shade] },
    }, [[], ...names.map(() => [])], element);
    plot.over.addEventListener("click", () => plot.cursor.left !== undefined && jump(plot.posToVal(plot.cursor.left, "x")));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let drawing;
    const feed = () => {
      const records = some();
      const faces = records.map(chosenOf);
      plot.setData([records.map(seconds), ...names.map((name) => faces.map((face) => (face ? read(face, name) ?? null : null)))], false);
      const [from, to] = span();
      plot.setScale("x", { min: from, max: to });
      // The scale is set in a microtask; a redraw before it would undo it.
      drawing = setTimeout(() => plot.redraw(true, false));
    };
    feed();
    const timer = setInterval(() => document.hidden || feed(), EVERY);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => { clearInterval(timer); clearTimeout(drawing); observer.disconnect(); plot.destroy(); };
  }, [state.curves, state.run, state.theme, DARK.matches, document.documentElement.lang]);
  return html`<div class="curves" ref=${place} aria-hidden="true"></div>`;
}

/** Shades what is left out, and marks the picture that is shown. @param {any} plot */
function shade(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = "#8886";
  for (const [from, to] of state.excluded) {
    const [left, right] = [plot.valToPos(from, "x", true), plot.valToPos(to, "x", true)];
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  if (state.at !== null && state.run instanceof Player) {
    ctx.fillStyle = getComputedStyle(plot.root).getPropertyValue("--ink");
    ctx.fillRect(plot.valToPos(state.at, "x", true) - 1, bbox.top, 2, bbox.height);
  }
  ctx.restore();
}

function Ribbon() {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const timer = setInterval(() => {
      const context = canvas.current?.getContext("2d");
      if (!context || document.hidden) return;
      const { width, height } = context.canvas;
      context.clearRect(0, 0, width, height);
      const [from, to] = span();
      const records = some();
      records.forEach((record, index) => {
        const emotion = chosenOf(record)?.emotion;
        if (!emotion) return;
        const next = records[index + 1] ? seconds(records[index + 1]) : seconds(record) + 0.04;
        context.fillStyle = tone(emotion);
        context.fillRect(((seconds(record) - from) / (to - from)) * width, 0, Math.max(1, ((Math.min(next, seconds(record) + 0.5) - seconds(record)) / (to - from)) * width + 0.7), height);
      });
    }, EVERY);
    return () => clearInterval(timer);
  }, [state.run]);
  return html`<canvas ref=${canvas} id="ribbon" width="1200" height="16" role="img" aria-label=${word("ribbon")}></canvas>`;
}

/** @param {number} part */
const percent = (part) => `${Math.min(100, Math.max(0, part * 100))}%`;

function Scrub() {
  const { run } = state;
  const length = run.length;
  const marks = state.events.filter(({ event }) => event === "micro-expression" || event === "macro-expression" || event === "emotion-changed");
  return html`<div class="scrub"><div class="strip"><${Ribbon}/>
      ${state.excluded.map(([from, to]) => html`<div key=${from} class="excluded" title=${word("excluded")} style=${{ left: percent(from / length), width: percent((to - from) / length) }}></div>`)}
      ${state.excludeFrom !== null && html`<div class="excluded open" style=${{ left: percent(state.excludeFrom / length), width: "2px" }}></div>`}
      ${run.part < 1 && html`<div class="unread" style=${{ left: percent(run.part) }}></div>`}
      <div id="markers">${marks.map((event) => html`<button key=${event.key} class=${event.event} style=${{ left: percent(secondsOf(event) / length), "--tone": event.to ? tone(event.to) : "var(--ink)" }}
        title=${`${number(secondsOf(event), 2)} ${textOf(event)}`} aria-label=${`${word("jump")}: ${number(secondsOf(event), 2)} ${textOf(event)}`} onClick=${() => jump(secondsOf(event))}></button>`)}</div>
    </div><input id="seek" type="range" min="0" max=${length} step="0.001" value=${state.at ?? 0} aria-label=${word("position")} aria-valuetext=${`${number(state.at ?? 0, 2)} s`}
      onInput=${(/** @type {any} */ { target }) => jump(Number(target.value))}/></div>`;
}

export function Timeline() {
  const { run } = state;
  if (!run) return "";
  const file = run instanceof Player;
  const { names } = CURVES[state.curves];
  return html`<section class="card timeline"><div class="line"><h2>${word("timeline")}</h2>
      <div class="segments" role="group" aria-label=${word("timeline")}>${TITLES.map(([name, title]) => html`<button key=${name} aria-pressed=${String(state.curves === name)} onClick=${() => update({ curves: name })}>${word(title)}</button>`)}</div></div>
    ${file ? html`<div class="player" id="player">
      <button id="play" class="round" aria-label=${word(run.paused ? "play" : "pause")} onClick=${() => run.toggle()}>${run.paused ? "▶" : "❚❚"}</button>
      <button class="round" aria-label=${word("back")} onClick=${() => run.step(-1)}>‹</button><button class="round" aria-label=${word("forward")} onClick=${() => run.step(1)}>›</button>
      <${Scrub}/><output id="clock">${number(state.at ?? 0, 2)} / ${number(run.length, 1)} s</output></div>
      <div class="buttons"><button id="exclude" aria-pressed=${String(state.excludeFrom !== null)} onClick=${exclude}>${word("excludeFrom")}${state.excludeFrom !== null ? ` ${number(state.excludeFrom, 2)} s … ${word("excludeTo")}` : ""}</button>
      ${state.excluded.length > 0 && html`<button onClick=${() => update({ excluded: [], excludeFrom: null })}>${word("included")}</button>`}</div>`
    : html`<div class="strip"><${Ribbon}/></div>`}
    <${Curves}/>
    <p class="legend">${names.map((name, index) => html`<span key=${name} class="key" style=${{ "--tone": state.curves === "emotions" ? tone(name) : STROKES[index] }}>${name.startsWith("AU") ? name : word(name)}</span>`)}</p></section>`;
}
