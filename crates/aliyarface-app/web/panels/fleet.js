// Cameras that workers read for the server's broker, and the workers.

import { html, useEffect, useState } from "../lib/htm.js";
import * as api from "../api.js";
import { state } from "../store.js";
import { number, spoken, word } from "../words.js";

/** @import { FleetCamera, FleetWorker } from "../types.js" */

/** Between two looks, in ms. */
const EVERY = 2000;

export function Fleet() {
  const [cameras, setCameras] = useState(/** @type {FleetCamera[]} */ ([]));
  const [workers, setWorkers] = useState(/** @type {FleetWorker[]} */ ([]));
  const [problem, setProblem] = useState("");
  const look = () => Promise.all([api.fleetCameras().then(setCameras), api.fleetWorkers().then(setWorkers)]).catch((error) => setProblem(error.message));
  useEffect(() => {
    look();
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  }, []);
  const operator = state.me?.role !== "viewer";
  /** @param {Promise<unknown>} change */
  const after = (change) => change.then(() => setProblem(""), (error) => setProblem(error.message)).then(look);
  /** @param {any} event */
  const add = (event) => {
    event.preventDefault();
    const { camera, uri } = event.target.elements;
    after(api.addFleetCamera(camera.value.trim(), uri.value.trim()));
  };
  return html`${operator ? html`<form onSubmit=${add}><p>${word("fleetText")}</p>
      <label class="field"><span>${word("name")}</span><input id="fleet-name" name="camera" type="text" required maxlength="64" pattern="[A-Za-z0-9_\\-]+"/></label>
      <label class="field"><span>${word("address")}</span><input id="fleet-uri" name="uri" type="text" required placeholder="rtsp://"/></label>
      <menu><button id="fleet-add" class="main">${word("addCamera")}</button></menu></form>` : ""}
    <p id="fleet-problem" class="error" role="alert">${problem}</p>
    <h3>${word("camerasOfWorkers")}</h3>
    <ul class="list" id="fleet-cameras">${cameras.map(({ name, uri, state: how, reason, worker, fps, events }) => html`<li key=${name} data-camera=${name} data-state=${how}>
      <b>${name}</b> <small>${uri}</small> <small>${spoken(how) ? word(how === "waiting" ? "waitsForWorker" : how) : how}${reason ? `: ${reason}` : ""}${worker ? ` · ${worker} · ${number(fps, 1)} ${word("perSecond")} · ${word("events")}: ${number(events)}` : ""}</small>
      ${operator ? html`<button data-remove=${name} onClick=${() => after(api.removeFleetCamera(name))}>${word("remove")}</button>` : ""}</li>`)}
      ${cameras.length ? "" : html`<li class="hint">${word("noCameras")}</li>`}</ul>
    <h3>${word("workers")}</h3>
    <ul class="list" id="fleet-workers">${workers.map((worker) => html`<li key=${worker.name}><b>${worker.name}</b> <small>${word("camera")}: ${number(worker.cameras)} / ${number(worker.capacity)}${worker["cost-ms"] ? ` · ${number(worker["cost-ms"], 1)} ${word("ms")}` : ""}</small></li>`)}
      ${workers.length ? "" : html`<li class="hint">${word("noWorkers")}</li>`}</ul>`;
}
