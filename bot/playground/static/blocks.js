// In: the blocks of a message, a modal or the App Home. Out: nodes for them.

import { h } from "./dom.js";
import { element, label } from "./elements.js";
import { emoji } from "./emoji.js";
import { channelLink, link, mention, slackText } from "./inline.js";
import { code, markdown, mrkdwn } from "./prose.js";
import { state } from "./store.js";
import { word } from "./words.js";

export function blocks(list, place, errors = {}) {
  return list.map((block) => {
    const notice = state.notices.get(`${place.key} ${block.block_id}`);
    return h("div", { class: `block ${block.type}`, "data-keep": `${place.key} ${block.block_id}` }, KINDS[block.type]?.(block, place, errors[block.block_id]),
      notice ? h("div", { class: "notice" }, notice) : "");
  });
}

function text(body) {
  return body.type === "mrkdwn" ? mrkdwn(body.text) : h("div", { class: "prose" }, h("p", {}, label(body)));
}

function section(block, place) {
  return [
    h("div", { class: "words" }, block.text ? text(block.text) : "",
      block.fields ? h("div", { class: "fields" }, block.fields.map((f) => h("div", {}, text(f)))) : ""),
    block.accessory ? element(block.accessory, block, place) : "",
  ];
}

function input(block, place, error) {
  const group = ["checkboxes", "radio_buttons", "multi_static_select"].includes(block.element.type);
  return h(group ? "fieldset" : "label", { class: error ? "input wrong" : "input" },
    h(group ? "legend" : "span", { class: "label" }, label(block.label), block.optional ? h("small", {}, ` (${word("optional")})`) : ""),
    element(block.element, block, place),
    error ? h("span", { class: "error", role: "alert" }, error) : "",
    block.hint ? h("span", { class: "hint" }, label(block.hint)) : "");
}

function context(block) {
  return block.elements.map((e) => (e.type === "image" ? h("img", { src: e.image_url, alt: e.alt_text })
    : h("span", {}, e.type === "mrkdwn" ? slackText(e.text).flatMap(lineBreaks) : label(e))));
}

function lineBreaks(node) {
  return typeof node === "string" ? node.split("\n").flatMap((line, i) => (i ? [h("br"), line] : [line])) : [node];
}

function richText(block) {
  const isEdit = JSON.stringify(block).includes('"strike":true'); // struck out and bold beside each other: an edit
  return h("div", { class: isEdit ? "prose changes" : "prose" }, block.elements.map(richPart));
}

function richPart(part) {
  if (part.type === "rich_text_list") {
    return h(part.style === "ordered" ? "ol" : "ul", { class: `deep${part.indent ?? 0}` }, part.elements.map((e) => h("li", {}, e.elements.map(span))));
  }
  if (part.type === "rich_text_preformatted") return code(part.elements.map((e) => e.text ?? e.url).join(""), "");
  return h(part.type === "rich_text_quote" ? "blockquote" : "p", {}, part.elements.map(span));
}

function span(part) {
  if (part.type === "user") return mention(part.user_id);
  if (part.type === "channel") return channelLink(part.channel_id);
  if (part.type === "emoji") return h("span", { class: "emoji" }, emoji(part.name));
  if (part.type === "broadcast") return h("span", { class: "mention" }, `@${part.range}`);
  if (part.type === "link") return link(part.url, part.text);
  let node = h("fragment", {}, lineBreaks(part.text ?? ""));
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (part.style?.[name]) node = h(tag, {}, node);
  }
  return node;
}

function table(block) {
  const cell = (c) => (c.type === "raw_text" ? c.text : richText(c));
  const [head, ...rows] = block.rows;
  return h("div", { class: "prose table" }, h("table", {}, h("thead", {}, h("tr", {}, head.map((c) => h("th", {}, cell(c))))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((c) => h("td", {}, cell(c))))))));
}

const KINDS = {
  section, input, context, table,
  header: (block) => h("h3", {}, label(block.text)),
  divider: () => h("hr"),
  image: (block) => h("figure", {}, block.title ? h("figcaption", {}, label(block.title)) : "", h("img", { src: block.image_url, alt: block.alt_text })),
  actions: (block, place) => block.elements.map((e) => element(e, block, place)),
  context_actions: (block, place) => block.elements.map((e) => element(e, block, place)),
  markdown: (block) => markdown(block.text),
  rich_text: richText,
};
