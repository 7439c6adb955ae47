// What the page does: begins and ends runs, and shows what they tell.

import * as api from "./api.js";
import { Screen, sizeOf } from "./picture/screen.js";
import { Camera, openCamera } from "./source/camera.js";
import { Clip } from "./source/clip.js";
import { Player } from "./source/player.js";
import { Recorder, Recording } from "./source/recording.js";
import { Watch } from "./source/watch.js";
import { covering, forget, state, tell, update } from "./store.js";

/** @import { FaceEvent, Line, Upload } from "./types.js" */

export const screen = new Screen();
/** Seconds in which a person takes up a resting face. */
const COUNTDOWN = 3;
const KEPT_RUN = "aliyarface-run";
/** How long a lost connection is tried again, in ms from the first pause to the longest. */
const [SOONEST, LATEST] = [500, 5000];
/** The settings of the next session. @type {Record<string, unknown>} */
export const wishes = JSON.parse(localStorage.getItem("aliyarface-settings") ?? "{}");
/** For tests: which picture was drawn with which result. */
window.aliyarface = { pairs: [], screen, state, get run() { return state.run; } };

/** @type {Line | null} */
let newest = null;
let newestAt = 0;
/** Counts runs, so that what belongs to an older one is known. */
let turn = 0;

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {any} error */
function failed(error) {
  if (error.status === 401) {
    drop();
    return update({ dialog: "login", phase: "idle" });
  }
  const known = { NotAllowedError: "refused", NotFoundError: "nocamera", OverconstrainedError: "nocamera" }[/** @type {string} */ (error.name)];
  const reason = known ?? (error.status === 503 ? "busy" : error.message);
  drop();
  update({ phase: "failed", reason });
}

/** Lets go of what runs. */
function drop() {
  turn += 1;
  const { run } = state;
  newest = null;
  sessionStorage.removeItem(KEPT_RUN);
  update({ run: null, countdown: null, recorder: null });
  run?.stop();
  // What others watch goes on.
  if (run?.id && run.owned !== false) api.end(run.id).catch(() => {});
}

export function stop() {
  drop();
  forget();
  screen.clear();
  update({ phase: "idle" });
}

/** @param {any} image @param {Line | null} record @param {boolean} own @param {number | null} seconds */
function paint(image, record, own, seconds, age = /** @type {number | null} */ (null)) {
  screen.paint(image, record, own);
  const faces = record?.objects ?? [];
  const chosen = faces.some((face) => face.id === state.chosen) ? state.chosen : faces[0]?.id ?? state.chosen;
  update({ record, at: seconds, age, chosen }, true);
}

/** @param {Line} record */
const secondsOf = (record) => (record["stream-time"] ?? 0) / 1e9;

/** What is told of live pictures. @param {() => any} run @param {(reason: string) => void} ended */
const seen = (run, ended) => ({
  /** @param {any} image @param {number} at */
  picture(image, at) {
    if (state.mode !== "live" || covering()) return;
    paint(image, newest, false, newest && secondsOf(newest), newest && at - newestAt);
  },
  /** @param {any} image @param {Line} record @param {number} at @param {number} seq */
  result(image, record, at, seq) {
    [newest, newestAt] = [record, at];
    tell(record.events ?? []);
    if (!image) return update({ record, at: secondsOf(record), said: "cannotShow" }, true);
    // Where faces are covered a picture waits for its own result: it alone says where they are.
    if (state.mode === "locked" || covering()) paint(image, record, true, secondsOf(record), performance.now() - at);
    const [width, height] = sizeOf(image);
    state.recorder?.add(width, height, record, (/** @type {CanvasRenderingContext2D} */ context) => screen.clean(context, image, record));
    window.aliyarface.pairs.push([seq, record.frame]);
  },
  /** @param {string} reason */
  ended(reason) {
    if (state.run === run()) ended(reason);
  },
});

/** Begins to read the camera. @param {MediaStream | null} stream one that is open already @param {boolean} record whether the server keeps video and records */
export async function startCamera(stream = null, record = false) {
  drop();
  if (!stream) forget();
  const mine = turn;
  update({ phase: "starting", reason: "" });
  window.aliyarface.pairs.length = 0;
  /** @type {MediaStream | null} */
  let opened = stream;
  try {
    // First the camera: a session without pictures would only be in the way of others.
    opened ??= await openCamera();
    const { id } = await api.begin({ kind: "camera" }, wishes, record);
    if (mine !== turn) {
      for (const track of opened.getTracks()) track.stop();
      return void api.end(id).catch(() => {});
    }
    /** @type {Camera} */
    const camera = new Camera(id, seen(() => camera, (reason) => {
      if (mine !== turn) return;
      if (reason === "lost" && camera.stream) again(camera.stream, record);
      else failed(new Error(reason));
    }));
    update({ run: camera });
    sessionStorage.setItem(KEPT_RUN, JSON.stringify({ kind: "camera" }));
    await camera.start(opened);
  } catch (/** @type {any} */ error) {
    if (mine !== turn) return;
    if (error.message === "lost" && opened) return;
    for (const track of opened?.getTracks() ?? []) track.stop();
    failed(error);
  }
}

/** Waits for the server and reads the camera anew. @param {MediaStream} stream @param {boolean} record */
async function again(stream, record) {
  turn += 1;
  const mine = turn;
  newest = null;
  update({ run: null, phase: "reconnecting", reason: "lost", recorder: null, countdown: null });
  for (let pause = SOONEST; mine === turn; pause = Math.min(LATEST, pause * 1.6)) {
    const known = await api.sessions().then(() => 200, (error) => error.status ?? 0);
    if (mine !== turn) break;
    if (known === 200) return startCamera(stream, record);
    if (known === 401) {
      resume = () => startCamera(stream, record);
      return update({ dialog: "login", reason: "gone" });
    }
    await sleep(pause);
  }
  for (const track of stream.getTracks()) track.stop();
}

/** What goes on after a login. @type {(() => void) | null} */
let resume = null;

/** Begins to read an address. @param {string} uri @param {boolean} record whether the server keeps video and records */
export async function startAddress(uri, record) {
  drop();
  forget();
  const mine = turn;
  update({ phase: "starting", reason: "" });
  try {
    const { id } = await api.begin({ kind: "uri", uri }, wishes, record);
    if (mine === turn) watchSession(id, true);
    else api.end(id).catch(() => {});
  } catch (error) {
    if (mine === turn) failed(error);
  }
}

/** Shows a session whose pictures the server fetches. @param {string} id @param {boolean} owned whether it ends with this run */
export function watchSession(id, owned = false) {
  drop();
  forget();
  const mine = turn;
  update({ phase: "starting", reason: "" });
  window.aliyarface.pairs.length = 0;
  /** @type {Watch} */
  const watch = new Watch(id, owned, seen(() => watch, (reason) => {
    if (mine !== turn) return;
    // Its records can still be taken out.
    if (reason === "over") update({ phase: "ended" });
    else failed(new Error(reason));
  }));
  update({ run: watch });
  sessionStorage.setItem(KEPT_RUN, JSON.stringify({ kind: "watch", id, owned }));
}

/** @param {string} token */
export async function logIn(token) {
  await api.logIn(token);
  update({ me: await api.me() });
  update({ dialog: null, loginError: "" });
  const next = resume;
  resume = null;
  next?.();
  return next !== null;
}

/** What is told of a video. @param {() => Player} player @param {number} mine */
const told = (player, mine) => ({
  /** @param {HTMLVideoElement} video @param {Line | null} record @param {number} seconds */
  picture(video, record, seconds) {
    if (mine !== turn) return;
    paint(video, record, true, seconds);
    if (record) window.aliyarface.pairs.push([seconds * 1e9, record["stream-time"]]);
  },
  changed: () => update({ said: player()?.blind ? "cannotShow" : "" }, true),
  events: tell,
  /** @param {string} reason */
  ended(reason) {
    if (mine !== turn) return;
    if (reason === "gone" || reason === "lost") state.reason = reason;
    failed(new Error(reason));
  },
});

/** Begins to read a file, or goes on with the session that reads it. @param {Upload} upload @param {string | null} session */
export async function startClip(upload, session = null) {
  drop();
  forget();
  const mine = turn;
  update({ phase: "starting", reason: "" });
  window.aliyarface.pairs.length = 0;
  try {
    const id = session ?? (await api.begin({ kind: "upload", id: upload.id }, wishes)).id;
    if (mine !== turn) return void api.end(id).catch(() => {});
    /** @type {Clip} */
    const clip = new Clip(id, upload, told(() => clip, mine));
    update({ run: clip });
    sessionStorage.setItem(KEPT_RUN, JSON.stringify({ kind: "clip", id, upload }));
    clip.video.play().catch(() => {});
  } catch (error) {
    if (mine === turn) failed(error);
  }
}

/** After a reload: the session of a file or an address is still there. A camera is only opened by hand. */
export async function goOn() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT_RUN) ?? "null");
  if (!["clip", "watch"].includes(kept?.kind)) return;
  const there = await api.session(kept.id).then(() => true, () => false);
  if (there && kept.kind === "watch") watchSession(kept.id, kept.owned);
  else if (there) await startClip(kept.upload, kept.id);
  else sessionStorage.removeItem(KEPT_RUN);
}

/** @param {File} file */
export async function sendFile(file) {
  stop();
  const mine = turn;
  update({ phase: "sending", sent: 0 });
  try {
    const upload = await api.send(file, (part) => mine === turn && update({ sent: part }, true));
    if (mine === turn) await startClip(upload);
  } catch (error) {
    if (mine === turn) failed(error);
  }
}

export async function startSample() {
  const list = await api.uploads().catch(failed);
  const sample = list?.find((upload) => upload.id === "sample");
  if (sample) await startClip(sample);
}

/** Begins or ends a recording; what was recorded is shown. */
export async function record() {
  const { recorder, run } = state;
  if (!recorder) {
    if (run instanceof Camera || run instanceof Watch) update({ recorder: new Recorder() });
    return;
  }
  update({ recorder: null });
  const recorded = await recorder.stop();
  if (!recorded) return;
  const names = state.names;
  const events = [...recorded.events];
  drop();
  forget();
  const mine = turn;
  /** @type {Recording} */
  const recording = new Recording(recorded, told(() => recording, mine));
  update({ run: recording, phase: "recorded", names });
  tell(events);
  recording.video.play().catch(() => {});
}

/** Reads every picture of a recording, also those that were left out. */
export function readAgain() {
  const { run } = state;
  if (run instanceof Recording) return sendFile(new File([run.recorded.video], "recording.webm", { type: run.recorded.video.type }));
}

/** Takes the faces as resting after a countdown. */
export async function calibrate() {
  const { run } = state;
  if (!run?.id || state.countdown !== null) return;
  for (let seconds = COUNTDOWN; seconds > 0; seconds -= 1) {
    update({ countdown: seconds });
    await sleep(1000);
    if (state.run !== run) return;
  }
  update({ countdown: null });
  await api.calibrate(run.id).catch(() => {});
}

/** Goes to a moment of a file or recording. @param {number} seconds */
export function jump(seconds) {
  const { run } = state;
  if (!(run instanceof Player)) return;
  run.video.pause();
  run.seek(seconds);
}

/** Marks where a span that is left out begins, or ends it. */
export function exclude() {
  const { run, at, excludeFrom, excluded } = state;
  if (!(run instanceof Player) || at === null) return;
  if (excludeFrom === null) return update({ excludeFrom: at });
  const span = /** @type {[number, number]} */ ([Math.min(excludeFrom, at), Math.max(excludeFrom, at)]);
  update({ excludeFrom: null, excluded: [...excluded, span].sort(([one], [other]) => one - other) });
}

/** Draws the same picture again, after a layer changed. */
export function repaint() {
  const { run } = state;
  if (run instanceof Player) run.show();
}

/** Asks the server how the session fares. */
export async function look() {
  const { run } = state;
  const info = await run?.state().catch(() => null);
  if (!info || state.run !== run) return;
  if (info.state === "failed") return failed(new Error(info.reason));
  update({ info, phase: info.state }, true);
}
