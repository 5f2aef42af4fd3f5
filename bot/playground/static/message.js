// In: one message. Out: its row: who and when, what it says, what can be pressed, how people reacted.

import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { QUICK, emoji } from "./emoji.js";
import { mrkdwn } from "./prose.js";
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
  return h("article", { class: `message ${grouped ? "grouped" : ""} ${message.viewer ? "whisper" : ""} ${message.streaming ? "growing" : ""}`, id: `m${message.ts}` },
    h("div", { class: "side" }, grouped ? h("time", {}, clock(message.ts).replace(/^\D+ /, "")) : face(person)),
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
  return h("a", { class: "file", href: body.permalink, download: body.name }, icon("file"),
    h("span", {}, h("b", {}, body.title), h("small", {}, `${body.name} · ${body.size.toLocaleString()} B`)));
}

function toggle(message, name) {
  const mine = message.reactions?.find((r) => r.name === name)?.users.includes(state.me.id);
  act(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
}

function reactions(message) {
  if (!message.reactions?.length) return "";
  return h("div", { class: "reactions" }, message.reactions.map((r) => h("button", {
    class: r.users.includes(state.me.id) ? "mine" : "", onclick: () => toggle(message, r.name),
    title: r.users.map((u) => state.people.get(u)?.real_name).join(", "),
  }, emoji(r.name), h("span", {}, r.count))));
}

function tools(message, openThread) {
  const language = state.me.language;
  return h("div", { class: "tools" },
    QUICK.map((name) => h("button", { onclick: () => toggle(message, name), title: `${word("react")} :${name}:`, "aria-label": `${word("react")} :${name}:` }, emoji(name))),
    openThread ? h("button", { onclick: () => openThread(message.ts), title: word("reply"), "aria-label": word("reply") }, icon("reply")) : "",
    h("details", { class: "overflow" }, h("summary", { title: word("more"), "aria-label": word("more") }, icon("more")),
      h("div", { class: "menu" }, Object.entries(state.shortcuts).map(([id, names]) => h("button", { onclick: (e) => {
        e.target.closest("details").open = false;
        shortcut(message, id);
      } }, names[language])))));
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
