// The server, as the page asks it.

/** @import { FleetCamera, FleetWorker, Me, Recording, SessionInfo, Upload } from "./types.js" */

/** An answer that is none: its status and what the server says of it. */
export class Refused extends Error {
  /** @param {number} status @param {string} detail @param {number} wait seconds after which to ask again */
  constructor(status, detail, wait = 0) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }
}

/**
 * @param {string} method @param {string} path @param {unknown} [body]
 * @param {Record<string, string>} [headers] @returns {Promise<any>}
 */
async function ask(method, path, body, headers = {}) {
  const json = body !== undefined;
  const response = await fetch(path, {
    method,
    headers: json ? { "content-type": "application/json", ...headers } : headers,
    body: json ? JSON.stringify(body) : undefined,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(response.status, problem.detail ?? response.statusText, Number(response.headers.get("retry-after") ?? 0));
  }
  return response.status === 204 ? null : response.json();
}

/** @param {string} token */
export const logIn = (token) => ask("POST", "login", { token });
export const sessions = () => ask("GET", "sessions");
export const describe = () => ask("GET", "openapi.json");
/** @param {string} id @returns {Promise<SessionInfo>} */
export const session = (id) => ask("GET", `sessions/${id}`);
/** @returns {Promise<Upload[]>} */
export const uploads = () => ask("GET", "uploads");
/** @returns {Promise<Me>} */
export const me = () => ask("GET", "me");
/** @returns {Promise<FleetCamera[]>} */
export const fleetCameras = () => ask("GET", "cameras");
/** @returns {Promise<FleetWorker[]>} */
export const fleetWorkers = () => ask("GET", "workers");
/** @param {string} name @param {string} uri */
export const addFleetCamera = (name, uri) => ask("PUT", `cameras/${encodeURIComponent(name)}`, { uri });
/** @param {string} name */
export const removeFleetCamera = (name) => ask("DELETE", `cameras/${encodeURIComponent(name)}`);
/** @returns {Promise<Recording[]>} */
export const recordings = () => ask("GET", "recordings");
/** @param {object} source @param {object} settings @param {boolean} record whether the server keeps video and records @returns {Promise<SessionInfo>} */
export const begin = (source, settings, record = false) => ask("POST", "sessions", { source, settings, record }, { "idempotency-key": crypto.randomUUID() });
/** @param {string} id */
export const end = (id) => ask("DELETE", `sessions/${id}`);
/** @param {string} id */
export const calibrate = (id) => ask("POST", `sessions/${id}/calibrate`);
/** @param {string} id */
export const resetBaseline = (id) => ask("POST", `sessions/${id}/reset-baseline`);
/** @param {string} id @param {object} settings */
export const change = (id, settings) => ask("PATCH", `sessions/${id}`, settings);
/** @param {string} path */
export const socket = (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));

/**
 * Sends a file.
 * @param {File} file @param {(part: number) => void} progress is told the part that was sent
 * @returns {Promise<Upload>}
 */
export const send = (file, progress) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open("POST", `uploads?name=${encodeURIComponent(file.name)}`);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
  request.onerror = () => reject(new Error("lost"));
  request.onload = () => {
    if (request.status < 300) resolve(request.response);
    else reject(new Refused(request.status, request.response?.detail ?? request.statusText));
  };
  request.send(file);
});
