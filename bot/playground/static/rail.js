// In: the workspace as the acting member sees it. Out: the left rail: channels, the bot, and whom to act as.

import { h } from "./dom.js";
import { face } from "./message.js";
import { go, load, state, unread } from "./store.js";
import { word } from "./words.js";

const rail = document.getElementById("rail");

export function drawRail() {
  const bot = state.people.get(state.bot);
  const item = (channel, ...inside) => h("button", { title: channel.name ? `#${channel.name}` : bot.real_name,
    class: `item ${channel.id === state.channel ? "chosen" : ""} ${unread(channel.id) && channel.id !== state.channel ? "unread" : ""}`,
    "aria-current": channel.id === state.channel ? "page" : null, onclick: () => go(channel.id),
  }, inside, unread(channel.id) && channel.id !== state.channel ? h("span", { class: "dot" }) : "");
  const open = state.channels.filter((c) => c.kind === "channel");
  const direct = state.channels.filter((c) => c.kind === "im");
  rail.replaceChildren(
    h("div", { class: "team" }, h("img", { src: "/static/wheel.svg", alt: "" }), h("b", {}, state.team)),
    h("div", { class: "lists" },
      h("h2", {}, word("channels")), open.map((c) => item(c, h("span", { class: "hash" }, "#"), h("span", {}, c.name))),
      h("h2", {}, word("direct")), direct.map((c) => item(c, face(bot, "tiny"), h("span", {}, bot.real_name), h("span", { class: "badge" }, word("app"))))),
    h("div", { class: "acting" }, h("h2", {}, word("actAs")),
      [...state.people.values()].filter((p) => !p.is_bot).map((p) => h("button", {
        class: `item ${p.id === state.me.id ? "chosen" : ""}`, title: p.real_name, "aria-pressed": String(p.id === state.me.id), onclick: () => load(p.name),
      }, face(p, "small"), h("span", {}, p.real_name, h("small", {}, word(p.role)))))));
}
