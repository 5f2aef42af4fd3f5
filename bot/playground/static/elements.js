// In: one interactive element of Block Kit. Out: the thing to press or fill in; what is done goes to `place.act`.
// `place`: {key, act(action_id, block_id, value), values} - values only where things are filled in (modals).

import { h, icon } from "./dom.js";
import { plainText, slackText } from "./inline.js";
import { changed, state } from "./store.js";
import { menu } from "./menu.js";
import { canvasOf, confirmDialog, openCanvas } from "./sheet.js";
import { word } from "./words.js";

export function label(text) {
  return text.type === "mrkdwn" ? slackText(text.text) : plainText(text.text);
}

async function press(node, element, block, place, value) {
  if (element.confirm && !(await confirmDialog(element.confirm))) return false;
  node.classList.add("busy");
  const notice = `${place.key} ${block.block_id}`;
  state.notices.delete(notice);
  try {
    const answer = await place.act(element.action_id, block.block_id, value);
    if (!answer.answered) state.notices.set(notice, word("noAnswer"));
    return answer.answered;
  } catch (error) {
    state.notices.set(notice, word("refused", error.message));
    return false;
  } finally {
    node.classList.remove("busy");
    changed();
  }
}

function button(element, block, place) {
  const node = h(element.url ? "a" : "button", {
    class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label, href: element.url,
    target: element.url && "_blank", rel: element.url && "noreferrer noopener", type: element.url ? null : "button",
    onclick: (event) => {
      const canvas = element.url ? canvasOf(element.url) : "";
      if (canvas) { event.preventDefault(); openCanvas(canvas); }
      press(node, element, block, place, element.value);
    },
  }, label(element.text));
  return node;
}

function feedback(element, block, place) {
  const key = `${place.key} ${element.action_id} ${state.me.id}`;
  const side = (span, sign) => {
    const node = h("button", {
      class: `vote ${sign} ${state.votes.get(key) === span.value ? "chosen" : ""}`, type: "button",
      title: span.text.text, "aria-label": span.accessibility_label ?? span.text.text,
      "aria-pressed": String(state.votes.get(key) === span.value),
      onclick: async () => { if (await press(node, element, block, place, span.value)) { state.votes.set(key, span.value); changed(); } },
    }, icon(sign), h("span", {}, label(span.text)));
    return node;
  };
  return h("span", { class: "votes" }, side(element.positive_button, "up"), side(element.negative_button, "down"));
}

function iconButton(element, block, place) {
  const node = h("button", { class: "vote", type: "button", title: element.text.text, "aria-label": element.text.text,
    onclick: () => press(node, element, block, place, element.value) }, icon("trash"));
  return node;
}

function overflow(element, block, place) {
  return menu(word("more"), "button", element.options.map((option) => ({ show: label(option.text),
    choose: (node) => press(node, element, block, place, option.value) })));
}

function filled(element, block, place) {
  return place.values?.get(block.block_id);
}

function select(element, block, place) {
  const groups = element.option_groups ?? [{ options: element.options ?? peopleOptions() }];
  const now = filled(element, block, place) ?? element.initial_option?.value ?? element.initial_user ?? "";
  const option = (o) => h("option", { value: o.value, selected: o.value === now }, o.text.text);
  const node = h("select", { class: "field", "aria-label": element.placeholder?.text ?? word("choose"), onchange: () => {
    place.values?.set(block.block_id, node.value);
    if (block.type !== "input" || block.dispatch_action) press(node, element, block, place, node.value || null);
  } }, h("option", { value: "", disabled: !block.optional, selected: now === "" }, element.placeholder?.text ?? word("choose")),
  groups.map((g) => (g.label ? h("optgroup", { label: g.label.text }, g.options.map(option)) : g.options.map(option))));
  return node;
}

function peopleOptions() {
  return [...state.people.values()].map((p) => ({ value: p.id, text: { text: p.real_name } }));
}

function checks(element, block, place) {
  const many = element.type !== "radio_buttons";
  const initial = many ? (element.initial_options ?? []).map((o) => o.value) : element.initial_option?.value;
  const now = filled(element, block, place) ?? initial;
  const name = `${place.key} ${block.block_id}`;
  const node = h("div", { class: "checks", role: "group" }, element.options.map((o) => h("label", {},
    h("input", { type: many ? "checkbox" : "radio", name, value: o.value, checked: many ? (now ?? []).includes(o.value) : now === o.value,
      onchange: () => {
        const chosen = [...node.querySelectorAll("input:checked")].map((i) => i.value);
        const value = many ? chosen : chosen[0];
        place.values?.set(block.block_id, value);
        if (block.type !== "input" || block.dispatch_action) press(node, element, block, place, value);
      } }), h("span", {}, label(o.text), o.description ? h("small", {}, label(o.description)) : ""))));
  return node;
}

function typed(element, block, place) {
  const kind = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date" }[element.type] ?? "text";
  const most = element.max_length ?? (element.multiline ? 3000 : null);
  const count = h("span", { class: "letters" });
  const node = h(element.multiline ? "textarea" : "input", { class: "field", type: element.multiline ? null : kind,
    placeholder: element.placeholder?.text, maxlength: most, autofocus: element.focus_on_load,
    value: filled(element, block, place) ?? element.initial_value ?? element.initial_date ?? "",
    oninput: (event) => {
      place.values?.set(block.block_id, node.value);
      fit();
      if (sends("on_character_entered") && !event.isComposing) press(node, element, block, place, node.value);
    },
    onkeydown: (event) => {
      if (event.key !== "Enter" || element.multiline || event.isComposing || !sends("on_enter_pressed")) return;
      event.preventDefault();
      press(node, element, block, place, node.value);
    },
    onchange: () => { if (kind === "date" && sends("on_enter_pressed")) press(node, element, block, place, node.value); } });
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const sends = (what) => (block.type !== "input" || block.dispatch_action) && when.includes(what);
  const fit = () => {
    if (element.multiline) { node.style.height = "auto"; node.style.height = `${Math.min(node.scrollHeight + 2, innerHeight * 0.55)}px`; }
    if (most) count.textContent = `${node.value.length} / ${most}`;
  };
  if (element.multiline) node.setSelectionRange(0, 0); // a long text is read from its beginning
  requestAnimationFrame(fit);
  return h("div", { class: "typed" }, node, element.multiline && most ? count : "");
}

const KINDS = {
  button, feedback_buttons: feedback, icon_button: iconButton, overflow, static_select: select, users_select: select,
  checkboxes: checks, radio_buttons: checks, multi_static_select: checks, plain_text_input: typed, number_input: typed,
  email_text_input: typed, url_text_input: typed, datepicker: typed,
};

export function element(body, block, place) {
  if (body.type === "image") return h("img", { class: "thumb", src: body.image_url, alt: body.alt_text });
  return KINDS[body.type](body, block, place);
}
