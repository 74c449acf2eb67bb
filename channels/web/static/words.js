// The page's words, in the reader's language.
const table = JSON.parse(document.getElementById("words").textContent);

/** Return a word by key, with {n} and {what} filled in. */
export function t(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, String(value)), table[key] ?? key);
}

export const lang = document.documentElement.lang;
