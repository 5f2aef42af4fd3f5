// In: a key. Out: what the page says, in the language of the acting member.

import { state } from "./store.js";

const WORDS = {
  channels: ["채널", "Channels"],
  direct: ["다이렉트 메시지", "Direct messages"],
  actAs: ["누구로 해 볼까요", "Act as"],
  you: ["나", "you"],
  unread: ["안 읽은 글이 있어요", "unread"],
  discard: ["고친 글을 버릴까요?", "Discard what you typed?"],
  discardSure: ["닫으면 적은 내용이 사라져요.", "Closing the form loses it."],
  discardYes: ["버리기", "Discard"],
  discardNo: ["계속 쓰기", "Keep writing"],
  actingAs: ["{0} 이름으로 쓰는 중", "Writing as {0}"],
  app: ["앱", "APP"],
  messages: ["메시지", "Messages"],
  home: ["홈", "Home"],
  homeEmpty: ["앱이 아직 홈을 꾸미지 않았어요.", "The app has not published its home yet."],
  thread: ["스레드", "Thread"],
  reply: ["스레드에 답하기", "Reply in thread"],
  replyHere: ["답글 쓰기…", "Reply…"],
  write: ["{0}에 메시지 쓰기 · @로 부르고 /로 명령해요", "Message {0} · @ to mention, / for commands"],
  writeDirect: ["{0}에게 주제를 적어 보세요", "Tell {0} a topic"],
  replies: ["답글 {0}개", "{0} replies"],
  replyOne: ["답글 1개", "1 reply"],
  onlyYou: ["나에게만 보입니다", "Only visible to you"],
  edited: ["(편집됨)", "(edited)"],
  today: ["오늘", "Today"],
  newer: ["새 글", "New messages"],
  says: ["{0}: {1}", "{0}: {1}"],
  attach: ["파일 붙이기", "Attach a file"],
  removeFile: ["{0} 빼기", "Remove {0}"],
  download: ["{0} 내려받기", "Download {0}"],
  canvas: ["캔버스", "Canvas"],
  noCanvas: ["이 캔버스는 더 이상 없거나 볼 수 없어요.", "This canvas is gone, or not yours to see."],
  readOnly: ["이 캔버스는 읽기만 할 수 있어요.", "You can only read this canvas."],
  save: ["저장", "Save"],
  theme: ["밝게 · 어둡게", "Light or dark"],
  gear: ["스위치 ( ? )", "Switches ( ? )"],
  send: ["보내기", "Send"],
  cancel: ["취소", "Cancel"],
  close: ["닫기", "Close"],
  choose: ["고르기", "Choose"],
  react: ["공감 남기기", "React"],
  more: ["더 보기", "More actions"],
  noAnswer: ["앱이 제때 응답하지 않았어요. 잠시 뒤 다시 눌러 주세요.", "The app did not answer in time. Please try again."],
  noThreadCommands: ["명령은 스레드에서 쓸 수 없어요. 채널에서 써 주세요.", "Commands don't work in threads. Use the channel."],
  unknownCommand: ["{0} 은(는) 없는 명령이에요.", "{0} is not a valid command."],
  refused: ["안 됐어요: {0}", "That did not work: {0}"],
  offline: ["연결이 끊겼어요. 다시 잇는 중…", "Connection lost. Reconnecting…"],
  begins: ["#{0} 채널의 처음이에요", "This is the start of #{0}"],
  beginsDirect: ["{0}에게 보내는 글은 나만 볼 수 있어요.", "Only you see what you write to {0}."],
  tryIt: ["하나 눌러 보세요. 고쳐서 보내도 좋아요.", "Press one to try. Change it as you like."],
  optional: ["선택", "optional"],
  member: ["초안 쓰는 사람", "drafter"],
  reviewer: ["검토하는 사람", "reviewer"],
  operator: ["운영하는 사람", "operator"],
};

export function word(key, ...values) {
  const text = WORDS[key][state.me?.language === "en" ? 1 : 0];
  return values.reduce((line, value, i) => line.replace(`{${i}}`, value), text);
}

export function clock(ts) {
  const language = state.me?.language === "en" ? "en-US" : "ko-KR";
  return new Date(Number(ts) * 1000).toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
}

export function day(ts) {
  const date = new Date(Number(ts) * 1000);
  if (date.toDateString() === new Date().toDateString()) return word("today");
  const language = state.me?.language === "en" ? "en-US" : "ko-KR";
  return date.toLocaleDateString(language, { month: "long", day: "numeric", weekday: "long" });
}
