// A card for each face: chosen, named, covered, its resting face learned.

import { html } from "../lib/htm.js";
import * as api from "../api.js";
import { calibrate, repaint } from "../control.js";
import { faceColour } from "../picture/colours.js";
import { state, update } from "../store.js";
import { word } from "../words.js";

/** @import { Face } from "../types.js" */

/** @param {number} id */
export const nameOf = (id) => state.names.get(id) ?? `${word("face")} ${id}`;

/** @param {number} id @param {string} name */
function rename(id, name) {
  const names = new Map(state.names);
  if (name.trim()) names.set(id, name.trim());
  else names.delete(id);
  update({ names });
  repaint();
}

/** @param {number} id */
function cover(id) {
  const covered = new Set(state.covered);
  if (!covered.delete(id)) covered.add(id);
  update({ covered });
  repaint();
}

/** @param {{ faces: Face[] }} props */
export function Faces({ faces }) {
  const camera = state.run?.kind === "camera" || (state.run?.kind === "watch" && state.me?.role !== "viewer");
  const face = faces.find((one) => one.id === state.chosen);
  const baseline = face?.baseline === "calibrating" ? "learning" : face?.baseline;
  return html`<section class="card faces" aria-label=${word("faces")}>
    <div class="tabs" role="tablist" aria-label=${word("faces")}>
      ${faces.map(({ id }) => html`<button key=${id} role="tab" aria-selected=${String(id === state.chosen)} style=${{ "--face": faceColour(id) }}
        onClick=${() => update({ chosen: id })}>${nameOf(id)}</button>`)}
      ${faces.length ? "" : html`<span class="hint">${word("nobody")}</span>`}
    </div>
    ${face && html`<div class="person" role="tabpanel" aria-label=${nameOf(face.id)}>
      <label class="field"><span>${word("name")}</span><input id="face-name" key=${face.id} value=${state.names.get(face.id) ?? ""} maxlength="24" placeholder=${`${word("face")} ${face.id}`}
        onInput=${(/** @type {any} */ { target }) => rename(face.id, target.value)}/></label>
      <p class="hint">${baseline ? `${word("baseline")}: ${word(baseline)}` : ""}${face.quality ? ` · ${word(face.quality.usable ? "usable" : "unusable")}` : ""}</p>
      <div class="buttons">
        <button id="cover-face" aria-pressed=${String(state.coverAll || state.covered.has(face.id))} disabled=${state.coverAll} onClick=${() => cover(face.id)}>${word(state.covered.has(face.id) ? "uncover" : "cover")}</button>
        ${camera && html`<button id="calibrate" disabled=${state.countdown !== null} onClick=${calibrate}>${state.countdown === null ? word("calibrate") : `${word("calibrateHint")} ${state.countdown}`}</button>
        <button onClick=${() => api.resetBaseline(state.run.id).catch(() => {})}>${word("reset")}</button>`}
      </div></div>`}
  </section>`;
}
