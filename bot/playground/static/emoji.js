// In: an emoji's name as Slack writes it. Out: the sign itself, or the name where it is not known here.

export const EMOJI = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", tada: "🎉", eyes: "👀", heart: "❤️", white_check_mark: "✅",
  heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass: "⌛", hourglass_flowing_sand: "⏳", memo: "📝", pencil: "✏️",
  pencil2: "✏️", rocket: "🚀", bulb: "💡", wave: "👋", raised_hands: "🙌", pray: "🙏", clap: "👏", fire: "🔥", sparkles: "✨",
  arrows_counterclockwise: "🔄", repeat: "🔁", mag: "🔍", bar_chart: "📊", chart_with_upwards_trend: "📈", lock: "🔒",
  seedling: "🌱", bookmark: "🔖", inbox_tray: "📥", outbox_tray: "📤", page_facing_up: "📄", smile: "😄", thinking_face: "🤔",
  point_right: "👉", point_down: "👇", ok_hand: "👌", star: "⭐", question: "❓", no_entry_sign: "🚫", information_source: "ℹ️",
  speech_balloon: "💬", wheel: "🛞", trophy: "🏆", bow: "🙇", robot_face: "🤖", leaves: "🍃", coffee: "☕", wastebasket: "🗑️",
};
export const QUICK = ["+1", "-1", "tada", "eyes"];

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}
