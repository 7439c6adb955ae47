// What was read of one face, beside the picture.

import { TONES, colour } from "./draw.js";
import { word } from "./words.js";

const TRAIL = 60;
const EVENTS = 200;
const HIGHEST = 5;
const byId = (id) => document.getElementById(id);
const made = (tag, name, ...children) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
};

export class Panels {
  /** @param {(ns: number) => void} jump shows the picture of an event. */
  constructor(jump) {
    this.jump = jump;
    this.reset();
  }

  reset() {
    this.chosen = null;
    this.trail = new Map();
    this.bars = new Map();
    this.units = new Map();
    this.tabs = "";
    for (const id of ["faces", "emotions", "units", "events"]) byId(id).replaceChildren();
    for (const id of ["pitch", "yaw", "roll", "affect-text"]) byId(id).textContent = "–";
    byId("mixture").textContent = "";
    byId("affect-trail").setAttribute("points", "");
  }

  show(record) {
    const faces = record?.objects ?? [];
    if (!faces.some((face) => face.id === this.chosen)) this.chosen = faces[0]?.id ?? this.chosen;
    this.showTabs(faces);
    const face = faces.find((face) => face.id === this.chosen);
    if (!face) return;
    this.showEmotions(face);
    this.showHead(face);
    this.showAffect(face);
    this.showUnits(face);
  }

  showTabs(faces) {
    const ids = faces.map((face) => face.id);
    const key = `${ids} ${this.chosen} ${word("face")}`;
    if (key === this.tabs) return;
    this.tabs = key;
    const tabs = ids.map((id) => {
      const tab = made("button", "", `${word("face")} ${id}`);
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(id === this.chosen));
      tab.style.setProperty("--face", colour(id));
      tab.onclick = () => { this.chosen = id; this.tabs = ""; };
      return tab;
    });
    byId("faces").replaceChildren(...(tabs.length ? tabs : [made("span", "hint", word("nobody"))]));
  }

  showEmotions(face) {
    const emotions = Object.entries(face.emotions ?? {});
    if (this.bars.size !== emotions.length) {
      this.bars.clear();
      byId("emotions").replaceChildren(...emotions.map(([name]) => {
        const [label, fill, value] = [made("span"), made("div", "fill"), made("output")];
        const bar = made("div", "bar", label, made("div", "track", fill), value);
        bar.style.setProperty("--tone", TONES[name] ?? "var(--accent)");
        this.bars.set(name, { bar, label, fill, value });
        return bar;
      }));
    }
    for (const [name, share] of emotions) {
      const { bar, label, fill, value } = this.bars.get(name) ?? {};
      if (!bar) continue;
      label.textContent = word(name);
      fill.style.width = `${share * 100}%`;
      value.textContent = `${Math.round(share * 100)} %`;
      bar.classList.toggle("first", name === face.emotion);
    }
    const mixture = face.mixture;
    byId("mixture").textContent = mixture && mixture.kind !== "pure" ? mixture.name ?? mixture.labels.map(word).join(" + ") : "";
  }

  showHead({ pitch, yaw, roll }) {
    const radians = Math.PI / 180;
    const [x, y] = [Math.sin(yaw * radians) * 30, Math.sin(pitch * radians) * 34];
    byId("head-roll").setAttribute("transform", `rotate(${-roll})`);
    byId("head-turn").setAttribute("transform", `translate(${x} ${y}) scale(${Math.cos(yaw * radians)} ${Math.cos(pitch * radians)})`);
    for (const [id, value] of [["pitch", pitch], ["yaw", yaw], ["roll", roll]]) byId(id).textContent = `${value > 0 ? "+" : ""}${value.toFixed(1)}°`;
  }

  showAffect({ id, valence, arousal }) {
    if (valence === undefined) return;
    const trail = this.trail.get(id) ?? [];
    trail.push([valence * 48, -arousal * 48]);
    this.trail.set(id, trail.slice(-TRAIL));
    byId("affect-trail").setAttribute("points", this.trail.get(id).map((place) => place.map((value) => value.toFixed(1)).join(",")).join(" "));
    const dot = byId("affect-dot");
    dot.setAttribute("cx", valence * 48);
    dot.setAttribute("cy", -arousal * 48);
    byId("affect-text").textContent = `${word("pleasant")} ${valence.toFixed(2)} · ${word("excited")} ${arousal.toFixed(2)}`;
  }

  showUnits(face) {
    const values = face["action-units"] ?? {};
    const tiers = face["action-unit-tiers"] ?? {};
    const [rights, lefts] = [face["action-units-right"] ?? {}, face["action-units-left"] ?? {}];
    for (const code of Object.keys(values)) {
      if (this.units.has(code)) continue;
      const [right, left, value] = [made("div", "fill"), made("div", "fill"), made("output")];
      const unit = made("div", "unit", made("span", "name", code), made("div", "track right", right), made("div", "track left", left), value);
      unit.dataset.tier = tiers[code] ?? "poor";
      byId("units").append(unit);
      this.units.set(code, { unit, right, left, value });
    }
    for (const [code, { unit, right, left, value }] of this.units) {
      const both = values[code];
      unit.style.opacity = both === undefined ? 0.35 : 1;
      right.style.width = `${((rights[code] ?? both ?? 0) / HIGHEST) * 100}%`;
      left.style.width = `${((lefts[code] ?? both ?? 0) / HIGHEST) * 100}%`;
      value.textContent = both === undefined ? "–" : both.toFixed(1);
    }
  }

  /** Adds what happened to the list. */
  tell(event) {
    const ns = event.apex ?? event["stream-time"] ?? event.timestamp ?? 0;
    const details = [word(event.event)];
    if (event.to) details.push(word(event.to));
    const units = (event["action-units"] ?? []).map(({ code, side }) => code + (side === "both" ? "" : side === "left" ? " L" : " R"));
    if (units.length) details.push(units.join(" + "));
    if (event.duration) details.push(`${Math.round(event.duration / 1e6)} ms`);
    const time = made("time", "", `${(ns / 1e9).toFixed(2)} s`);
    const button = made("button", "", time, `${word("face")} ${event["face-id"]} ${details.join(" · ")}`);
    button.onclick = () => this.jump(ns);
    const list = byId("events");
    list.prepend(made("li", "", button));
    while (list.children.length > EVENTS) list.lastChild.remove();
  }
}
