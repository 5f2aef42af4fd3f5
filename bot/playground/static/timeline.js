// In: the messages of the chosen channel and thread. Out: the two columns that show them, kept at the newest line.

import { h, icon, keepFocus, reconcile } from "./dom.js";
import { blocks } from "./blocks.js";
import { composer, propose, suggested } from "./composer.js";
import { face, row, sign } from "./message.js";
import { openRail } from "./rail.js";
import { act, changed, go, inChannel, replies, state } from "./store.js";
import { day, word } from "./words.js";

const main = document.getElementById("main");
const side = document.getElementById("thread");
const typed = new Map(); // what is filled in on the App Home, by view: block id -> value
let drawn = { main: "", side: "" };

export function openThread(ts) {
  state.thread = ts;
  state.threadChosen = true;
  changed();
}

export function closeThread() {
  const root = state.thread;
  go(state.channel);
  requestAnimationFrame(() => document.querySelector(`#main [data-keep="m${CSS.escape(root)}"] .threadline, #main .composer textarea`)?.focus());
}

export function drawMain() {
  const channel = state.channels.find((c) => c.id === state.channel);
  const key = `${state.me.id} ${channel.id} ${state.tab}`;
  if (drawn.main !== key) frame(channel);
  drawn.main = key;
  banner(main.querySelector(".banner"));
  if (state.tab === "home") return home(main.querySelector(".home"));
  const found = inChannel(channel.id);
  const roots = found.filter((m) => !m.thread_ts || m.thread_ts === m.ts);
  prompts(main.querySelector(".prompts"), channel, roots);
  keepDown(main.querySelector(".timeline"), () => reconcile(main.querySelector(".rows"), rows(roots, openThread)));
}

function frame(channel) {
  const bot = state.people.get(state.bot);
  const direct = channel.kind === "im";
  const name = direct ? bot.real_name : `#${channel.name}`;
  const tab = (id) => h("button", { class: state.tab === id ? "chosen" : "", role: "tab", "aria-selected": String(state.tab === id), onclick: () => show(id) }, word(id));
  main.replaceChildren(
    h("header", { class: "head" }, h("button", { class: "quiet railopen", "aria-label": word("channels"), onclick: () => openRail(true) }, icon("menu")),
      direct ? face(bot, "small") : "", h("h1", {}, name),
      direct ? h("div", { class: "tabs", role: "tablist" }, tab("messages"), tab("home")) : h("p", {}, channel.topic)),
    h("div", { class: "banner", hidden: true }),
    state.tab === "home" ? h("div", { class: "home" })
      : h("fragment", {}, timeline(name), h("div", { class: "prompts" }), composer(channel, "")));
  main.setAttribute("aria-label", name);
  if (direct && state.tab === "messages") act("open_messages", {}); // the app may suggest what to write
}

function timeline(name) {
  const box = h("div", { class: "timeline", role: "log", "aria-live": "off", "aria-label": name, tabindex: 0, onscroll: () => { if (isLow(box)) newer.hidden = true; } }, h("div", { class: "rows" }));
  const newer = h("button", { class: "newer", hidden: true, onclick: () => { box.scrollTop = box.scrollHeight; box.focus(); } }, icon("below"), word("newer"));
  new ResizeObserver(() => { if (isLow(box)) box.scrollTop = box.scrollHeight; }).observe(box); // a growing composer hides no line
  return h("fragment", {}, box, newer);
}

function show(tab) {
  state.tab = tab;
  if (tab === "home") act("open_home", {});
  changed();
}

function home(box) {
  const view = state.home;
  const values = typed.get(view?.id) ?? new Map();
  if (view) typed.set(view.id, values);
  const place = view && { key: view.id, values,
    act: (action_id, block_id, value) => act("click", { view_id: view.id, action_id, block_id, value, values: Object.fromEntries(values) }) };
  const notices = JSON.stringify([...state.notices]);
  keepFocus(box, () => reconcile(box, view ? [{ key: "home", sign: view.hash + notices, make: () => h("div", { class: "page" }, blocks(view.blocks, place)) }]
    : [{ key: "none", sign: state.me.language, make: () => h("p", { class: "empty" }, word("homeEmpty")) }]));
}

function banner(box) {
  const line = state.online ? state.banner[state.me.language] : word("offline");
  box.hidden = !line;
  if (box.textContent !== (line ?? "")) box.textContent = line ?? "";
}

function prompts(box, channel, roots) {
  const shown = roots.length < 3 ? state.prompts[channel.id] ?? [] : [];
  reconcile(box, shown.map((p) => ({ key: p.title, sign: p.message, make: () => h("button", { class: "chip", onclick: () => act("say", { channel: channel.id, text: p.message }) }, p.title) })));
}

function rows(messages, open) {
  const items = [];
  let before = null;
  if (open) items.push({ key: "intro", sign: state.me.language, make: intro });
  for (const message of messages) {
    const date = day(message.ts);
    if (open && date !== (before && day(before.ts))) items.push({ key: `day ${date}`, sign: date, make: () => h("div", { class: "day" }, h("span", {}, date)) });
    const near = before && before.user === message.user && message.ts - before.ts < 300 && !message.viewer && !before.viewer;
    const grouped = Boolean(near) && !(open && replies(before.channel, before.ts).length) && message.user !== state.bot;
    items.push({ key: message.ts, sign: sign(message, grouped, open), make: () => row(message, grouped, open) });
    before = message;
  }
  return items;
}

function intro() {
  const channel = state.channels.find((c) => c.id === state.channel);
  const bot = state.people.get(state.bot);
  const tries = suggested(channel);
  return h("section", { class: "intro" },
    channel.kind === "im" ? face(bot) : h("span", { class: "mark" }, "#"),
    h("h2", {}, channel.kind === "im" ? bot.real_name : word("begins", channel.name)),
    h("p", {}, channel.kind === "im" ? word("beginsDirect", bot.real_name) : tries.length ? "" : channel.topic, tries.length ? ` ${word("tryIt")}` : ""),
    tries.length ? h("div", { class: "tries" }, tries.map((text) => h("button", { class: "chip", onclick: () => propose(text) }, text.split("\n")[0]))) : "");
}

export function drawThread() {
  const root = state.messages.get(state.channel)?.get(state.thread);
  const key = root && state.tab === "messages" ? `${state.me.id} ${state.channel} ${state.thread}` : "";
  side.hidden = !key;
  if (drawn.side !== key) threadFrame(key);
  drawn.side = key;
  if (!key) return;
  const answers = replies(state.channel, root.ts);
  const count = answers.filter((m) => !m.viewer).length;
  const items = rows([root], null);
  if (count) items.push({ key: "count", sign: `${count}${state.me.language}`, make: () => h("div", { class: "day count" }, h("span", {}, count === 1 ? word("replyOne") : word("replies", count))) });
  items.push(...rows(answers, null));
  const line = state.statuses.get(`${state.channel} ${root.ts}`);
  if (line) items.push({ key: "status", sign: line, make: () => h("div", { class: "typing" }, face(state.people.get(state.bot), "tiny"), h("span", { class: "status" }, line)) });
  keepDown(side.querySelector(".timeline"), () => reconcile(side.querySelector(".rows"), items));
}

function threadFrame(key) {
  if (!key) return side.replaceChildren();
  const channel = state.channels.find((c) => c.id === state.channel);
  side.replaceChildren(
    h("header", { class: "head" }, h("h1", {}, word("thread")), h("p", {}, channel.kind === "im" ? "" : `#${channel.name}`),
      h("button", { class: "quiet", "aria-label": word("close"), onclick: closeThread }, icon("close"))),
    timeline(word("thread")), composer(channel, state.thread));
  side.setAttribute("aria-label", word("thread"));
  return undefined;
}

function keepDown(box, draw) {
  const low = isLow(box) || !box.dataset.seen;
  const last = box.querySelector(".message:last-of-type")?.id;
  keepFocus(box, draw);
  box.dataset.seen = "yes";
  if (low) box.scrollTop = box.scrollHeight;
  else if (box.querySelector(".message:last-of-type")?.id !== last) box.nextSibling.hidden = false;
}

function isLow(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
}
