// What is asked: the token, consent, settings; and the list of keys.

import { html, useEffect, useRef } from "../lib/htm.js";
import * as api from "../api.js";
import { goOn, logIn, startCamera, wishes } from "../control.js";
import { state, update } from "../store.js";
import { number, spoken, word } from "../words.js";
import { Fleet } from "./fleet.js";
import { Sources } from "./sources.js";

const close = () => update({ dialog: null });

/** @param {{ id: string, title: string, children?: unknown, fixed?: boolean }} props */
function Dialog({ id, title, children, fixed }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => { dialog.current?.showModal(); }, []);
  return html`<dialog id=${id} ref=${dialog} aria-labelledby=${`${id}-title`} onClose=${() => state.dialog === id && close()} onCancel=${(/** @type {Event} */ event) => fixed && event.preventDefault()}>
    <h2 id=${`${id}-title`}>${word(title)}</h2>${children}</dialog>`;
}

function Login() {
  /** @param {any} event */
  const enter = async (event) => {
    event.preventDefault();
    const field = event.target.querySelector("input");
    try {
      const resumed = await logIn(field.value.trim());
      field.value = "";
      if (!resumed) await goOn();
      update({ api: await api.describe() });
    } catch (/** @type {any} */ error) {
      update({ loginError: error.status === 429 ? "many" : error.status === 401 ? "wrong" : "lost" });
    }
  };
  return html`<${Dialog} id="login" title="login" fixed><form onSubmit=${enter}><p>${word("loginText")}</p>
    <label class="field"><span>${word("token")}</span><input id="token" type="password" autocomplete="current-password" required autofocus/></label>
    <p id="login-error" class="error" role="alert">${state.loginError && word(state.loginError)}</p>
    <menu><button id="login-go" class="main">${word("enter")}</button></menu></form></${Dialog}>`;
}

function Consent() {
  const hours = state.me?.["recording-hours"];
  const open = () => {
    const record = /** @type {HTMLInputElement | null} */ (document.getElementById("consent-record"));
    close();
    startCamera(null, Boolean(record?.checked));
  };
  return html`<${Dialog} id="consent" title="consentTitle"><p>${word("consent")}</p><p class="law">${word("noticeLaw")}</p><p><b>${word("consentOthers")}</b></p>
    ${hours ? html`<label class="field check"><input id="consent-record" type="checkbox"/><span>${word("keepFor")} ${number(hours)} ${word("hours")}</span></label>` : ""}
    <menu><button id="consent-no" onClick=${close}>${word("no")}</button><button id="consent-yes" class="main" autofocus onClick=${open}>${word("yes")}</button></menu></${Dialog}>`;
}

/** Gives an input its first value; what is typed afterwards stays when the page is drawn anew. @param {unknown} value */
const first = (value) => (/** @type {any} */ input) => {
  if (!input || input.dataset.first !== undefined) return;
  input.dataset.first = "";
  if (input.type === "checkbox") input.checked = Boolean(value);
  else input.value = value ?? "";
};

/** One property of the element, as the server's own description has it. @param {string} name @param {any} schema @param {unknown} value */
function field(name, schema, value) {
  const title = spoken(name) ? word(name) : name;
  const kinds = [schema.type].flat();
  const hint = schema.description;
  const choices = schema.enum ?? schema.anyOf?.find((/** @type {any} */ one) => one.enum)?.enum;
  const id = `set-${name}`;
  if (kinds.includes("boolean")) {
    return html`<label class="field check" title=${hint}><input id=${id} type="checkbox" data-kind="boolean" name=${name} ref=${first(value ?? true)}/><span>${title}</span></label>`;
  }
  if (choices) {
    return html`<label class="field" title=${hint}><span>${title}</span><select id=${id} name=${name} ref=${first(value)}><option value="">–</option>${choices.filter(Boolean).map((/** @type {string} */ one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>`;
  }
  const numeric = kinds.includes("integer") || kinds.includes("number");
  return html`<label class="field" title=${hint}><span>${title}</span><input id=${id} name=${name} data-kind=${numeric ? "number" : "text"} type=${numeric ? "number" : "text"}
    min=${schema.minimum} max=${schema.maximum} step=${kinds.includes("integer") ? 1 : "any"} ref=${first(value)}/></label>`;
}

/** The server's description of a schema, through references. @param {any} schema */
const resolved = (schema) => {
  const reference = schema.$ref ?? schema.anyOf?.find((/** @type {any} */ one) => one.$ref)?.$ref;
  return reference ? { ...state.api.components.schemas[reference.split("/").pop()], description: schema.description } : schema;
};

function Settings() {
  const properties = Object.entries(/** @type {Record<string, any>} */ (state.api?.components?.schemas?.Settings?.properties ?? {}));
  const { run, info } = state;
  const values = run?.id && info ? info.settings : wishes;
  // What loads models is chosen before the first picture: the server's description says so.
  const open = properties.map(([name, schema]) => /** @type {[string, any]} */ ([name, resolved(schema)])).filter(([, schema]) => !run?.id || !/before the first picture/.test(schema.description ?? ""));
  /** @param {any} event */
  const apply = async (event) => {
    event.preventDefault();
    /** @type {Record<string, unknown>} */
    const changes = {};
    for (const [name] of open) {
      const input = event.target.elements[name];
      if (!input || (input.type !== "checkbox" && input.value === "")) continue;
      const value = input.dataset.kind === "boolean" ? input.checked : input.dataset.kind === "number" ? Number(input.value) : input.value;
      if (value !== (values[name] ?? (input.dataset.kind === "boolean" ? true : undefined))) changes[name] = value;
    }
    try {
      if (run?.id) update({ info: await api.change(run.id, changes) });
      Object.assign(wishes, changes);
      localStorage.setItem("aliyarface-settings", JSON.stringify(wishes));
      close();
    } catch (/** @type {any} */ error) {
      update({ loginError: error.message });
    }
  };
  return html`<${Dialog} id="settings" title="settings"><form onSubmit=${apply}><p class="hint">${word(run?.id ? "settingsRunning" : "settingsNext")}</p>
    <div class="grid">${open.map(([name, schema]) => field(name, schema, values[name]))}</div>
    <p class="error" role="alert">${state.loginError}</p>
    <menu><button type="button" onClick=${close}>${word("cancel")}</button><button class="main" id="settings-go">${word("apply")}</button></menu></form></${Dialog}>`;
}

const KEYS = [
  ["1 – 7", "keyLayers"], ["Space", "keyPlay"], ["← →", "keyStep"], ["Home End", "keyEnds"], ["X", "keyExclude"], ["R", "keyRecord"], ["M", "keyMode"], ["C", "keyCover"], ["F", "keyFace"], ["?", "keyKeys"],
];

function Keys() {
  return html`<${Dialog} id="keys" title="keys"><dl class="keys">${KEYS.map(([key, name]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${word(name)}</dd></div>`)}</dl>
    <menu><button class="main" autofocus onClick=${close}>${word("close")}</button></menu></${Dialog}>`;
}

function Fetched() {
  return html`<${Dialog} id="sources-dialog" title="fetched"><${Sources}/><menu><button onClick=${close}>${word("close")}</button></menu></${Dialog}>`;
}

function Workers() {
  return html`<${Dialog} id="fleet-dialog" title="fleet"><${Fleet}/><menu><button onClick=${close}>${word("close")}</button></menu></${Dialog}>`;
}

/** @type {Record<string, () => unknown>} */
const DIALOGS = { login: Login, consent: Consent, settings: Settings, keys: Keys, sources: Fetched, fleet: Workers };

export function OpenDialog() {
  const Open = state.dialog && DIALOGS[state.dialog];
  return Open ? html`<${Open} key=${state.dialog}/>` : "";
}
