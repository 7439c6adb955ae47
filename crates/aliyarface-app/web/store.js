// What the page knows, and who is told when that changes.

/** @import { FaceEvent, Layers, Line, Me, SessionInfo, Span } from "./types.js" */

/** How often the panels are drawn anew, in ms: a reader's eye follows no more. */
const PANELS_EVERY = 80;
const KEPT_EVENTS = 300;

const stored = (/** @type {string} */ key) => localStorage.getItem(`aliyarface-${key}`);
const store = (/** @type {string} */ key, /** @type {string} */ value) => localStorage.setItem(`aliyarface-${key}`, value);

/** The page's state; changed by `update` alone. */
export const state = {
  /** @type {any} a Camera, a Clip, a Recording or nothing */
  run: null,
  phase: "idle",
  reason: "",
  /** @type {SessionInfo | null} */
  info: null,
  /** @type {Line | null} what is drawn over the picture now */
  record: null,
  /** @type {number | null} seconds of the picture that is drawn */
  at: null,
  /** @type {number | null} ms since the picture that the drawn result is of */
  age: null,
  /** @type {number | null} the face whose readings are shown */
  chosen: null,
  /** @type {Layers} */
  layers: { boxes: true, mesh: true, pose: false, labels: true, units: false, eyes: false, gaze: true, ...JSON.parse(stored("layers") ?? "{}") },
  mode: stored("mode") === "live" ? "live" : "locked",
  theme: stored("theme") ?? "auto",
  /** @type {Map<number, string>} */
  names: new Map(),
  /** @type {Set<number>} faces that are covered */
  covered: new Set(),
  coverAll: false,
  /** @type {(FaceEvent & { key: number })[]} the newest first */
  events: [],
  /** @type {Span[]} */
  excluded: [],
  /** @type {number | null} where a span that is left out begins */
  excludeFrom: null,
  /** @type {number | null} seconds until the resting face is taken */
  countdown: null,
  /** @type {any} */
  recorder: null,
  /** @type {any} the OpenAPI document */
  api: null,
  /** @type {Me | null} */
  me: null,
  /** @type {string | null} the dialog that is open */
  dialog: null,
  loginError: "",
  /** @type {number | null} part of a file that was sent */
  sent: null,
  curves: "emotions",
  said: "",
};

/** @type {() => void} */
let draw = () => {};
let drawn = 0;
let waiting = false;

/** @param {() => void} listener */
export const onChange = (listener) => { draw = listener; };

function now() {
  waiting = false;
  drawn = performance.now();
  draw();
}

/**
 * Changes the state and draws the page: at once, or `soon` where it changes with every picture.
 * @param {Partial<typeof state>} changes
 */
export function update(changes, soon = false) {
  Object.assign(state, changes);
  if (changes.layers) store("layers", JSON.stringify(changes.layers));
  if (changes.mode) store("mode", changes.mode);
  if (changes.theme) store("theme", changes.theme);
  if (waiting) return;
  waiting = true;
  const rest = soon ? Math.max(0, PANELS_EVERY - (performance.now() - drawn)) : 0;
  if (rest) setTimeout(now, rest);
  else queueMicrotask(now);
}

let keys = 0;
/** @param {FaceEvent[]} events */
export function tell(events) {
  if (!events.length) return;
  const told = events.map((event) => ({ ...event, key: ++keys })).reverse();
  update({ events: [...told, ...state.events].slice(0, KEPT_EVENTS) }, true);
}

/** Forgets what belongs to one run. */
export const forget = () => update({
  info: null, record: null, at: null, age: null, chosen: null, names: new Map(), covered: new Set(), events: [], excluded: [],
  excludeFrom: null, countdown: null, recorder: null, sent: null, reason: "", said: "",
});

/** @param {number} id */
export const called = (id) => state.names.get(id);

/** Whether some face must not be seen. */
export const covering = () => state.coverAll || state.covered.size > 0;

/** Whether the server has a route. @param {string} path @param {string} method */
export const has = (path, method = "get") => Boolean(state.api?.paths?.[path]?.[method]);

/** Seconds of an event. @param {FaceEvent} event */
export const secondsOf = (event) => (event.apex ?? event["stream-time"] ?? event.timestamp ?? 0) / 1e9;
