// Cameras that the server fetches: an address to begin with, those that are read already, and what was kept.

import { html, useEffect, useState } from "../lib/htm.js";
import * as api from "../api.js";
import { startAddress, watchSession } from "../control.js";
import { state, update } from "../store.js";
import { number, word } from "../words.js";

/** @import { Recording, SessionInfo } from "../types.js" */

const close = () => update({ dialog: null });

/** Whether there may be something to choose here. */
export const sources = () => Boolean(state.me && (state.me.sources.length || state.me.role === "viewer" || state.me["recording-hours"]));

export function Sources() {
  const [sessions, found] = useState(/** @type {SessionInfo[]} */ ([]));
  const [recordings, kept] = useState(/** @type {Recording[]} */ ([]));
  useEffect(() => {
    api.sessions().then(({ sessions: all }) => found(all.filter((/** @type {SessionInfo} */ one) => one.source === "uri" && !["ended", "failed"].includes(one.state))), () => {});
    api.recordings().then(kept, () => {});
  }, []);
  const operator = state.me?.role !== "viewer";
  const hours = state.me?.["recording-hours"];
  /** @param {any} event */
  const open = (event) => {
    event.preventDefault();
    const { uri, record } = event.target.elements;
    close();
    startAddress(uri.value.trim(), Boolean(record?.checked));
  };
  return html`${operator && state.me?.sources.length ? html`<form onSubmit=${open}><p>${word("addressText")}</p>
      <label class="field"><span>${word("address")}</span><input id="uri" name="uri" type="text" list="sources" required autofocus placeholder=${state.me.sources[0]}/></label>
      <datalist id="sources">${state.me.sources.map((/** @type {string} */ one) => html`<option key=${one} value=${one}/>`)}</datalist>
      ${hours ? html`<label class="field check"><input name="record" type="checkbox"/><span>${word("keepFor")} ${number(hours)} ${word("hours")}</span></label>` : ""}
      <menu><button id="uri-go" class="main">${word("openIt")}</button></menu></form>` : ""}
    <h3>${word("watching")}</h3>
    <ul class="list" id="running">${sessions.map(({ id, uri, state: how }) => html`<li key=${id}><button data-session=${id} onClick=${() => { close(); watchSession(id); }}><b>${uri}</b> <small>${word(how)}</small></button></li>`)}
      ${sessions.length ? "" : html`<li class="hint">${word("noneWatched")}</li>`}</ul>
    ${recordings.length ? html`<h3>${word("recordings")}</h3><ul class="list" id="recordings">${recordings.map(({ id, began, bytes, films }) => html`<li key=${id}>
      <time>${new Date(began * 1000).toLocaleString(document.documentElement.lang)}</time> <small>${number(bytes / 1e6, 1)} MB</small>
      ${Array.from({ length: films }, (_, index) => html`<a key=${index} class="button" href=${`recordings/${id}/video?part=${index + 1}`} download=${`film-${index + 1}.mkv`}>${word("videoFile")}${films > 1 ? ` ${index + 1}` : ""}</a>`)}
      <a class="button" href=${`recordings/${id}/records.jsonl`} download="records.jsonl">JSON</a></li>`)}</ul>` : ""}`;
}
