// In: the workspace as the acting member sees it. Out: the left rail: channels, the bot, and whom to act as.

import { h, icon, keepFocus, reconcile } from "./dom.js";
import { face } from "./message.js";
import { togglePanel } from "./panel.js";
import { go, load, state, unread } from "./store.js";
import { word } from "./words.js";

const rail = document.getElementById("rail");

// Kept nodes stay the same: a press or the keyboard's focus is not lost when news arrives in between.
export function drawRail() {
  rail.setAttribute("aria-label", state.team);
  keepFocus(rail, draw);
}

function draw() {
  const titled = (key) => ({ key, sign: word(key), make: () => h("h2", {}, word(key)) });
  const lists = [titled("channels"), ...state.channels.filter((c) => c.kind === "channel").map(place),
    titled("direct"), ...state.channels.filter((c) => c.kind === "im").map(place)];
  reconcile(rail, [
    { key: "team", sign: state.team + state.me.language, make: () => h("div", { class: "team" }, h("img", { src: "/static/wheel.svg", alt: "" }), h("b", {}, state.team),
      tool("theme", () => window.theme.set(window.theme.now() === "dark" ? "light" : "dark")), tool("gear", togglePanel)) },
    { key: "lists", sign: "", make: () => h("div", { class: "lists" }) },
    { key: "acting", sign: "", make: () => h("div", { class: "acting" }) },
  ]);
  reconcile(rail.querySelector(".lists"), lists);
  reconcile(rail.querySelector(".acting"), [titled("actAs"), ...[...state.people.values()].filter((p) => !p.is_bot).map(person)]);
}

function tool(name, onclick) {
  return h("button", { type: "button", class: `quiet ${name}`, title: word(name), "aria-label": word(name), onclick }, icon(name));
}

// On a narrow window the rail is a drawer: opened by the button in the head, closed by choosing something.
export function openRail(open) {
  document.body.classList.toggle("rail-open", open);
  (open ? rail.querySelector(".item.chosen") : document.querySelector("#main .railopen"))?.focus();
}

function place(channel) {
  const bot = state.people.get(state.bot);
  const chosen = channel.id === state.channel;
  const { count, own } = unread(channel);
  const name = channel.name || bot.real_name;
  const open = () => {
    go(channel.id);
    document.body.classList.remove("rail-open");
    if (matchMedia("(hover: hover)").matches) requestAnimationFrame(() => document.querySelector("#main .composer textarea")?.focus());
  };
  return { key: channel.id, sign: JSON.stringify([chosen, count > 0, own, name, state.me.language]), make: () => h("button", {
    class: `item ${chosen ? "chosen" : ""} ${count ? "unread" : ""}`, "data-keep": channel.id, title: channel.name ? `#${name}` : name, "aria-current": chosen && "page", onclick: open },
  channel.name ? h("span", { class: "hash" }, "#") : face(bot, "tiny"), h("span", { class: "name" }, name),
  channel.name ? "" : h("span", { class: "badge" }, word("app")),
  count ? h("span", { class: own ? "dot own" : "dot", "aria-label": word("unread") }, own || "") : "") };
}

function person(p) {
  const chosen = p.id === state.me.id;
  return { key: p.id, sign: JSON.stringify([chosen, state.me.language]), make: () => h("button", {
    class: `item ${chosen ? "chosen" : ""}`, "data-keep": p.id, title: `${p.real_name} · ${word(p.role)}`, "aria-pressed": String(chosen), onclick: () => { document.body.classList.remove("rail-open"); load(p.name); } },
  face(p, "small"), h("span", { class: "name" }, p.real_name, h("small", {}, word(p.role))), chosen ? h("span", { class: "badge" }, word("you")) : "") };
}
