// Begins the page: draws it, listens to keys, logs in.

import { html, render } from "./lib/htm.js";
import * as api from "./api.js";
import { exclude, goOn, look, record, screen } from "./control.js";
import { coverAll, switchMode, toggle } from "./panels/stage.js";
import { Player } from "./source/player.js";
import { onChange, state, update } from "./store.js";
import { Page } from "./view.js";
import { untranslated } from "./words.js";

const LOOK_EVERY = 1000;

const root = /** @type {Element} */ (document.getElementById("page"));
onChange(() => {
  if (state.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
  render(html`<${Page}/>`, root);
});

function nextFace() {
  const faces = state.record?.objects ?? [];
  const place = faces.findIndex((face) => face.id === state.chosen);
  if (faces.length) update({ chosen: faces[(place + 1) % faces.length].id });
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (state.dialog || event.ctrlKey || event.metaKey || event.altKey || target.matches("input:not([type=range]), select")) return;
  const layer = Object.keys(state.layers)[Number(event.key) - 1];
  /** @type {Record<string, () => void>} */
  const keys = { c: coverAll, m: () => switchMode(), r: record, f: nextFace, "?": () => update({ dialog: "keys" }) };
  const { run } = state;
  if (run instanceof Player) {
    Object.assign(keys, { ArrowLeft: () => run.step(-1), ArrowRight: () => run.step(1), Home: () => run.seek(0), End: () => run.seek(run.length), x: exclude });
    if (!target.matches("button, a")) keys[" "] = () => run.toggle();
  }
  const act = layer ? () => toggle(layer) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => update({}));
window.aliyarface.untranslated = untranslated;
screen.clear();
update({});
setInterval(look, LOOK_EVERY);
// The token of the first start stands behind the #, which no browser sends.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname);
  await api.logIn(token).catch(() => {});
}
try {
  await api.sessions();
  update({ api: await api.describe(), me: await api.me() });
  await goOn();
} catch (/** @type {any} */ error) {
  if (error.status === 401) update({ dialog: "login" });
  else update({ phase: "failed", reason: "lost" });
}
document.body.dataset.ready = "true";
