// In: the page's address (?as=mina&channel=…&thread=…). Out: the whole page, drawn again after each change; the address follows.

import { drawDialogs } from "./dialogs.js";
import { drawRail } from "./rail.js";
import { changed, go, load, seen, state, subscribe } from "./store.js";
import { drawMain, drawThread } from "./timeline.js";

const asked = new URLSearchParams(location.search);

subscribe(() => {
  document.documentElement.lang = state.me.language;
  document.title = state.team;
  drawRail();
  drawMain();
  drawThread();
  drawDialogs();
  const place = new URLSearchParams({ as: state.me.name, channel: state.channel, ...(state.thread && { thread: state.thread }) });
  if (location.search !== `?${place}`) history.replaceState(null, "", `?${place}`);
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !state.me) return;
  seen(state.channel);
  changed();
});

const first = navigator.language.startsWith("ko") ? "mina" : "sara";
await load(asked.get("as") ?? first).catch(() => load(first));
if (state.channels.some((c) => c.id === asked.get("channel"))) go(asked.get("channel"), asked.get("thread") ?? "");
