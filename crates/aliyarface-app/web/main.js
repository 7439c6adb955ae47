// The page: what is clicked, what is shown.

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { Clip } from "./clip.js";
import { TONES, draw } from "./draw.js";
import { Panels } from "./panels.js";
import { current, speak, word } from "./words.js";

const byId = (id) => document.getElementById(id);
const layers = { boxes: true, mesh: true, pose: true, labels: true, gaze: false };
const canvas = byId("picture");
const context = canvas.getContext("2d", { alpha: false });
const panels = new Panels((ns) => { if (run instanceof Clip) { run.video.pause(); run.seek(ns / 1e9); } });

/** What runs now: a Camera, a Clip or nothing. */
let run = null;
let newest = null;
let shown = null;
/** For tests: which picture was drawn with which result. */
window.aliyarface = { pairs: [], get run() { return run; } };

function state(name, reason) {
  const element = byId("state");
  element.dataset.state = name;
  element.textContent = reason ? `${word(name)}: ${word(reason)}` : word(name);
}

function paint(image, record, ns) {
  const [width, height] = [image.videoWidth ?? image.width, image.videoHeight ?? image.height];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    byId("screen").style.aspectRatio = `${width} / ${Math.max(height, width * 0.45)}`;
  }
  context.drawImage(image, 0, 0);
  draw(context, record, layers, word);
  shown = { record, ns };
  panels.show(record);
}

async function begin(source, make) {
  await stop();
  window.aliyarface.pairs.length = 0;
  state("starting");
  try {
    const { id } = await api.begin(source);
    run = make(id);
    byId("empty").hidden = true;
    byId("stop").hidden = byId("exports").hidden = false;
    for (const kind of ["csv", "jsonl"]) byId(kind).href = `sessions/${id}/records.${kind}`;
    byId("player").hidden = !(run instanceof Clip);
    byId("calibrate").hidden = byId("mode-label").hidden = !(run instanceof Camera);
    if (run instanceof Camera) await run.start();
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  const reason = { NotAllowedError: "refused", NotFoundError: "nocamera" }[error.name] ?? error.message;
  if (error.status === 401) return logIn();
  const old = run;
  run = null;
  old?.stop(reason);
  if (old) api.end(old.id).catch(() => {});
  byId("stop").hidden = true;
  state("failed", reason);
}

async function stop() {
  const old = run;
  run = null;
  newest = shown = null;
  if (old) {
    old.stop();
    await api.end(old.id).catch(() => {});
  }
  byId("stop").hidden = byId("player").hidden = byId("exports").hidden = byId("reading").hidden = true;
  byId("empty").hidden = false;
  byId("numbers").replaceChildren();
  byId("markers").replaceChildren();
  context.fillRect(0, 0, canvas.width, canvas.height);
  panels.reset();
  state("idle");
}

const openCamera = () => begin({ kind: "camera" }, (id) => new Camera(id, {
  picture(image) {
    if (!byId("locked").checked) paint(image, newest);
  },
  result(image, record, ms, seq) {
    newest = record;
    for (const event of record.events ?? []) panels.tell(event);
    if (byId("locked").checked) paint(image, record);
    window.aliyarface.pairs.push([seq, record.frame]);
  },
  ended: (reason) => { if (run) failed(new Error(reason)); },
}));

const openClip = (upload) => begin({ kind: "upload", id: upload.id }, (id) => {
  const clip = new Clip(id, upload, {
    picture(video, record, ns) {
      paint(video, record, ns);
      byId("seek").value = video.currentTime / clip.length;
      byId("clock").textContent = `${video.currentTime.toFixed(2)} s`;
      if (record) window.aliyarface.pairs.push([ns, record["stream-time"]]);
    },
    events(list) {
      for (const event of list) {
        panels.tell(event);
        mark(event);
      }
    },
    progress: () => reading(clip),
    ended: (reason) => { if (run) failed(new Error(reason)); },
  });
  clip.video.onplay = clip.video.onpause = () => {
    byId("play").textContent = clip.video.paused ? "▶" : "❚❚";
    byId("play").setAttribute("aria-pressed", String(!clip.video.paused));
  };
  clip.video.play().catch(() => {});
  return clip;
});

function mark(event) {
  const ns = event.apex ?? event["stream-time"];
  if (event.event === "blink" || ns === undefined || ns === null || !run) return;
  const marker = document.createElement("button");
  marker.style.left = `${(ns / 1e9 / run.length) * 100}%`;
  marker.title = `${word(event.event)} ${event.to ? word(event.to) : ""} ${(ns / 1e9).toFixed(2)} s`;
  marker.setAttribute("aria-label", marker.title);
  marker.onclick = () => run?.seek(ns / 1e9);
  byId("markers").append(marker);
}

let ribbonDrawn = 0;
/** How much was read, and which emotion was shown when. */
function reading(clip) {
  byId("reading").hidden = clip.part >= 1 && !clip.blind;
  byId("reading").textContent = clip.blind ? word("cannotShow") : `${word("reading")} ${Math.round(clip.part * 100)} %`;
  if (clip.blind && clip.records.length) panels.show(clip.records.at(-1));
  if (clip.part < 1 && performance.now() - ribbonDrawn < 250) return;
  ribbonDrawn = performance.now();
  const ribbon = byId("ribbon");
  const paint = ribbon.getContext("2d");
  paint.clearRect(0, 0, ribbon.width, ribbon.height);
  const wide = ribbon.width / Math.max(1, clip.records.length / clip.part);
  for (const record of clip.records) {
    const face = record.objects.find((face) => face.id === panels.chosen) ?? record.objects[0];
    if (!face?.emotion) continue;
    paint.fillStyle = TONES[face.emotion] ?? "#888";
    paint.fillRect((record["stream-time"] / 1e9 / clip.length) * ribbon.width, 0, Math.max(1, wide + 0.6), ribbon.height);
  }
}

function numbers(pairs) {
  byId("numbers").replaceChildren(...pairs.map(([name, value]) => {
    const [term, text, row] = ["dt", "dd", "div"].map((tag) => document.createElement(tag));
    [term.textContent, text.textContent] = [word(name), value];
    row.append(term, text);
    return row;
  }));
}

/** Each second: what the server says of the session. */
async function look() {
  if (!run) return;
  const asked = run;
  const info = await run.state().catch(() => null);
  if (run !== asked || !info) return;
  if (info.state === "failed") return failed(new Error(info.reason));
  state(info.state);
  if (run instanceof Camera) {
    const [median, late] = run.delay;
    numbers([
      ["fpsIn", info["fps-in"].toFixed(1)], ["fpsRead", info["fps-read"].toFixed(1)],
      ["delay", `${median.toFixed(0)} ms (p95 ${late.toFixed(0)})`], ["skipped", String(run.skipped)], ["faces", String(info.faces)],
    ]);
  } else {
    numbers([["fpsRead", info["fps-read"].toFixed(1)], ["faces", String(shown?.record?.objects.length ?? 0)]]);
  }
}

function chips() {
  byId("layers").replaceChildren(...Object.keys(layers).map((name, index) => {
    const chip = document.createElement("button");
    chip.textContent = word(name);
    chip.setAttribute("aria-pressed", String(layers[name]));
    chip.title = `${index + 1}`;
    chip.onclick = () => {
      layers[name] = !layers[name];
      chip.setAttribute("aria-pressed", String(layers[name]));
      if (run instanceof Clip && shown) run.show(shown.ns);
    };
    return chip;
  }));
}

async function logIn() {
  const dialog = byId("login");
  if (!dialog.open) dialog.showModal();
}

byId("login").addEventListener("cancel", (event) => event.preventDefault());
byId("login").querySelector("form").onsubmit = async (event) => {
  event.preventDefault();
  try {
    await api.logIn(byId("token").value.trim());
    byId("token").value = byId("login-error").textContent = "";
    byId("login").close();
  } catch (error) {
    byId("login-error").textContent = word(error.status === 429 ? "many" : "wrong");
  }
};

byId("sample").onclick = async () => {
  const list = await api.uploads().catch(failed);
  const sample = list?.find((upload) => upload.id === "sample");
  if (sample) openClip(sample);
};
byId("camera").onclick = () => {
  const dialog = byId("consent");
  dialog.returnValue = "no";
  dialog.onclose = () => { if (dialog.returnValue === "yes") openCamera(); };
  dialog.showModal();
};
byId("file").onchange = async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  await stop();
  state("starting");
  await api.send(file).then(openClip, failed);
};
byId("stop").onclick = stop;
byId("calibrate").onclick = () => run && api.calibrate(run.id).catch(() => {});
byId("play").onclick = () => { if (run instanceof Clip) run.video.paused ? run.video.play() : run.video.pause(); };
byId("seek").oninput = ({ target }) => { if (run instanceof Clip) { run.video.pause(); run.seek(target.value * run.length); } };
byId("language").value = current();
byId("language").onchange = ({ target }) => { speak(target.value); chips(); panels.tabs = ""; state(byId("state").dataset.state); };
document.onkeydown = (event) => {
  if (event.target.matches("input, select, button") || byId("login").open || byId("consent").open) return;
  const chip = byId("layers").children[Number(event.key) - 1];
  if (chip) return chip.click();
  if (!(run instanceof Clip)) return;
  const keys = { " ": () => byId("play").click(), ArrowLeft: () => run.step(-1), ArrowRight: () => run.step(1), Home: () => run.seek(0) };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
};

speak();
chips();
state("idle");
context.fillRect(0, 0, canvas.width, canvas.height);
setInterval(look, 1000);
// The token of the first start stands behind the #, which no browser sends.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname);
  await api.logIn(token).catch(() => {});
}
await api.sessions().catch((error) => error.status === 401 && logIn());
document.body.dataset.ready = "true";
