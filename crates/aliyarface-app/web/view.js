// The whole page, of what the store holds.

import { html } from "./lib/htm.js";
import { sendFile, startSample, stop } from "./control.js";
import { OpenDialog } from "./panels/dialogs.js";
import { sources } from "./panels/sources.js";
import { Events } from "./panels/events.js";
import { Faces } from "./panels/faces.js";
import { Head } from "./panels/head.js";
import { Affect, Emotions, Indices, Units } from "./panels/readings.js";
import { Stage } from "./panels/stage.js";
import { Timeline } from "./panels/timeline.js";
import { state, update } from "./store.js";
import { LANGUAGES, current, speak, spoken, word } from "./words.js";

/** @import { Face } from "./types.js" */

/** Results in the trail on the plane of valence and arousal. */
const TRAIL = 45;

/** @param {any} event */
async function chosen({ target }) {
  const [file] = target.files;
  target.value = "";
  if (file) await sendFile(file);
}

const THEMES = ["auto", "light", "dark"];
const ICONS = { auto: "◐", light: "☀", dark: "☾" };

function Header() {
  const { phase, reason, theme, run } = state;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  const text = reason ? `${word(phase)}: ${spoken(reason) ? word(reason) : reason}` : word(phase);
  const viewer = state.me?.role === "viewer";
  const busy = run || ["starting", "reconnecting", "sending"].includes(phase);
  return html`<header><h1><img src="icon.svg" alt="" width="28" height="28"/>AliyarFace</h1>
    <p id="state" class="state" role="status" title=${text} data-state=${phase}><span>${text}</span></p>
    <nav aria-label=${word("source")}>
      ${viewer ? "" : html`<button id="sample" class="main" onClick=${startSample}>${word("sample")}</button>
      <button id="camera" class="main" onClick=${() => update({ dialog: "consent" })}>${word("camera")}</button>
      <input id="file" type="file" accept="video/*,image/*" class="hidden-input" aria-label=${word("upload")} onChange=${chosen}/><label class="button" for="file">${word("upload")}</label>`}
      ${sources() && html`<button id="sources-open" class=${viewer ? "main" : ""} onClick=${() => update({ dialog: "sources" })}>${word("fetched")}</button>`}
      ${state.me?.workers && html`<button id="fleet-open" onClick=${() => update({ dialog: "fleet" })}>${word("fleet")}</button>`}
      ${busy && html`<button id="stop" onClick=${stop}>${word("stop")}</button>`}</nav>
    <div class="tools">
      <button id="open-settings" class="round" title=${word("settings")} aria-label=${word("settings")} onClick=${() => update({ dialog: "settings", loginError: "" })}>⚙</button>
      <button id="theme" class="round" title=${`${word("theme")}: ${word(theme)}`} aria-label=${`${word("theme")}: ${word(theme)}`} onClick=${() => update({ theme: next })}>${ICONS[/** @type {"auto"} */ (theme)]}</button>
      <button id="open-keys" class="round" title=${word("keys")} aria-label=${word("keys")} onClick=${() => update({ dialog: "keys" })}>?</button>
      <select id="language" aria-label=${word("language")} value=${current()} onChange=${(/** @type {any} */ { target }) => { speak(target.value); update({}); }}>
        ${LANGUAGES.map(([tag, name]) => html`<option key=${tag} value=${tag} selected=${tag === current()}>${name}</option>`)}</select></div></header>`;
}

/** The way of the chosen face on the plane, up to the picture that is shown. @returns {[number, number][]} */
function trail() {
  const records = /** @type {import("./types.js").Line[]} */ (state.run?.records ?? []);
  const shown = state.record?.frame ?? 0;
  const end = records.length && records[records.length - 1].frame <= shown ? records.length : records.findIndex((record) => record.frame > shown);
  const faces = records.slice(Math.max(0, end - TRAIL), Math.max(0, end)).map((record) => record.objects.find((face) => face.id === state.chosen));
  return faces.flatMap((face) => (typeof face?.valence === "number" && typeof face.arousal === "number" ? [/** @type {[number, number]} */ ([face.valence, face.arousal])] : []));
}

let told = "";
let toldAt = 0;
/** What a screen reader says: the emotion shown, when it changes, no more than every two seconds. @param {Face | undefined} face */
function said(face) {
  const text = face?.emotion ? `${word("emotion")}: ${word(face.emotion)}` : "";
  if (text !== told && performance.now() - toldAt > 2000) [told, toldAt] = [text, performance.now()];
  return told;
}

export function Page() {
  const faces = state.record?.objects ?? [];
  const face = faces.find((one) => one.id === state.chosen);
  const { run, info } = state;
  return html`<${Header}/>
    <p id="notice" class="notice" role="note"><b>${word("notice")}</b> ${word("noticeLaw")}${info?.profile ?? state.me?.profile ? ` ${word("noticeProfile")}: ${info?.profile ?? state.me?.profile}.` : ""}${info?.recorded ? html` <b id="kept">${word("keptNow")}</b>` : ""}</p>
    <main class=${run ? "" : "idle"}><div class="column"><${Stage}/><${Timeline}/>${run && html`<${Events}/>`}</div>
    ${run && html`<aside class="column readings" aria-label=${word("readings")}><${Faces} faces=${faces}/><${Emotions} face=${face}/>
      <div class="pair"><${Head} face=${face}/><${Affect} face=${face} trail=${trail()}/></div><${Units} face=${face}/><${Indices} face=${face} record=${state.record}/></aside>`}</main>
    <footer><p>${word("shows")}</p><p><a href="reference.html">REST API</a></p></footer>
    <p class="visually-hidden" aria-live="polite">${said(face)}</p><${OpenDialog}/>`;
}
