// In: how the local Slack is set just now. Out: a drawer to break it by hand: switches, faults, sockets, the last calls.
// Nothing is asked of the server while the drawer is shut.

import { h, icon, keepFocus, reconcile } from "./dom.js";
import { tell } from "./panel_words.js";
import { state } from "./store.js";
import { clock, word } from "./words.js";

const box = document.getElementById("panel");
const EVERY = 1000; // milliseconds
let now = null;
let timer = 0;
let before = null; // what had the focus when the drawer opened
let problem = "";

export function panelOpen() {
  return !box.hidden;
}

export async function togglePanel() {
  if (panelOpen()) {
    clearInterval(timer);
    box.hidden = true;
    before?.focus();
    return;
  }
  before = document.activeElement;
  await look();
  box.hidden = false;
  document.body.classList.remove("rail-open");
  drawPanel();
  box.querySelector("button").focus();
  timer = setInterval(() => document.hidden || look(), EVERY);
}

async function look() {
  now = await fetch("/control/now").then((response) => response.json()).catch(() => now);
  drawPanel();
}

async function ask(method, path, body) {
  const response = await fetch(`/control/${path}`, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  const answer = await response.json();
  problem = response.ok ? "" : (answer.response_metadata?.messages ?? [answer.error]).join(" ");
  await look();
}

export function drawPanel() {
  if (!panelOpen() || !now) return;
  const language = state.me.language;
  const part = (key, facts, make) => ({ key, sign: JSON.stringify([language, facts]), make: () => h("section", { class: key, "data-keep": key }, make()) });
  keepFocus(box, () => reconcile(box, [
    part("top", "", top),
    part("trouble", problem, () => (problem ? h("p", { class: "notice", role: "alert" }, problem) : "")),
    part("line", [now.connected, now.unacked], line),
    part("order", now.methods, order),
    part("ordered", now.faults, ordered),
    part("switches", now.switches, switches),
    part("calls", now.calls, calls),
  ]));
  box.setAttribute("aria-label", tell("title"));
}

function top() {
  return [h("header", {}, h("h2", {}, tell("title")), h("button", { type: "button", class: "quiet", "aria-label": word("close"), onclick: togglePanel }, icon("close"))),
    h("p", {}, tell("about")), push("usual", "POST", "usual")];
}

function push(key, method, path) {
  return h("button", { type: "button", class: "button", onclick: () => ask(method, path) }, tell(key));
}

function line() {
  return [h("h3", {}, tell("line")), h("p", {}, tell("connected", now.connected, now.unacked)),
    h("div", { class: "row" }, push("cut", "POST", "sockets/cut"), push("refresh", "POST", "sockets/refresh"))];
}

function order() {
  const choice = (key, list, shown) => h("label", { class: key }, tell(key), h("select", { class: "field", name: key }, list.map((one) => h("option", { value: one }, shown(one)))));
  const amount = (key, value, step) => h("label", {}, tell(key), h("input", { class: "field", name: key, type: "number", min: step, step, value, required: true }));
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    const { method, kind, times, seconds } = form.elements;
    ask("POST", "faults", { method: method.value, kind: kind.value, times: Number(times.value), seconds: Number(seconds.value) });
  } }, choice("method", now.methods, (one) => (one === "*" ? tell("every") : one)), choice("kind", now.kinds, (one) => tell(one)),
  amount("times", 1, 1), amount("seconds", 1, 0.5), h("button", { type: "submit", class: "button primary" }, tell("inject")));
  return [h("h3", {}, tell("faults")), form];
}

function ordered() {
  if (!now.faults.length) return "";
  return [h("ul", {}, now.faults.map((fault) => h("li", {}, h("b", {}, fault.method === "*" ? tell("every") : fault.method), ` · ${tell(fault.kind)} × ${fault.times}`))),
    push("clear", "DELETE", "faults")];
}

function switches() {
  const names = Object.keys(now.switches).sort((a, b) => (typeof now.switches[a] !== "boolean") - (typeof now.switches[b] !== "boolean"));
  return [h("h3", {}, tell("switches")), names.map((name) => one(name, now.switches[name]))];
}

function one(name, value) {
  const change = (wish) => ask("POST", "switches", { [name]: wish });
  const label = h("span", {}, tell(name));
  if (typeof value === "boolean") {
    const box_ = h("input", { type: "checkbox", role: "switch", checked: value, onchange: () => change(box_.checked) });
    return h("label", { class: "one" }, label, box_);
  }
  const list = Array.isArray(value);
  const numbers = list && value.length > 0 && value.every((part) => typeof part === "number");
  const parts = (text) => text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => (numbers ? Number(part) : part));
  const number = typeof value === "number";
  const field = h("input", { class: "field", type: number ? "number" : "text", min: 0, step: "any", value: list ? value.join(", ") : value,
    onchange: () => change(list ? parts(field.value) : number ? Number(field.value) : field.value) });
  return h("label", { class: "one" }, label, field);
}

function calls() {
  const outcome = (call) => (call.fault ? tell(call.fault) : call.ok ? "ok" : call.error);
  return [h("h3", {}, tell("calls")), h("ol", {}, [...now.calls].reverse().map((call) => h("li", { class: call.ok && !call.fault ? "" : "bad" },
    h("time", {}, clock(call.at)), h("span", {}, call.method), h("b", {}, outcome(call)))))];
}
