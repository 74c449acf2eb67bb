// Builds what is shown of a turn. Every text goes in as text, never as markup.
import { t, lang } from "./words.js";

const FIRST = 6;

/** Return an element with attributes and children. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") node.addEventListener("click", value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function isNumber(text) {
  return /^[-+]?[¥$€£]?\s?\d[\d\s,.]*\s?(%|万|亿|[A-Z]{3})?$/.test(text.trim()) && !/^\d{4}-\d\d/.test(text);
}

function shown(text) {
  return text ? el("span", { class: "v" }, text) : el("span", { class: "nothing" }, t("empty"));
}

function scrollable(table, label) {
  return el("div", { class: "table", role: "region", tabindex: "0", "aria-label": label }, table);
}

function resultTable(table) {
  const numeric = table.columns.map((_, i) => table.rows.length > 0 && table.rows.every((row) => !row[i] || isNumber(row[i])));
  const head = el("tr", {}, ...table.columns.map((name, i) => el("th", { scope: "col", class: numeric[i] ? "num" : null }, name)));
  const body = table.rows.map((row) => el("tr", {}, ...row.map((cell, i) => el("td", { class: numeric[i] ? "num" : null }, cell))));
  return scrollable(el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)), t("table_label"));
}

function titled(change) {
  const badge = change.action === "update" ? null : el("span", { class: "badge" }, t(`action.${change.action}`));
  return [badge, change.title || change.id];
}

function moment(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toLocaleString(lang, { dateStyle: "medium", timeStyle: text.length > 10 ? "short" : undefined });
}

function changeTable(records, single, label) {
  const names = single ? [] : [t("record")];
  const head = el("tr", {}, ...[...names, t("field"), t("before"), t("after")].map((name) => el("th", { scope: "col" }, name)));
  const rows = records.flatMap((changes) =>
    changes.map((change, i) => {
      const first = single || i > 0 ? null : el("th", { scope: "rowgroup", rowspan: changes.length }, ...titled(change));
      return el("tr", {}, first, el("td", { title: change.field }, change.label), el("td", { class: "before" }, shown(change.before_text)), el("td", { class: "after" }, shown(change.after_text)));
    }),
  );
  return scrollable(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)), label);
}

function grouped(changes) {
  const records = new Map();
  for (const change of changes) {
    const key = `${change.kind} ${change.id}`;
    records.set(key, [...(records.get(key) ?? []), change]);
  }
  return [...records.values()];
}

function proposalCard(proposal, act) {
  const records = grouped(proposal.changes);
  const single = proposal.count === 1;
  const count = single ? t("records_1") : t("records_n", { n: proposal.count });
  const card = el(
    "section",
    { class: "card proposal", "data-proposal": proposal.id, "aria-label": t("proposal") },
    el("header", {}, el("p", { class: "kicker" }, el("span", {}, t("proposal")), el("span", {}, count)), el("h2", {}, proposal.summary)),
    proposal.warnings.length ? el("p", { class: "warnings" }, proposal.warnings.join(" ")) : null,
    changeTable(records.slice(0, FIRST), single, proposal.summary),
  );
  const rest = records.slice(FIRST);
  if (rest.length) {
    card.append(el("details", { class: "rest" }, el("summary", {}, t("show_all", { n: rest.length })), changeTable(rest, single, t("more_records", { n: rest.length }))));
  }
  if (proposal.count > records.length) card.append(el("p", { class: "more" }, t("more_records", { n: proposal.count - records.length })));
  const confirm = el("button", { type: "button", class: "primary", onclick: () => act.decide(proposal, "confirm", card) }, t("confirm", { what: proposal.summary }));
  const cancel = el("button", { type: "button", class: "plain", "aria-label": t("cancel_full", { what: proposal.summary }), onclick: () => act.decide(proposal, "cancel", card) }, t("cancel"));
  card.append(el("div", { class: "actions" }, confirm, cancel));
  return card;
}

/** Replace a card's buttons by what became of it. */
export function settle(card, text) {
  card.querySelector(".actions")?.remove();
  card.querySelector(".state")?.remove();
  card.append(el("p", { class: "state", tabindex: "-1" }, text));
}

function questionBlock(question, act) {
  const options = question.options.map((option) => el("button", { type: "button", class: "plain", onclick: (event) => act.choose(option, event.currentTarget.closest(".options")) }, option.label));
  return el("div", { class: "question" }, el("p", { class: "text" }, question.text), options.length ? el("div", { class: "options", role: "group", "aria-label": question.text }, ...options) : null);
}

function proof(item) {
  const rows = [["source", item.source], ["origin", item.origin], ["observed", item.observed_at && moment(item.observed_at)], ["quote", item.quote]];
  return el("dl", {}, ...rows.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, t(key)), el("dd", { class: key === "quote" ? "quote" : null }, value)]));
}

let serial = 0;

function evidenceChips(items) {
  const panel = el("div", { class: "proof", id: `proof-${++serial}`, hidden: true });
  const chips = items.map((item) =>
    el("button", {
      type: "button",
      class: "chip",
      "aria-expanded": "false",
      "aria-controls": panel.id,
      onclick: (event) => {
        const open = event.currentTarget.getAttribute("aria-expanded") === "true";
        for (const chip of chips) chip.setAttribute("aria-expanded", "false");
        event.currentTarget.setAttribute("aria-expanded", String(!open));
        panel.hidden = open;
        panel.replaceChildren(proof(item));
      },
    }, item.source || item.id),
  );
  return [el("div", { class: "chips", role: "group", "aria-label": t("evidence") }, el("span", {}, t("evidence")), ...chips), panel];
}

/** Return everything that is shown of a turn. */
export function answer(turn, act) {
  const box = el("article", { class: "answer", "aria-label": t("assistant"), lang: turn.lang === "zh" ? "zh-Hans" : "en" });
  for (const notice of turn.notices) box.append(el("p", { class: "notice" }, notice));
  const said = turn.reply.trim();
  const repeated = [turn.question?.text, turn.proposal?.summary, turn.refusal?.reason].filter(Boolean).map((text) => text.trim());
  // With a proposal the reply is the card in words, with commands to type; here there are buttons.
  if (said && !turn.proposal && !repeated.includes(said)) box.append(el("p", { class: "text" }, said));
  if (turn.refusal) box.append(el("p", { class: "notice" }, turn.refusal.reason));
  if (turn.table && turn.table.rows.length) box.append(resultTable(turn.table));
  if (turn.proposal) box.append(proposalCard(turn.proposal, act));
  if (turn.question) box.append(questionBlock(turn.question, act));
  if (turn.change_id) {
    const holder = el("div", { class: "options undo", "data-change": turn.change_id });
    holder.append(el("button", { type: "button", class: "plain", onclick: () => act.undo(turn.change_id, holder) }, t("undo")));
    box.append(holder);
  }
  if (turn.evidence.length) box.append(...evidenceChips(turn.evidence));
  if (turn.decision_id) {
    box.append(el("div", { class: "foot" }, el("button", { type: "button", class: "why", onclick: () => act.why(turn.decision_id) }, t("why"))));
  }
  return box;
}

/** Return the card of a problem. */
export function failure(problem, again) {
  const detail = [problem.detail, problem.reference && `${t("reference")}: ${problem.reference}`].filter(Boolean).join("\n");
  return el(
    "section",
    { class: "card failed", role: "alert" },
    el("header", {}, el("p", { class: "kicker" }, el("span", {}, t("error")), el("span", {}, problem.code ?? "")), el("h2", {}, problem.message)),
    detail ? el("p", { class: "body text" }, detail) : null,
    again ? el("div", { class: "actions" }, el("button", { type: "button", class: "plain", onclick: again }, t("retry"))) : null,
  );
}

function listOf(items, text) {
  return items.length ? el("ul", { class: "list" }, ...items.map((item) => el("li", {}, text(item)))) : el("p", { class: "muted" }, t("none"));
}

/** Return the decision record for the dialog. */
export function decision(record) {
  const rows = ["at", "actor", "model", "outcome", "input_digest", "prompt_digest"].filter((key) => record[key]);
  return el(
    "div",
    {},
    el("dl", {}, ...rows.flatMap((key) => [el("dt", {}, t(`why.${key}`)), el("dd", {}, key === "at" ? moment(record[key]) : record[key])])),
    el("h3", {}, t("why.tools")),
    listOf(record.tools, (tool) => `${tool.name} (${tool.outcome}) ${JSON.stringify(tool.args ?? {})}`),
    el("h3", {}, t("why.facts")),
    listOf(record.facts, (fact) => [fact.id, fact.origin, fact.observed_at].filter(Boolean).join(" · ")),
    record.change_ids.length ? el("h3", {}, t("why.change_ids")) : null,
    record.change_ids.length ? listOf(record.change_ids, String) : null,
  );
}
