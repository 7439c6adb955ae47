// The server, as the page asks it.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function ask(method, path, body, headers = {}) {
  const json = body !== undefined && !(body instanceof Blob);
  const response = await fetch(path, {
    method,
    headers: json ? { "content-type": "application/json", ...headers } : headers,
    body: json ? JSON.stringify(body) : body,
  });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(response.status, problem.detail ?? response.statusText);
  }
  return response.status === 204 ? null : response.json();
}

export const logIn = (token) => ask("POST", "login", { token });
export const sessions = () => ask("GET", "sessions");
export const session = (id) => ask("GET", `sessions/${id}`);
export const uploads = () => ask("GET", "uploads");
export const send = (file) => ask("POST", `uploads?name=${encodeURIComponent(file.name)}`, file);
export const begin = (source) => ask("POST", "sessions", { source }, { "idempotency-key": crypto.randomUUID() });
export const end = (id) => ask("DELETE", `sessions/${id}`);
export const calibrate = (id) => ask("POST", `sessions/${id}/calibrate`);
export const socket = (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
