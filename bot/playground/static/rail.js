// In: the workspace as the acting member sees it. Out: the left rail: channels, the bot, and whom to act as.

import { h, reconcile } from "./dom.js";
import { face } from "./message.js";
import { go, load, state, unread } from "./store.js";
import { word } from "./words.js";

const rail = document.getElementById("rail");

// Kept nodes stay the same: a press or the keyboard's focus is not lost when news arrives in between.
export function drawRail() {
  const titled = (key) => ({ key, sign: word(key), make: () => h("h2", {}, word(key)) });
  const lists = [titled("channels"), ...state.channels.filter((c) => c.kind === "channel").map(place),
    titled("direct"), ...state.channels.filter((c) => c.kind === "im").map(place)];
  reconcile(rail, [
    { key: "team", sign: state.team, make: () => h("div", { class: "team" }, h("img", { src: "/static/wheel.svg", alt: "" }), h("b", {}, state.team)) },
    { key: "lists", sign: "", make: () => h("div", { class: "lists" }) },
    { key: "acting", sign: "", make: () => h("div", { class: "acting" }) },
  ]);
  reconcile(rail.querySelector(".lists"), lists);
  reconcile(rail.querySelector(".acting"), [titled("actAs"), ...[...state.people.values()].filter((p) => !p.is_bot).map(person)]);
}

function place(channel) {
  const bot = state.people.get(state.bot);
  const chosen = channel.id === state.channel;
  const { count, own } = unread(channel);
  const name = channel.name || bot.real_name;
  const open = () => {
    go(channel.id);
    if (matchMedia("(hover: hover)").matches) requestAnimationFrame(() => document.querySelector("#main .composer textarea")?.focus());
  };
  return { key: channel.id, sign: JSON.stringify([chosen, count > 0, own, name, state.me.language]), make: () => h("button", {
    class: `item ${chosen ? "chosen" : ""} ${count ? "unread" : ""}`, title: channel.name ? `#${name}` : name, "aria-current": chosen && "page", onclick: open },
  channel.name ? h("span", { class: "hash" }, "#") : face(bot, "tiny"), h("span", { class: "name" }, name),
  channel.name ? "" : h("span", { class: "badge" }, word("app")),
  count ? h("span", { class: own ? "dot own" : "dot", "aria-label": word("unread") }, own || "") : "") };
}

function person(p) {
  const chosen = p.id === state.me.id;
  return { key: p.id, sign: JSON.stringify([chosen, state.me.language]), make: () => h("button", {
    class: `item ${chosen ? "chosen" : ""}`, title: `${p.real_name} · ${word(p.role)}`, "aria-pressed": String(chosen), onclick: () => load(p.name) },
  face(p, "small"), h("span", { class: "name" }, p.real_name, h("small", {}, word(p.role))), chosen ? h("span", { class: "badge" }, word("you")) : "") };
}
