// The chat page: sends messages, shows turns, keeps the list of conversations.
import { call, turn } from "./api.js";
import { answer, decision, el, failure, settle } from "./render.js";
import { t } from "./words.js";

const $ = (id) => document.getElementById(id);
const log = $("log");
const field = $("message");
const progress = $("progress");
let thread = null;
let busy = false;

function toEnd() {
  $("scroll").scrollTop = $("scroll").scrollHeight;
}

function showProgress(text) {
  progress.textContent = text;
  progress.classList.toggle("on", Boolean(text));
}

function setBusy(on) {
  busy = on;
  $("send").disabled = on;
  if (!on) showProgress("");
}

function exchange(line) {
  $("welcome").hidden = true;
  const box = el("div", { class: "exchange" }, line);
  log.append(box);
  return box;
}

/** Run one turn and show it; returns the turn, or null when it failed. */
async function run(path, body, line, again) {
  if (busy) return null;
  setBusy(true);
  const box = exchange(line);
  showProgress(t("working"));
  toEnd();
  try {
    const result = await turn(path, body, (event) => {
      thread = event.thread || thread;
      showProgress(event.step || t("working"));
    });
    thread = result.thread || thread;
    box.append(answer(result, act));
    return result;
  } catch (problem) {
    box.append(failure(problem, again));
    return null;
  } finally {
    setBusy(false);
    toEnd();
    refresh();
  }
}

function say(text) {
  const line = el("p", { class: "said" }, text);
  return run("/v1/chat", { text, thread }, line, () => say(text));
}

const act = {
  async decide(proposal, verb, card) {
    if (busy) return;
    const word = t(verb === "confirm" ? "confirmed" : "cancelled");
    for (const button of card.querySelectorAll(".actions button")) button.disabled = true;
    const line = el("p", { class: "did" }, t(verb === "confirm" ? "confirm" : "cancel_full", { what: proposal.summary }));
    const result = await run(`/v1/proposals/${encodeURIComponent(proposal.id)}/${verb}`, {}, line);
    if (result === null) {
      for (const button of card.querySelectorAll(".actions button")) button.disabled = false;
    } else if (verb === "cancel" || result.change_id) {
      settle(card, word);
    } else {
      card.querySelector(".actions")?.remove();
    }
    field.focus();
  },
  async undo(change, holder) {
    if (busy) return;
    for (const button of holder.querySelectorAll("button")) button.disabled = true;
    const result = await run(`/v1/changes/${encodeURIComponent(change)}/undo`, { thread }, el("p", { class: "did" }, t("undo")));
    if (result === null) {
      for (const button of holder.querySelectorAll("button")) button.disabled = false;
    } else if (result.change_id) {
      holder.replaceChildren(el("span", { class: "muted" }, t("undone")));
    } else if (!result.proposal) {
      holder.remove();
    }
    field.focus();
  },
  async choose(option, group) {
    if (busy) return;
    for (const button of group.querySelectorAll("button")) button.disabled = true;
    await run("/v1/chat", { text: option.reply, thread }, el("p", { class: "said" }, option.label));
    field.focus();
  },
  async why(id) {
    try {
      open(t("why_title"), decision(await call("GET", `/v1/decisions/${encodeURIComponent(id)}`)));
    } catch (problem) {
      open(t("why_title"), failure(problem));
    }
  },
};

function open(title, body) {
  $("dialog-title").textContent = title;
  $("dialog-body").replaceChildren(body);
  $("dialog").showModal();
}

/** A command in a transcript is shown as what it did; it also settles the card it spoke of. */
function recalled(item) {
  const [, verb, id] = /^\/(confirm|cancel|undo)\s*(\S*)/.exec(item.text) ?? [];
  if (!verb) return el("p", { class: "said" }, item.text);
  const kind = verb === "undo" ? "[data-change]" : "[data-proposal]";
  const targets = [...log.querySelectorAll(kind)].filter((node) => !id || node.dataset.change === id || node.dataset.proposal === id);
  const target = targets.at(-1);
  const worked = verb === "cancel" || item.turn.change_id;
  if (target && worked && verb === "undo") target.replaceChildren(el("span", { class: "muted" }, t("undone")));
  if (target && worked && verb !== "undo") settle(target, t(verb === "confirm" ? "confirmed" : "cancelled"));
  return el("p", { class: "did" }, t(verb === "undo" ? "undo" : verb === "confirm" ? "confirmed" : "cancelled"));
}

async function show(id) {
  if (busy) return;
  log.replaceChildren();
  thread = id;
  const { exchanges } = await call("GET", `/v1/threads/${encodeURIComponent(id)}`);
  log.setAttribute("aria-live", "off");
  for (const item of exchanges) exchange(recalled(item)).append(answer(item.turn, act));
  log.setAttribute("aria-live", "polite");
  $("welcome").hidden = exchanges.length > 0;
  remember(id);
  toEnd();
  refresh();
}

function fresh() {
  if (busy) return;
  thread = null;
  log.replaceChildren();
  $("welcome").hidden = false;
  remember(null);
  refresh();
  closeSide();
  field.focus();
}

function remember(id) {
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
}

function entry(item) {
  const open = el("button", { type: "button", class: "open", title: item.title, "aria-current": item.thread === thread ? "true" : null, onclick: () => (closeSide(), show(item.thread)) }, item.title);
  const forget = el("button", { type: "button", class: "forget", "aria-label": `${t("forget")}: ${item.title}`, onclick: () => askForget(item) });
  forget.append($("bin").content.cloneNode(true));
  return el("li", { class: item.thread === thread ? "now" : null }, open, forget);
}

async function refresh() {
  if (thread) remember(thread);
  try {
    const { threads } = await call("GET", "/v1/threads");
    $("threads").replaceChildren(...threads.map(entry));
    $("no-threads").hidden = threads.length > 0;
  } catch {
    // The list is a convenience: the conversation itself says when the service is away.
  }
}

function askForget(item) {
  const yes = el("button", { type: "button", class: "primary", onclick: async () => {
    await call("DELETE", `/v1/threads/${encodeURIComponent(item.thread)}`);
    $("dialog").close();
    if (item.thread === thread) fresh();
    else refresh();
  } }, t("forget_yes"));
  const no = el("button", { type: "button", class: "plain", onclick: () => $("dialog").close() }, t("cancel"));
  open(item.title, el("div", {}, el("p", {}, t("forget_sure")), el("div", { class: "actions" }, yes, no)));
}

function openSide() {
  $("side").classList.add("open");
  $("side-open").setAttribute("aria-expanded", "true");
  $("side-close").focus();
}

function closeSide() {
  if (!$("side").classList.contains("open")) return;
  $("side").classList.remove("open");
  $("side-open").setAttribute("aria-expanded", "false");
  $("side-open").focus();
}

function wire() {
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || busy) return;
    field.value = "";
    field.style.height = "";
    say(text);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("composer").requestSubmit();
    }
  });
  for (const button of document.querySelectorAll(".try")) button.addEventListener("click", () => (say(button.textContent), field.focus()));
  $("new").addEventListener("click", fresh);
  $("side-open").addEventListener("click", openSide);
  $("side-close").addEventListener("click", closeSide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeSide());
  $("sign-out").addEventListener("click", async () => {
    await call("POST", "/v1/logout", {});
    location.assign("/sign-in");
  });
  $("link-code").addEventListener("click", async () => {
    try {
      const { code } = await call("POST", "/v1/link-codes", {});
      open(t("link_code"), el("div", {}, el("p", {}, t("link_code_text")), el("p", { class: "code" }, `link ${code}`)));
    } catch (problem) {
      open(t("link_code"), failure(problem));
    }
  });
}

wire();
field.focus();
if (location.hash.length > 1) await show(decodeURIComponent(location.hash.slice(1)));
else {
  $("welcome").hidden = false;
  await refresh();
}
