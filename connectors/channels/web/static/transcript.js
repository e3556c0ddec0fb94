// What was said, kept in the browser so that it is there when the page is opened again.
const TRANSCRIPT = "transcript";
const MOST_ENTRIES = 100;

export function entriesOf(conversation) {
  const kept = JSON.parse(localStorage.getItem(TRANSCRIPT) ?? "null");
  return kept?.conversation === conversation ? kept.entries : [];
}

// An entry is {user: text} or {bot: message}.
export function remember(conversation, ...entries) {
  let kept = [...entriesOf(conversation), ...entries].slice(-MOST_ENTRIES);
  for (; kept.length; kept = kept.slice(Math.ceil(kept.length / 2))) {
    try {
      localStorage.setItem(TRANSCRIPT, JSON.stringify({ conversation, entries: kept }));
      return;
    } catch (error) {
      // The browser gives no more room: the older half goes.
      if (error.name !== "QuotaExceededError") throw error;
    }
  }
}

export function forget() {
  localStorage.removeItem(TRANSCRIPT);
}

// Calls back when another tab said or heard something, or began a new conversation.
export function onChangeElsewhere(callback) {
  addEventListener("storage", ({ key }) => {
    if (key === TRANSCRIPT || key === "conversation") callback();
  });
}

// What the server remembers of a conversation; nothing when it cannot be asked.
export async function fetchEntries(conversation) {
  const answer = await fetch("/webhooks/web/history", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ conversation, most: MOST_ENTRIES }),
  }).catch(() => null);
  return answer?.ok ? (await answer.json()).entries : [];
}
