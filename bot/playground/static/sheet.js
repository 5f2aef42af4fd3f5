// In: a question, or the address of a canvas. Out: a dialog over everything; the browser keeps the focus in it and gives it back.

import { h, icon } from "./dom.js";
import { plainText } from "./inline.js";
import { act, state } from "./store.js";
import { word } from "./words.js";

function show(node, leave) {
  node.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  node.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) { event.preventDefault(); leave(); }
  });
  node.addEventListener("close", () => node.remove());
  document.body.append(node);
  node.showModal();
}

// `question`: Slack's confirm object; the answer is whether it was confirmed.
export function confirmDialog(question) {
  return new Promise((answer) => {
    const done = (yes) => { node.close(); answer(yes); };
    const careful = question.style === "danger"; // then the safe answer has the focus
    const choice = (text, yes, look, focus) => h("button", { type: "button", class: `button ${look}`, autofocus: focus, onclick: () => done(yes) }, plainText(text));
    const node = h("dialog", { class: "modal small", role: "alertdialog", "aria-label": question.title.text },
      h("header", {}, h("h2", {}, plainText(question.title.text))),
      h("div", { class: "content prose" }, h("p", {}, plainText(question.text.text))),
      h("footer", {}, choice(question.deny.text, false, "", careful), choice(question.confirm.text, true, question.style ?? "primary", !careful)));
    show(node, () => done(false));
  });
}

export function discardQuestion() {
  const plain = (key) => ({ type: "plain_text", text: word(key) });
  return { title: plain("discard"), text: plain("discardSure"), confirm: plain("discardYes"), deny: plain("discardNo"), style: "danger" };
}

export function canvasOf(url) {
  return url.startsWith(`${location.origin}/docs/`) ? new URL(url).pathname.split("/").pop() : "";
}

export async function openCanvas(canvas_id) {
  const canvas = await act("canvas", { canvas_id }).catch((error) => ({ error: error.message }));
  const before = canvas.text ?? "";
  const field = h("textarea", { class: "field page", value: before, autofocus: true, disabled: Boolean(canvas.error), "aria-label": word("canvas"), spellcheck: "false" });
  const line = h("span", { class: "notice", role: "status" }, canvas.error ? word("noCanvas") : "");
  const leave = async () => { if (field.value === before || await confirmDialog(discardQuestion())) node.close(); };
  const save = async () => {
    try {
      await act("canvas", { canvas_id, text: field.value });
      node.close();
    } catch (error) {
      line.textContent = error.message === "restricted_action" ? word("readOnly") : word("refused", error.message);
    }
  };
  const node = h("dialog", { class: "modal canvas", "aria-label": word("canvas"), onkeydown: (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  } }, h("header", {}, icon("page"), h("h2", {}, word("canvas")), h("small", {}, word("actingAs", state.me.real_name)),
    h("button", { type: "button", class: "quiet", "aria-label": word("close"), onclick: leave }, icon("close"))),
  h("div", { class: "content" }, field),
  h("footer", {}, line, h("button", { type: "button", class: "button", onclick: leave }, word("cancel")),
    h("button", { type: "button", class: "button primary", disabled: Boolean(canvas.error), onclick: save }, word("save"))));
  show(node, leave);
  field.setSelectionRange(0, 0); // a long text is read from its beginning
}
