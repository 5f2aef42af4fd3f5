// In: a key. Out: what the drawer of switches says, in the language of the acting member.

import { state } from "./store.js";

const SWITCHES = {
  strict: ["모르는 인자를 거절해요", "Refuse unknown arguments"],
  streaming: ["글이 자라는 답 (스트리밍)", "Answers that grow (streaming)"],
  canvases: ["캔버스", "Canvases"],
  rate_limits: ["호출 횟수를 제한해요", "Limit the rate of calls"],
  message_first: ["message 이벤트가 먼저 와요", "message before app_mention"],
  duplicate_deliveries: ["이벤트가 두 번씩 와요", "Every event twice"],
  reverse_order: ["이벤트 순서가 거꾸로예요", "Events in reverse order"],
  drop_acks: ["잃어버릴 확인(ack)", "Acks to lose"],
  delivery_delay: ["이벤트가 늦는 초", "Events late, seconds"],
  ack_seconds: ["확인을 기다리는 초", "Wait for an ack, seconds"],
  trigger_seconds: ["창을 열 수 있는 초", "Time to open a form, seconds"],
  stream_seconds: ["스트리밍이 열려 있는 초", "A stream stays open, seconds"],
  rate_window: ["횟수를 세는 초", "Calls are counted over, seconds"],
  retry_delays: ["다시 보내기까지 초", "Redelivery after, seconds"],
  request_url: ["HTTP 방식일 때 앱의 주소", "The app's address in HTTP mode"],
  redirect_url: ["설치를 마치고 돌아갈 주소", "Where an installation leads back to"],
  withheld_scopes: ["허락하지 않은 권한", "Scopes not granted"],
  further_scopes: ["더 받은 권한", "Scopes granted besides"],
  guests: ["게스트인 사람", "Guests"],
  operators: ["운영자 그룹에 있는 사람", "Members of the operators' group"],
  external_channels: ["다른 회사와 함께 쓰는 채널", "Channels shared with another company"],
};
const FAULTS = {
  ratelimited: ["너무 잦음 (429)", "rate limited (429)"],
  internal_error: ["슬랙 안의 오류 (500)", "internal error (500)"],
  reset: ["하기 전에 끊김", "cut before it is done"],
  lost: ["하고 나서 답이 사라짐", "done, the answer is lost"],
  slow: ["늦게 됨", "done late"],
  html: ["중간 서버의 오류 쪽 (503)", "a proxy's error page (503)"],
};
const WORDS = {
  ...SWITCHES, ...FAULTS,
  title: ["스위치", "Switches"],
  about: ["이 연습용 슬랙을 일부러 고장 내 볼 수 있어요. 봇이 잘 견디는지 보세요.", "Break this practice Slack on purpose and see how the bot takes it."],
  usual: ["모두 보통으로", "Everything as usual"],
  line: ["봇의 연결", "The bot's connection"],
  connected: ["연결 {0}개 · 확인을 기다리는 이벤트 {1}개", "{0} open · {1} events not acked yet"],
  cut: ["연결 끊기", "Cut the connection"],
  refresh: ["새로 잇게 하기", "Ask it to reconnect"],
  faults: ["오류 넣기", "Put in a fault"],
  method: ["무엇이", "What"],
  kind: ["어떻게", "How"],
  times: ["몇 번", "Times"],
  seconds: ["초", "Seconds"],
  every: ["모든 호출", "every call"],
  inject: ["넣기", "Put in"],
  clear: ["오류 모두 빼기", "Take all faults out"],
  switches: ["슬랙의 버릇", "Slack's habits"],
  calls: ["마지막 호출 30개", "The last 30 calls"],
};

export function tell(key, ...values) {
  const text = WORDS[key][state.me.language === "en" ? 1 : 0];
  return values.reduce((line, value, i) => line.replace(`{${i}}`, value), text);
}
