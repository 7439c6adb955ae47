// Takes out what was read: without the spans that are left out.

import { html } from "../lib/htm.js";
import { readAgain } from "../control.js";
import { has, state } from "../store.js";
import { word } from "../words.js";

/** @import { Face, Line } from "../types.js" */

/** @param {number | null} ns */
const left = (ns) => ns !== null && state.excluded.some(([from, to]) => ns / 1e9 >= from && ns / 1e9 <= to);

/** @param {string} name @param {BlobPart} contents @param {string} type */
function save(name, contents, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(contents instanceof Blob ? contents : new Blob([contents], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lines of JSON without pictures in spans that are left out. @param {string} text */
export function keptLines(text) {
  if (!state.excluded.length) return text;
  const lines = text.split("\n").filter((line) => line && !left(JSON.parse(line)["stream-time"] ?? null));
  return `${lines.join("\n")}\n`;
}

/** The same of a table whose column `timestamp` is in seconds. @param {string} text */
export function keptRows(text) {
  if (!state.excluded.length) return text;
  const [head, ...rows] = text.split("\n");
  const column = head.split(",").findIndex((name) => name.trim() === "timestamp");
  if (column < 0) return text;
  return [head, ...rows.filter((row) => row && !left(Number(row.split(",")[column]) * 1e9))].join("\n") + "\n";
}

/** A table of records that the server did not write: a row a face and picture. @param {Line[]} records */
export function table(records) {
  /** @type {Map<string, (face: Face) => unknown>} */
  const columns = new Map();
  /** @param {string} name @param {(face: Face) => unknown} read */
  const column = (name, read) => { if (!columns.has(name)) columns.set(name, read); };
  for (const name of ["pitch", "yaw", "roll", "emotion", "confidence", "valence", "arousal"]) column(name, (face) => face[/** @type {"pitch"} */ (name)]);
  for (const { objects } of records) {
    for (const face of objects) {
      for (const name of Object.keys(face.emotions ?? {})) column(`emotion_${name}`, (one) => one.emotions?.[name]);
      for (const code of Object.keys(face["action-units"] ?? {})) column(`${code}_r`, (one) => one["action-units"]?.[code]);
    }
  }
  const rows = records.flatMap((record) => record.objects.map((face) => [record.frame, ((record["stream-time"] ?? 0) / 1e9).toFixed(6), face.id, ...[...columns.values()].map((read) => read(face) ?? "")].join(",")));
  return [["frame", "timestamp", "face_id", ...columns.keys()].join(","), ...rows].join("\n") + "\n";
}

/** @param {"jsonl" | "csv"} kind */
async function fetched(kind) {
  const { run } = state;
  const type = kind === "csv" ? "text/csv" : "application/x-ndjson";
  let text;
  if (run.recorded) text = kind === "csv" ? table(run.records) : run.records.map((/** @type {Line} */ record) => `${JSON.stringify(record)}\n`).join("");
  else text = await fetch(`sessions/${run.id}/records.${kind}`).then((response) => response.text());
  save(`records.${kind}`, kind === "csv" ? keptRows(text) : keptLines(text), type);
}

export function Exports() {
  const { run } = state;
  if (!run) return "";
  const base = `sessions/${run.id}`;
  const spans = state.excluded.map(([from, to]) => `${from.toFixed(3)}-${to.toFixed(3)}`).join(",");
  const without = spans ? `?exclude=${spans}` : "";
  return html`<div class="exports" id="exports" role="group" aria-label=${word("export")}><span>${word("export")}</span>
    <button id="jsonl" onClick=${() => fetched("jsonl")}>JSON</button><button id="csv" onClick=${() => fetched("csv")}>CSV</button>
    ${run.id && has("/sessions/{id}/records.parquet") && html`<a class="button" id="parquet" href=${`${base}/records.parquet${without}`} download="records.parquet">Parquet</a>`}
    ${run.id && has("/sessions/{id}/report") && html`<a class="button" id="report" href=${`${base}/report${without}`} target="_blank" rel="noopener">${word("report")}</a>`}
    ${run.recorded && html`<button id="video" onClick=${() => save(`recording.${run.recorded.video.type.split("/")[1]}`, run.recorded.video, run.recorded.video.type)}>${word("videoFile")}</button>
      <button id="read-again" onClick=${readAgain}>${word("readAgain")}</button>`}
    ${state.excluded.length > 0 && html`<small class="hint">${word("exportHint")}</small>`}</div>`;
}
