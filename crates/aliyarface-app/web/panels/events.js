// What happened, the newest first; a click shows the moment.

import { html } from "../lib/htm.js";
import { jump } from "../control.js";
import { faceColour, tone } from "../picture/colours.js";
import { secondsOf, state } from "../store.js";
import { number, word } from "../words.js";
import { nameOf } from "./faces.js";

/** @import { FaceEvent } from "../types.js" */

/** @param {FaceEvent} event */
export function textOf(event) {
  const units = (event["action-units"] ?? []).map(({ code, side }) => code + (side === "both" ? "" : ` ${word(side)}`));
  const parts = [word(event.event) + (event.to ? ` ${word(event.to)}` : ""), units.join(" + ")];
  if (event.duration && event.event !== "face-lost" && event.event !== "emotion-changed") parts.push(`${number(event.duration / 1e6)} ${word("ms")}`);
  return parts.filter(Boolean).join(" · ");
}

export function Events() {
  const still = ["camera", "watch"].includes(state.run?.kind);
  return html`<section class="card"><h2>${word("events")}</h2><ol id="events" class="events" aria-label=${word("events")}>
    ${state.events.map((event) => html`<li key=${event.key}><button disabled=${still} title=${still ? "" : word("jump")} onClick=${() => jump(secondsOf(event))}>
      <time>${number(secondsOf(event), 2)}</time><i style=${{ background: event.to ? tone(event.to) : faceColour(event["face-id"]) }}></i>
      <span>${nameOf(event["face-id"])} <b>${textOf(event)}</b></span></button></li>`)}
    ${state.events.length ? "" : html`<li class="hint">${word("noEvents")}</li>`}</ol></section>`;
}
