// In: one run of mrkdwn or Markdown text. Out: nodes: bold, italic, strike, code, links, mentions, emoji.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { canvasOf, openCanvas } from "./sheet.js";
import { go, state } from "./store.js";

const SLACK = /`([^`\n]+)`|(?<![\p{L}\p{N}*])\*(?=\S)([^*\n]*\S)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}_])_(?=\S)([^_\n]*\S)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(?=\S)([^~\n]*\S)~(?![\p{L}\p{N}])|<([^<>\n]+)>|:([a-z0-9_+'-]+):/u;
const MARKDOWN = /`([^`\n]+)`|\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\p{L}\p{N}*])[*_](?=\S)([^*_\n]*\S)[*_](?![\p{L}\p{N}])|~~(?=\S)(.+?)(?<=\S)~~|<([^<>\n]+)>|:([a-z0-9_+'-]+):|\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)/u;

export function slackText(text) {
  return runs(text, SLACK, slackText, true);
}

export function markdownText(text) {
  return runs(text, MARKDOWN, markdownText, true);
}

export function plainText(text) {
  return text.split(/(:[a-z0-9_+'-]+:)/).map((part, i) => (i % 2 ? emoji(part.slice(1, -1)) : part));
}

export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function runs(text, pattern, again) {
  const nodes = [];
  let rest = text;
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    nodes.push(unescape(rest.slice(0, match.index)), mark(match, again));
    rest = rest.slice(match.index + match[0].length);
  }
  return [...nodes, unescape(rest)];
}

function mark(match, again) {
  const [whole, code, bold, italic, strike, angle, sign, label, url] = match;
  if (code !== undefined) return h("code", {}, unescape(code));
  if (bold !== undefined) return h("strong", {}, again(bold));
  if (italic !== undefined) return h("em", {}, again(italic));
  if (strike !== undefined) return h("s", {}, again(strike));
  if (sign !== undefined) return emoji(sign) === `:${sign}:` ? whole : h("span", { class: "emoji", title: whole }, emoji(sign));
  if (url !== undefined) return link(url, label);
  return angled(angle, whole);
}

function angled(inside, whole) {
  const [target, label] = inside.split("|");
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${label ?? target.slice(1)}`);
  if (/^(https?:|mailto:)/.test(target)) return link(unescape(target), label ? unescape(label) : undefined);
  return unescape(whole);
}

export function mention(id, label) {
  const person = state.people.get(id);
  const mine = id === state.me?.id;
  return h("span", { class: mine ? "mention mine" : "mention" }, `@${person?.real_name ?? label ?? id}`);
}

export function channelLink(id, label) {
  const channel = state.channels.find((c) => c.id === id);
  return h("a", { class: "mention", href: "#", onclick: (e) => { e.preventDefault(); if (channel) go(id); } },
    `#${channel?.name ?? label ?? id}`);
}

export function link(url, label) {
  const place = ownMessage(url);
  if (place) return h("a", { href: url, onclick: (e) => { e.preventDefault(); go(...place); } }, label ?? url);
  const canvas = canvasOf(url);
  if (canvas) return h("a", { href: url, onclick: (e) => { e.preventDefault(); openCanvas(canvas); } }, label ?? url);
  const safe = /^(https?:|mailto:)/.test(url) ? url : "#";
  return h("a", { href: safe, target: "_blank", rel: "noreferrer noopener" }, label ?? url);
}

// A permalink of this workspace leads to the message's thread here, as in Slack's own client; no other link does.
function ownMessage(url) {
  const found = url.startsWith(`${location.origin}/archives/`) && new URL(url).pathname.match(/^\/archives\/(\w+)\/p(\d{10})(\d{6})$/);
  if (!found || !state.channels.some((c) => c.id === found[1])) return null;
  return [found[1], new URL(url).searchParams.get("thread_ts") ?? `${found[2]}.${found[3]}`];
}
