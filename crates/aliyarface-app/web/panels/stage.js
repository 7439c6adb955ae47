// The picture, what is drawn on it, and what it costs.

import { html, useEffect, useRef } from "../lib/htm.js";
import { record, repaint, screen } from "../control.js";
import { state, update } from "../store.js";
import { number, word } from "../words.js";
import { Exports } from "./exports.js";

/** @param {string} name */
export function toggle(name) {
  const layers = { ...state.layers };
  layers[/** @type {"mesh"} */ (name)] = !layers[/** @type {"mesh"} */ (name)];
  update({ layers });
  repaint();
}

export function coverAll() {
  update({ coverAll: !state.coverAll });
  repaint();
}

export const switchMode = (mode = state.mode === "live" ? "locked" : "live") => update({ mode });

function Picture() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => { place.current?.prepend(screen.canvas); }, []);
  screen.canvas.setAttribute("role", "img");
  screen.canvas.setAttribute("aria-label", word("picture"));
  const { run, recorder } = state;
  const idle = !run && ["idle", "failed"].includes(state.phase);
  return html`<div class=${idle ? "screen idle" : "screen"} ref=${place}>
    ${idle && html`<div class="empty" id="empty"><svg viewBox="0 0 64 64" width="72" height="72" aria-hidden="true"><path d="M20 8H8v12M44 8h12v12M20 56H8V44M44 56h12V44" /><ellipse cx="32" cy="32" rx="14" ry="17"/><path d="M26 29h.1M38 29h.1M26 38q6 5 12 0"/></svg>
      <h2>${word("emptyTitle")}</h2><p>${word("empty")}</p></div>`}
    ${state.sent !== null && !run && html`<p class="pill">${word("sending")} ${Math.round(state.sent * 100)} %</p>`}
    ${run?.part < 1 && html`<p class="pill" id="reading">${word("reading")} ${Math.round(run.part * 100)} %</p>`}
    ${recorder && html`<p class="pill recording">${word("recording")} ${number(recorder.seconds, 0)} s</p>`}
    ${state.countdown !== null && html`<p class="countdown" role="status"><b>${state.countdown}</b>${word("calibrateHint")}</p>`}
    ${state.said && html`<p class="pill">${word(state.said)}</p>`}
  </div>`;
}

function Numbers() {
  const { run, info, record: shown } = state;
  /** @type {[string, string, string?][]} */
  const rows = [];
  if (run?.counters) {
    const { counters } = run;
    const [captured, read] = counters.rates;
    rows.push(
      state.age !== null ? [state.mode === "live" ? "resultAge" : "delay", `${number(state.age)} ${word("ms")}`, "age"] : ["delay", "–"],
      ["p95", `${number(counters.delay(0.95))} ${word("ms")}`],
      ["fpsCamera", `${number(captured, 1)}${word("perSecond")}`], ["fpsRead", `${number(read, 1)}${word("perSecond")}`],
      ["leftOut", number(counters.leftOut), "left-out"], ["serverSkipped", number(counters.serverSkipped), "server-skipped"],
      ["waiting", number(run.pictures.size)], ["codec", run.codec],
    );
  } else if (run && info) {
    rows.push(["fpsRead", `${number(info["fps-read"] ?? 0, 1)}${word("perSecond")}`], ["serverSkipped", number(info.skipped ?? 0)]);
  }
  if (run) rows.push(["faces", number(shown?.objects.length ?? 0)]);
  return html`<dl class="numbers" id="numbers">${rows.map(([name, value, id]) => html`<div key=${name}><dt>${word(name)}</dt><dd id=${id}>${value}</dd></div>`)}</dl>`;
}

export function Stage() {
  const { run, layers, mode } = state;
  const camera = ["camera", "watch"].includes(run?.kind);
  return html`<section class="stage" aria-label=${word("video")}><${Picture}/>
    <div class="line wrap" hidden=${!run}><div class="chips" id="layers" role="group" aria-label=${word("layers")}>
      ${Object.entries(layers).map(([name, on], index) => html`<button key=${name} data-layer=${name} aria-pressed=${String(on)} title=${`${index + 1}`} onClick=${() => toggle(name)}>${word(name)}</button>`)}
      <button id="cover-all" class="cover" aria-pressed=${String(state.coverAll)} title="C" onClick=${coverAll}>${word("coverAll")}</button></div>
      ${camera && html`<div class="segments" id="mode" role="group" aria-label=${word("mode")}>
        <button id="locked" aria-pressed=${String(mode === "locked")} title=${word("lockedHint")} onClick=${() => switchMode("locked")}>${word("locked")}</button>
        <button id="live" aria-pressed=${String(mode === "live")} title=${word("liveHint")} onClick=${() => switchMode("live")}>${word("liveMode")}</button></div>
        <button id="record" class=${state.recorder ? "record on" : "record"} aria-pressed=${String(Boolean(state.recorder))} onClick=${record}>${word(state.recorder ? "recordStop" : "record")}</button>`}</div>
    <${Numbers}/><${Exports}/></section>`;
}
