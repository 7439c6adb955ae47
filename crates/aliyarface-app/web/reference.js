// The REST API for people: what /openapi.json says, route by route.

import { html, render } from "./lib/htm.js";
import { describe } from "./api.js";
import { state } from "./store.js";

/**
 * @typedef {{ $ref?: string, type?: string | string[], format?: string, enum?: unknown[], const?: unknown, items?: Schema, properties?: Record<string, Schema>,
 *   required?: string[], description?: string, minimum?: number, maximum?: number, oneOf?: Schema[], anyOf?: Schema[], additionalProperties?: Schema | boolean }} Schema
 * @typedef {Record<string, { schema: Schema }>} Content
 * @typedef {{ name: string, in: string, required: boolean, schema: Schema }} Parameter
 * @typedef {{ summary: string, parameters: Parameter[], responses: Record<string, { description: string, content?: Content }>, requestBody?: { content: Content }, security?: [] }} Operation
 * @typedef {{ info: { version: string, description: string }, paths: Record<string, Record<string, Operation>>, components: { schemas: Record<string, Schema> } }} Document
 */

/** A schema in a few words. @param {Schema | boolean | undefined} schema @returns {unknown} */
function kind(schema) {
  if (!schema || schema === true) return "anything";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return html`<a href=${`#${name}`}>${name}</a>`;
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map((choice, place) => html`${place ? " | " : ""}${kind(choice)}`);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.properties) return html`{ ${Object.entries(schema.properties).map(([name, inner], place) => html`${place ? ", " : ""}${name}: ${kind(inner)}`)} }`;
  const types = [schema.type ?? "anything"].flat();
  const range = schema.minimum !== undefined || schema.maximum !== undefined ? ` ${schema.minimum ?? ""}..${schema.maximum ?? ""}` : "";
  const inner = schema.items ? html` of ${kind(schema.items)}` : typeof schema.additionalProperties === "object" ? html` of ${kind(schema.additionalProperties)}` : "";
  return html`${types.join(" | ")}${inner}${range}`;
}

/** @param {Content | undefined} content */
const body = (content) => Object.entries(content ?? {}).map(([media, { schema }]) => html`<span class="kind">${media}${media.includes("json") ? html`: ${kind(schema)}` : ""}</span>`);

/** @param {{ method: string, path: string, operation: Operation }} route */
function Route({ method, path, operation }) {
  const { summary, parameters, responses, requestBody, security } = operation;
  const [brief, ...rest] = summary.split(". ");
  return html`<details id=${`${method}${path}`}><summary><span class="method" data-method=${method}>${method}</span><span class="path">${path}</span><span class="brief">${brief}${rest.length ? "." : ""}</span></summary>
    <div class="inside">${rest.length > 0 && html`<p>${rest.join(". ")}</p>`}
      ${security && html`<p>Needs no token.</p>`}
      ${parameters.length > 0 && html`<h3>Parameters</h3><table>${parameters.map((each) => html`<tr><th><code>${each.name}</code></th><td>${each.in}${each.required ? ", required" : ""}</td><td class="kind">${kind(each.schema)}</td></tr>`)}</table>`}
      ${requestBody && html`<h3>Body</h3><p>${body(requestBody.content)}</p>`}
      <h3>Answers</h3><table>${Object.entries(responses).map(([status, { description, content }]) => html`<tr><th>${status}</th><td>${description}</td><td>${body(content)}</td></tr>`)}</table></div></details>`;
}

/** @param {{ name: string, schema: Schema }} named */
function Named({ name, schema }) {
  const fields = Object.entries(schema.properties ?? {});
  return html`<details id=${name}><summary><span class="path">${name}</span><span class="brief">${schema.description}</span></summary>
    <div class="inside">${fields.length
      ? html`<table>${fields.map(([field, inner]) => html`<tr><th><code>${field}</code>${schema.required?.includes(field) ? "" : " (may be absent)"}</th><td class="kind">${kind(inner)}</td><td>${inner.description}</td></tr>`)}</table>`
      : html`<p class="kind">${kind({ ...schema, description: undefined })}</p>`}</div></details>`;
}

/** The routes by the first part of their path. @param {Document} described */
function groups({ paths }) {
  /** @type {Map<string, { method: string, path: string, operation: Operation }[]>} */
  const found = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    const group = path.split("/")[1].split(".")[0];
    const routes = Object.entries(methods).map(([method, operation]) => ({ method, path, operation }));
    found.set(group, [...(found.get(group) ?? []), ...routes]);
  }
  return [...found];
}

/** @param {{ described: Document }} given */
function Reference({ described }) {
  return html`<header><h1><img src="icon.svg" alt="" width="28" height="28"/>AliyarFace: REST API</h1><nav><a class="button" href="./">The page</a><a class="button" href="openapi.json">openapi.json</a></nav></header>
    <main><p class="lead">${described.info.description} Version ${described.info.version}. A token goes in the header <code>Authorization: Bearer TOKEN</code>; browsers log in at <code>/login</code> and keep a cookie.</p>
      ${groups(described).map(([group, routes]) => html`<section><h2>${group}</h2>${routes.map((route) => html`<${Route} ...${route}/>`)}</section>`)}
      <section><h2>schemas</h2>${Object.entries(described.components.schemas).map(([name, schema]) => html`<${Named} name=${name} schema=${schema}/>`)}</section></main>`;
}

/** Opens what the address points at. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

if (state.theme !== "auto") document.documentElement.dataset.theme = state.theme;
render(html`<${Reference} described=${await describe()}/>`, /** @type {Element} */ (document.getElementById("page")));
addEventListener("hashchange", openNamed);
openNamed();
document.body.dataset.ready = "true";
