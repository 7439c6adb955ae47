// What the page says, in three languages.

import en from "./words/en.js";
import kk from "./words/kk.js";
import ru from "./words/ru.js";

/** @type {Record<string, Record<string, string>>} */
const WORDS = { en, kk, ru };
export const LANGUAGES = [["en", "English"], ["kk", "Қазақша"], ["ru", "Русский"]];
const KEY = "aliyarface-language";
let language = localStorage.getItem(KEY) ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? "en";
if (!(language in WORDS)) language = "en";
document.documentElement.lang = language;

export const current = () => language;

/** The word called `name`; a label of a user's own model stands for itself. @param {string} name */
export const word = (name) => WORDS[language][name] ?? name;

/** Whether `name` has a word of its own. @param {string} name */
export const spoken = (name) => name in WORDS[language];

/** @param {string} next */
export function speak(next) {
  language = next;
  localStorage.setItem(KEY, next);
  document.documentElement.lang = next;
}

/** A number with `digits` behind the comma, as the language writes it. @param {number} value */
export const number = (value, digits = 0) => value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Names that a language lacks: a test holds that there are none. */
export function untranslated() {
  const all = new Set(Object.values(WORDS).flatMap((words) => Object.keys(words)));
  return Object.entries(WORDS).flatMap(([tag, words]) => [...all].filter((name) => !words[name]).map((name) => `${tag}: ${name}`));
}
