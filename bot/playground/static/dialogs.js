// In: the open views of the acting member. Out: modals one can fill in, and small questions ("are you sure").

import { blocks } from "./blocks.js";
import { h, icon, keepFocus, reconcile } from "./dom.js";
import { label } from "./elements.js";
import { confirmDialog, discardQuestion } from "./sheet.js";
import { act, changed, state } from "./store.js";
import { word } from "./words.js";

const typed = new Map(); // what is filled in, by view: block id -> value
const asked = new Map(); // by view: block id -> the action id it was filled in for
const errors = new Map(); // by view: block id -> text
const scrolled = new Map(); // by view: how far its content is scrolled
const box = document.getElementById("dialogs");
let before = null; // what had the focus when a form opened
const judged = new Set(); // views whose errors are new: the first of them gets the focus
let composing = false; // a syllable is being put together

document.addEventListener("compositionstart", () => { composing = true; });
document.addEventListener("compositionend", () => { composing = false; if (state.views.length) changed(); });

export function drawDialogs() {
  for (const id of typed.keys()) if (!state.views.some((v) => v.id === id)) { [typed, asked, errors, scrolled].forEach((kept) => kept.delete(id)); }
  const top = state.views.at(-1);
  if (top && !box.firstChild) before = document.activeElement;
  if (composing && box.contains(document.activeElement)) return; // half a syllable would be lost; drawn when it is whole
  keepFocus(box, () => reconcile(box, top ? [{ key: top.id, sign: JSON.stringify([top.hash, errors.get(top.id), state.notices.get(`${top.id} form`), top.id]), make: () => modal(top) }] : []));
  for (const id of ["rail", "main", "thread", "panel"]) document.getElementById(id).inert = Boolean(top); // Tab stays in the form
  if (!top && before) { before.focus({ preventScroll: true }); before = null; }
}

function modal(view) {
  const again = typed.has(view.id);
  if (!again) { typed.set(view.id, new Map()); asked.set(view.id, new Map()); }
  const values = current(view);
  const place = { key: view.id, values,
    act: (action_id, block_id, value) => act("click", { view_id: view.id, action_id, block_id, value, values: Object.fromEntries(values) }) };
  const close = () => act("close_view", { view_id: view.id });
  const leave = async () => { if (!values.size || await confirmDialog(discardQuestion())) close(); };
  const notice = state.notices.get(`${view.id} form`);
  const form = h("form", { class: "modal", role: "dialog", "aria-modal": "true", "aria-label": view.title.text,
    onsubmit: (event) => { event.preventDefault(); submit(view, values, form); },
    onkeydown: (event) => {
      if (event.key === "Escape" && !event.isComposing) { event.preventDefault(); leave(); } // or the question shuts with it
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    } },
  h("header", {}, h("span", { class: "app" }, h("img", { src: "/static/wheel.svg", alt: "" })), h("h2", {}, label(view.title)),
    h("button", { type: "button", class: "quiet", "aria-label": word("close"), onclick: leave }, icon("close"))),
  h("div", { class: "content", onscroll: (e) => scrolled.set(view.id, e.target.scrollTop) }, blocks(view.blocks, place, errors.get(view.id))),
  h("footer", {}, notice ? h("span", { class: "notice" }, notice) : "",
    h("button", { type: "button", class: "button", onclick: leave }, view.close ? label(view.close) : word("cancel")),
    view.submit ? h("button", { type: "submit", class: "button primary" }, label(view.submit)) : ""));
  requestAnimationFrame(() => {
    form.querySelector(".content").scrollTop = scrolled.get(view.id) ?? 0;
    const wrong = judged.delete(view.id) && form.querySelector(".wrong .field, .wrong input");
    if (wrong || !form.contains(document.activeElement)) (wrong || form.querySelector("[autofocus], .content .field, button.primary"))?.focus({ preventScroll: again && !wrong });
  });
  return h("div", { class: again ? "veil still" : "veil", onmousedown: (e) => { if (e.target === e.currentTarget) leave(); } }, form);
}

// What is typed stays where block and action ids stay, as in Slack's own client.
function current(view) {
  const [values, before] = [typed.get(view.id), asked.get(view.id)];
  const now = new Map(view.blocks.map((block) => [block.block_id, block.element?.action_id]));
  for (const [block, action] of before) if (now.get(block) !== action) values.delete(block);
  asked.set(view.id, now);
  return values;
}

async function submit(view, values, form) {
  const button = form.querySelector("button.primary");
  button.classList.add("busy");
  try {
    const answer = await act("submit", { view_id: view.id, values: Object.fromEntries(values) });
    errors.set(view.id, answer.errors);
    judged.add(view.id);
    if (answer.answered) state.notices.delete(`${view.id} form`);
    else state.notices.set(`${view.id} form`, word("noAnswer"));
  } catch (error) {
    state.notices.set(`${view.id} form`, word("refused", error.message));
  }
  button.classList.remove("busy");
  changed();
}
