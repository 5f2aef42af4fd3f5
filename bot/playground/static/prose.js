// In: a whole mrkdwn or Markdown text. Out: paragraphs, headings, lists, quotes, tables, code (a diff in colours).

import { h } from "./dom.js";
import { markdownText, slackText, unescape } from "./inline.js";

export function mrkdwn(text) {
  const parts = text.split(/```\n?([\s\S]*?)\n?```/);
  return h("div", { class: "prose" }, parts.map((part, i) => (i % 2 ? code(unescape(part), "") : slackLines(part))));
}

function slackLines(text) {
  const nodes = [];
  for (const quoted of grouped(text.replace(/^\n|\n$/g, "").split("\n"), (line) => line.startsWith("&gt;") || line.startsWith(">"))) {
    const lines = quoted.same ? quoted.lines.map((l) => l.replace(/^(&gt;|>)\s?/, "")) : quoted.lines;
    const body = lines.flatMap((line, i) => [i ? h("br") : "", ...slackText(line)]);
    if (quoted.same) nodes.push(h("blockquote", {}, body));
    else if (quoted.lines.join("").trim()) nodes.push(h("p", {}, body));
  }
  return nodes;
}

function grouped(lines, test) {
  const groups = [];
  for (const line of lines) {
    const same = test(line);
    if (groups.at(-1)?.same === same) groups.at(-1).lines.push(line);
    else groups.push({ same, lines: [line] });
  }
  return groups;
}

export function code(text, language) {
  const lines = text.split("\n");
  const marked = lines.filter((l) => /^[+-]/.test(l)).length;
  const isDiff = language === "diff" || (marked > 0 && lines.every((l) => l === "" || /^[+\- @]/.test(l)));
  if (!isDiff) return h("pre", {}, h("code", {}, text));
  const sort = (line) => (line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : line.startsWith("@") ? "place" : "");
  return h("pre", { class: "diff" }, lines.map((line) => h("span", { class: sort(line) },
    h("i", {}, /^[+-]/.test(line) ? line[0] : ""), h("span", {}, /^[+\- ]/.test(line) ? line.slice(1) : line))));
}

export function markdown(text) {
  const lines = text.split("\n");
  const nodes = [];
  let at = 0;
  const while_ = (test) => {
    const taken = [];
    while (at < lines.length && test(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    const fence = /^\s*```(\w*)\s*$/.exec(line);
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (fence) {
      at += 1;
      const body = while_((l) => !/^\s*```\s*$/.test(l));
      at += 1;
      nodes.push(code(body.join("\n"), fence[1]));
    } else if (heading) {
      nodes.push(h(`h${Math.min(heading[1].length + 2, 6)}`, {}, markdownText(heading[2])));
      at += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      nodes.push(h("hr"));
      at += 1;
    } else if (/^\s*>/.test(line)) {
      nodes.push(h("blockquote", {}, ...markdown(while_((l) => /^\s*>/.test(l)).map((l) => l.replace(/^\s*>\s?/, "")).join("\n")).childNodes));
    } else if (isItem(line)) nodes.push(list(while_((l) => isItem(l) || /^\s+\S/.test(l))));
    else if (isTable(lines, at)) nodes.push(table(while_((l) => l.includes("|"))));
    else if (!line.trim()) at += 1;
    else {
      const body = [lines[at++], ...while_((l) => l.trim() && !isItem(l) && !/^(#{1,6}\s|\s*```|\s*>)/.test(l))];
      nodes.push(h("p", {}, body.flatMap((l, i) => [i ? h("br") : "", ...markdownText(l)])));
    }
  }
  return h("div", { class: "prose" }, nodes);
}

function isItem(line) {
  return /^\s*([-*+•]|\d+[.)])\s+/.test(line);
}

function list(lines) {
  const ordered = /^\s*\d/.test(lines[0]);
  const indent = /^\s*/.exec(lines[0])[0].length;
  const items = [];
  for (const line of lines) {
    if (isItem(line) && /^\s*/.exec(line)[0].length <= indent) items.push({ text: line.replace(/^\s*([-*+•]|\d+[.)])\s+/, ""), inner: [] });
    else items.at(-1).inner.push(line);
  }
  return h(ordered ? "ol" : "ul", { start: ordered ? /\d+/.exec(lines[0])[0] : null }, items.map(({ text, inner }) =>
    h("li", {}, markdownText(text), inner.length && isItem(inner[0]) ? list(inner) : inner.map((l) => [h("br"), ...markdownText(l.trim())]))));
}

function isTable(lines, at) {
  return lines[at].includes("|") && /^\s*\|?\s*:?-{2,}/.test(lines[at + 1] ?? "");
}

function table(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((c) => c.trim());
  const [head, , ...body] = lines;
  return h("div", { class: "table" }, h("table", {},
    h("thead", {}, h("tr", {}, cells(head).map((c) => h("th", {}, markdownText(c))))),
    h("tbody", {}, body.map((row) => h("tr", {}, cells(row).map((c) => h("td", {}, markdownText(c))))))));
}
