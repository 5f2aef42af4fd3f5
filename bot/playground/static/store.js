// In: the server's snapshot and its live changes. Out: `state`, and a call to every subscriber after each change.

export const state = {
  me: null, people: new Map(), channels: [], messages: new Map(), statuses: new Map(), views: [], home: null,
  prompts: {}, banner: {}, commands: {}, shortcuts: {}, start: "", suggestions: {}, channel: "", thread: "", tab: "messages",
  online: true, heard: null, votes: new Map(), notices: new Map(),
  read: new Map(), // by person and channel: the newest message seen
};

const subscribers = [];
let socket = null;
let planned = false;

export function subscribe(draw) {
  subscribers.push(draw);
}

export function changed() {
  sorted.clear();
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    for (const draw of subscribers) draw();
  });
}

export async function load(person) {
  const response = await fetch(`/ui/state?person=${encodeURIComponent(person)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  Object.assign(state, {
    me: body.me, team: body.team, bot: body.bot, channels: body.channels, views: body.views, home: body.home,
    prompts: body.prompts, banner: body.banner, commands: body.commands, shortcuts: body.shortcuts,
    start: body.start, suggestions: body.suggestions,
  });
  state.people = new Map(body.people.map((p) => [p.id, p]));
  state.messages = new Map(body.channels.map((c) => [c.id, new Map()]));
  for (const message of body.messages) state.messages.get(message.channel).set(message.ts, message);
  state.statuses = new Map(body.statuses.map((s) => [`${s.channel} ${s.thread_ts}`, s.line]));
  if (!state.channels.some((c) => c.id === state.channel)) go(state.start);
  if (!document.hidden) seen(state.channel);
  follow(person);
  changed();
}

function follow(person) {
  if (socket) socket.onclose = null;
  socket?.close();
  socket = new WebSocket(`${location.origin.replace("http", "ws")}/ui/live?person=${encodeURIComponent(person)}`);
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onopen = () => { state.online = true; changed(); };
  socket.onclose = () => {
    state.online = false;
    changed();
    setTimeout(() => load(person).catch(() => follow(person)), 1000);
  };
}

function take(change) {
  if (change.kind === "message") {
    const { kind, ...message } = change;
    const place = state.messages.get(message.channel);
    if (!place) return load(state.me.id);
    const isNew = !place.has(message.ts);
    place.set(message.ts, message);
    if (isNew) arrived(message);
  } else if (change.kind === "removed") state.messages.get(change.channel)?.delete(change.ts);
  else if (change.kind === "status") state.statuses.set(`${change.channel} ${change.thread_ts}`, change.line);
  else if (change.kind === "view") {
    const at = state.views.findIndex((v) => v.id === change.view.id);
    if (at < 0) state.views.push(change.view);
    else state.views[at] = change.view;
  } else if (change.kind === "view_closed") state.views = state.views.filter((v) => v.id !== change.view_id);
  else if (change.kind === "home") state.home = change.view;
  else if (change.kind === "prompts") state.prompts[change.channel] = change.prompts;
  else if (change.kind === "banner") state.banner = change.banner;
  changed();
}

// An answer of the bot in the channel one looks at opens its thread by itself, unless another thread is being read.
function arrived(message) {
  const root = message.thread_ts;
  const looking = message.channel === state.channel && state.tab === "messages";
  if (looking && !document.hidden) seen(message.channel);
  if (looking && message.user !== state.me.id) state.heard = message;
  const reading = [...(state.messages.get(state.channel)?.values() ?? [])].some((m) => m.thread_ts === state.thread && m.streaming)
    || document.activeElement?.closest("#thread");
  if (looking && root && message.user === state.bot && (!state.thread || (!state.threadChosen && !reading))) {
    state.thread = root;
    state.threadChosen = false;
  }
}

export function seen(channel) {
  state.read.set(`${state.me.id} ${channel}`, [...(state.messages.get(channel)?.keys() ?? [])].sort().at(-1) ?? "");
}

// What the acting member has not seen of a channel: all of it, and how much is for this member alone.
export function unread(channel) {
  if (channel.id === state.channel) return { count: 0, own: 0 };
  const since = state.read.get(`${state.me.id} ${channel.id}`) ?? "";
  const fresh = [...(state.messages.get(channel.id)?.values() ?? [])].filter((m) => m.ts > since && m.user !== state.me.id);
  const own = fresh.filter((m) => channel.kind === "im" || m.viewer || m.text?.includes(`<@${state.me.id}>`));
  return { count: fresh.length, own: own.length };
}

const sorted = new Map(); // by channel: its messages in order, and its replies by thread; emptied by every change

function order(channel) {
  if (!sorted.has(channel)) {
    const list = [...(state.messages.get(channel)?.values() ?? [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const threads = new Map();
    for (const message of list) {
      if (!message.thread_ts || message.thread_ts === message.ts) continue;
      if (!threads.has(message.thread_ts)) threads.set(message.thread_ts, []);
      threads.get(message.thread_ts).push(message);
    }
    sorted.set(channel, { list, threads });
  }
  return sorted.get(channel);
}

export function inChannel(channel) {
  return order(channel).list;
}

export function replies(channel, root) {
  return order(channel).threads.get(root) ?? [];
}

export function go(channel, thread = "") {
  state.channel = channel;
  state.thread = thread;
  state.threadChosen = Boolean(thread);
  state.tab = "messages";
  seen(channel);
  changed();
}

export async function act(what, body) {
  const response = await fetch(`/ui/act/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ person: state.me.id, ...body }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? String(response.status));
  return answer;
}
