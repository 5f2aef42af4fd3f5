// In: the open views of the acting member. Out: modals one can fill in, and small questions ("are you sure").

import { blocks } from "./blocks.js";
import { h, icon, reconcile } from "./dom.js";
import { label } from "./elements.js";
import { act, changed, state } from "./store.js";
import { word } from "./words.js";

const typed = new Map(); // what is filled in, by view: block id -> value
const errors = new Map(); // by view: block id -> text
const scrolled = new Map(); // by view: how far its content is scrolled
const box = document.getElementById("dialogs");
let before = null; // what had the focus when a form opened

export function drawDialogs() {
  for (const id of typed.keys()) if (!state.views.some((v) => v.id === id)) { typed.delete(id); errors.delete(id); scrolled.delete(id); }
  const top = state.views.at(-1);
  if (top && !box.firstChild) before = document.activeElement;
  reconcile(box, top ? [{ key: top.id, sign: JSON.stringify([top.hash, errors.get(top.id), state.notices.get(`${top.id} form`), top.id]), make: () => modal(top) }] : []);
  for (const id of ["rail", "main", "thread"]) document.getElementById(id).inert = Boolean(top); // Tab stays in the form
  if (!top && before) { before.focus({ preventScroll: true }); before = null; }
}

function modal(view) {
  const again = typed.has(view.id);
  if (!again) typed.set(view.id, new Map());
  const values = typed.get(view.id);
  const place = { key: view.id, values,
    act: (action_id, block_id, value) => act("click", { view_id: view.id, action_id, block_id, value, values: Object.fromEntries(values) }) };
  const close = () => act("close_view", { view_id: view.id });
  const leave = async () => { if (!values.size || await confirmDialog(discard())) close(); };
  const notice = state.notices.get(`${view.id} form`);
  const form = h("form", { class: "modal", role: "dialog", "aria-modal": "true", "aria-label": view.title.text,
    onsubmit: (event) => { event.preventDefault(); submit(view, values, form); },
    onkeydown: (event) => {
      if (event.key === "Escape") leave();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    } },
  h("header", {}, h("span", { class: "app" }, h("img", { src: "/static/wheel.svg", alt: "" })), h("h2", {}, label(view.title)),
    h("button", { type: "button", class: "quiet", "aria-label": word("close"), onclick: close }, icon("close"))),
  h("div", { class: "content", onscroll: (e) => scrolled.set(view.id, e.target.scrollTop) }, blocks(view.blocks, place, errors.get(view.id))),
  h("footer", {}, notice ? h("span", { class: "notice" }, notice) : "",
    h("button", { type: "button", class: "button", onclick: close }, view.close ? label(view.close) : word("cancel")),
    view.submit ? h("button", { type: "submit", class: "button primary" }, label(view.submit)) : ""));
  requestAnimationFrame(() => {
    form.querySelector(".content").scrollTop = scrolled.get(view.id) ?? 0;
    form.querySelector(".wrong .field, .content .field, button.primary")?.focus({ preventScroll: again && !errors.get(view.id) });
  });
  return h("div", { class: again ? "veil still" : "veil", onmousedown: (e) => { if (e.target === e.currentTarget) leave(); } }, form);
}

async function submit(view, values, form) {
  const button = form.querySelector("button.primary");
  button.classList.add("busy");
  try {
    const answer = await act("submit", { view_id: view.id, values: Object.fromEntries(values) });
    errors.set(view.id, answer.errors);
    if (answer.answered) state.notices.delete(`${view.id} form`);
    else state.notices.set(`${view.id} form`, word("noAnswer"));
  } catch (error) {
    state.notices.set(`${view.id} form`, word("refused", error.message));
  }
  button.classList.remove("busy");
  changed();
}

function discard() {
  const plain = (key) => ({ type: "plain_text", text: word(key) });
  return { title: plain("discard"), text: plain("discardSure"), confirm: plain("discardYes"), deny: plain("discardNo"), style: "danger" };
}

export function confirmDialog(question) {
  return new Promise((answer) => {
    const back = document.activeElement;
    const done = (yes) => { veil.remove(); back?.focus(); answer(yes); };
    const veil = h("div", { class: "veil", onkeydown: (e) => { if (e.key === "Escape") done(false); } },
      h("div", { class: "modal small", role: "alertdialog" },
        h("header", {}, h("h2", {}, label(question.title))),
        h("div", { class: "content prose" }, h("p", {}, label(question.text))),
        h("footer", {}, h("button", { class: "button", onclick: () => done(false) }, label(question.deny)),
          h("button", { class: `button ${question.style ?? "primary"}`, onclick: () => done(true) }, label(question.confirm)))));
    document.body.append(veil);
    veil.querySelector(question.style === "danger" ? ".button" : ".button:last-child").focus(); // the safe one first
  });
}
