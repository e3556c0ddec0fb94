// Messages on their way: kept until they are answered, sent one after the other and by one tab
// at a time. Each has a key, so that the server answers once what had to be sent twice.
const ADDRESS = "/webhooks/web/message";
const UNSENT = "unsent";
const FIRST_WAIT_MILLISECONDS = 5_000;
const LONGEST_WAIT_MILLISECONDS = 60_000;
const ANSWER_MILLISECONDS = 60_000;
// Some minutes. A message that the server cannot answer must not hold up the others for ever.
const MOST_FAILURES = 10;

class RefusedError extends Error {}
class UnansweredError extends Error {}

export class Outgoing {
  #timer;
  #wait = FIRST_WAIT_MILLISECONDS;
  #page;

  // The page's functions: sending(), message(item, message), answered(item, messages),
  // waiting(item), refused(item), idle().
  constructor(page) {
    this.#page = page;
    addEventListener("online", () => this.send());
  }

  add(conversation, payload) {
    const item = { key: crypto.randomUUID(), conversation, payload, tried: false, failures: 0, shown: 0 };
    this.#keep([...this.#items(), item]);
    if (navigator.onLine) this.#page.sending();
    return this.send();
  }

  // What a conversation still wanted to say when the page is done with it.
  drop(conversation) {
    this.#keep(this.#items().filter((item) => item.conversation !== conversation));
  }

  send() {
    clearTimeout(this.#timer);
    return navigator.locks.request("outgoing", async () => {
      for (let [item] = this.#items(); item; [item] = this.#items()) {
        if (!(await this.#attempt(item))) return this.#tryLater(item);
        this.#remove(item);
        this.#wait = FIRST_WAIT_MILLISECONDS;
      }
      this.#page.idle();
    });
  }

  #tryLater(item) {
    this.#page.idle();
    this.#page.waiting(item);
    if (!navigator.onLine) return;
    this.#timer = setTimeout(() => this.send(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MILLISECONDS);
  }

  async #attempt(item) {
    if (!navigator.onLine) return false;
    this.#page.sending();
    try {
      const messages = await this.#deliver(item);
      this.#page.answered(item, messages);
    } catch (error) {
      if (error instanceof UnansweredError) this.#update(item, { failures: item.failures + 1 });
      if (!(error instanceof RefusedError) && item.failures < MOST_FAILURES) return false;
      this.#page.refused(item);
    }
    return true;
  }

  async #deliver(item) {
    const { key, conversation, payload, tried } = item;
    // Noted before it is sent: the page may be closed before it has the answer.
    this.#update(item, { tried: true });
    const answer = await fetch(ADDRESS, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/x-ndjson, application/json" },
      body: JSON.stringify({ conversation, message: payload, key, resent: tried }),
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    });
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) throw new RefusedError();
    if (!answer.ok) throw new UnansweredError(`HTTP ${answer.status}`);
    const messages = [];
    for await (const message of received(answer)) {
      messages.push(message);
      // Those before were shown when the answer broke off.
      if (messages.length <= item.shown) continue;
      this.#update(item, { shown: messages.length });
      this.#page.message(item, message);
    }
    return messages;
  }

  #items() {
    return JSON.parse(localStorage.getItem(UNSENT) ?? "[]");
  }

  #keep(items) {
    localStorage.setItem(UNSENT, JSON.stringify(items));
  }

  #update(item, changes) {
    Object.assign(item, changes);
    this.#keep(this.#items().map((kept) => (kept.key === item.key ? item : kept)));
  }

  #remove({ key }) {
    this.#keep(this.#items().filter((kept) => kept.key !== key));
  }
}

// The messages of an answer as they come: a line each, or all of them at once.
async function* received(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("application/x-ndjson")) {
    yield* (await answer.json()).messages;
    return;
  }
  for await (const line of lines(answer.body)) {
    const { message, error, end } = JSON.parse(line);
    if (error) throw new UnansweredError(error);
    if (end) return;
    yield message;
  }
  throw new Error("the answer broke off");
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const found = (rest + part.value).split("\n");
    rest = found.pop();
    yield* found;
  }
}
