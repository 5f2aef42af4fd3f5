// In: one message. Out: its row: who and when, what it says, what can be pressed, how people reacted.

import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { size } from "./attach.js";
import { QUICK, emoji } from "./emoji.js";
import { menu } from "./menu.js";
import { mrkdwn } from "./prose.js";
import { canvasOf, openCanvas } from "./sheet.js";
import { act, changed, replies, state } from "./store.js";
import { clock, word } from "./words.js";

export function face(person, size = "") {
  if (!person) return h("span", { class: `face slackbot ${size}` }, "S");
  if (person.is_bot) return h("span", { class: `face ${size}` }, h("img", { src: "/static/wheel.svg", alt: "" }));
  const initial = /^[가-힣]/.test(person.real_name) ? person.real_name.slice(-2) : person.real_name.slice(0, 1);
  return h("span", { class: `face ${person.name} ${size}` }, initial);
}

export function sign(message, grouped, openThread) {
  const notices = [...state.notices].filter(([key]) => key.startsWith(message.ts));
  const votes = [...state.votes].filter(([key]) => key.startsWith(message.ts));
  const summary = openThread ? threadFacts(message) : "";
  return JSON.stringify([message, grouped, notices, votes, summary, state.me.id, state.statuses.get(`${message.channel} ${message.ts}`)]);
}

export function row(message, grouped, openThread) {
  const person = state.people.get(message.user);
  const place = { key: message.ts,
    act: (action_id, block_id, value) => act("click", { channel: message.channel, ts: message.ts, action_id, block_id, value }) };
  const wide = message.blocks?.length && message.user === state.bot;
  return h("article", { class: `message ${grouped ? "grouped" : ""} ${message.viewer ? "whisper" : ""} ${message.streaming ? "growing" : ""}`, id: `m${message.ts}`,
    "data-keep": `m${message.ts}`, tabindex: -1, "aria-label": `${person?.real_name ?? "Slack"}, ${clock(message.ts)}`, "aria-busy": message.streaming && "true" },
    h("div", { class: "side" }, grouped ? h("time", {}, clock(message.ts).replace(/^\D+ | [AP]M$/g, "")) : face(person)),
    h("div", { class: "body" },
      message.viewer ? h("div", { class: "only" }, word("onlyYou")) : "",
      grouped ? "" : h("div", { class: "who" }, h("b", {}, person?.real_name ?? "Slack"), person?.is_bot ? h("span", { class: "badge" }, word("app")) : "",
        h("time", {}, clock(message.ts))),
      h("div", { class: wide ? "said wide" : "said" }, message.blocks?.length ? blocks(message.blocks, place) : mrkdwn(message.text ?? ""),
        message.edited ? h("small", { class: "edited" }, word("edited")) : ""),
      (message.files ?? []).map(file),
      reactions(message),
      openThread ? threadLine(message, openThread) : ""),
    message.viewer || message.streaming ? "" : tools(message, openThread));
}

function file(body) {
  const canvas = canvasOf(body.permalink);
  const open = (event) => { event.preventDefault(); openCanvas(canvas); };
  if (canvas) return h("a", { class: "file", href: body.permalink, onclick: open }, icon("page"), h("span", {}, h("b", {}, body.title), h("small", {}, word("canvas"))));
  return h("a", { class: "file", href: body.permalink, download: body.name, "aria-label": word("download", body.name) }, icon("file"),
    h("span", {}, h("b", {}, body.title), h("small", {}, `${body.name === body.title ? "" : `${body.name} · `}${size(body.size)}`)));
}

function toggle(message, name) {
  const mine = message.reactions?.find((r) => r.name === name)?.users.includes(state.me.id);
  act(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
}

function reactions(message) {
  if (!message.reactions?.length) return "";
  return h("div", { class: "reactions" }, message.reactions.map((r) => h("button", {
    class: r.users.includes(state.me.id) ? "mine" : "", "aria-pressed": String(r.users.includes(state.me.id)), onclick: () => toggle(message, r.name),
    title: r.users.map((u) => state.people.get(u)?.real_name).join(", "),
  }, emoji(r.name), h("span", {}, r.count))));
}

function tools(message, openThread) {
  const language = state.me.language;
  return h("div", { class: "tools" },
    QUICK.map((name) => h("button", { onclick: () => toggle(message, name), title: `${word("react")} :${name}:`, "aria-label": `${word("react")} :${name}:` }, emoji(name))),
    openThread ? h("button", { onclick: () => openThread(message.ts), title: word("reply"), "aria-label": word("reply") }, icon("reply")) : "",
    menu(word("more"), "", Object.entries(state.shortcuts).map(([id, names]) => ({ show: names[language], choose: () => shortcut(message, id) }))));
}

async function shortcut(message, callback_id) {
  const answer = await act("shortcut", { channel: message.channel, ts: message.ts, callback_id });
  if (!answer.answered) state.notices.set(`${message.ts} ${message.blocks?.[0]?.block_id}`, word("noAnswer"));
  changed();
}

function threadFacts(message) {
  const shown = replies(message.channel, message.ts).filter((m) => !m.viewer);
  return { count: shown.length, last: shown.at(-1)?.ts, who: [...new Set(shown.map((m) => m.user))].slice(0, 4) };
}

function threadLine(message, openThread) {
  const { count, last, who } = threadFacts(message);
  const line = state.statuses.get(`${message.channel} ${message.ts}`);
  if (!count && !line) return "";
  return h("button", { class: "threadline", onclick: () => openThread(message.ts) },
    who.map((id) => face(state.people.get(id), "tiny")),
    count ? h("b", {}, count === 1 ? word("replyOne") : word("replies", count)) : "",
    line ? h("span", { class: "status" }, line) : last ? h("time", {}, clock(last)) : "");
}
