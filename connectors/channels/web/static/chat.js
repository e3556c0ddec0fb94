// The chat page. Texts of users and of the bot only ever become text nodes.
import { introduce, isEmbedded, portalToken } from "./embedding.js";
import { Outgoing } from "./outgoing.js";
import { entriesOf, fetchEntries, forget, onChangeElsewhere, remember } from "./transcript.js";

const BASE = "/webhooks/web";
const INBOX_MILLISECONDS = 60_000;
const START_MILLISECONDS = 2_000;
// While somebody at the helpdesk may answer: so often, until this long after the last sign of it.
const HELPDESK_INBOX_MILLISECONDS = 5_000;
const HELPDESK_MILLISECONDS = 15 * 60_000;
const log = document.getElementById("log");
const bubbles = document.getElementById("conversation");
const form = document.getElementById("composer");
const input = document.getElementById("message");
const status = document.getElementById("status");
const menu = document.getElementById("language");
const leaving = document.getElementById("leaving");

let languages = [];
let strings = {};
let inboxTimer;
// Kept when the page is closed, so that reminders find it again; "new conversation" ends it.
let isReturning = Boolean(localStorage.getItem("conversation"));
let conversation = localStorage.getItem("conversation") || newConversation();
const outgoing = new Outgoing({
  sending: showTyping,
  idle: showIdle,
  message: hear,
  answered: settle,
  waiting: showFailure,
  refused: showRefusal,
});

function newConversation() {
  forget();
  const id = crypto.randomUUID();
  localStorage.setItem("conversation", id);
  localStorage.setItem("inbox", "0");
  localStorage.removeItem("helpdesk");
  return id;
}

function element(name, text = "", className = "") {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

async function showStrings(locale) {
  const answer = await fetch(`${BASE}/static/strings/${locale}.json`).catch(() => null);
  if (!answer?.ok) return;
  strings = await answer.json();
  const language = locale.replace("_", "-");
  document.documentElement.lang = language;
  document.documentElement.dir = languages.find(({ code }) => code === locale)?.direction ?? "ltr";
  document.title = strings.title;
  for (const node of document.querySelectorAll("[data-string]")) {
    node.textContent = strings[node.dataset.string] ?? node.textContent;
  }
  log.setAttribute("aria-label", strings.conversation);
  input.placeholder = strings.input_placeholder;
}

function bubble(author, locale, direction, agent) {
  const item = element("li", "", author);
  item.append(
    agent
      ? element("p", agent, "agent")
      : element("span", author === "user" ? strings.you : strings.title, "hidden"),
  );
  if (locale) item.lang = locale.replace("_", "-");
  item.dir = direction || "auto";
  bubbles.append(item);
  return item;
}

function paragraphs(text, className) {
  const block = element("div", "", className);
  for (const part of text.split(/\n{2,}/)) block.append(element("p", part));
  return block;
}

function factLine({ provider, duration, level, languages: spoken, mandatory }) {
  const line = element("p", "", "facts");
  for (const fact of [provider, duration, level, spoken, mandatory].filter(Boolean)) {
    if (line.hasChildNodes()) line.append(" · ");
    line.append(element("bdi", fact));
  }
  return line;
}

function courseCard(course) {
  const card = element("article", "", "course");
  const title = element("h3");
  if (course.payload) {
    const button = element("button", `${course.number}. ${course.title}`);
    button.type = "button";
    button.addEventListener("click", () => send(course.payload, course.title));
    title.append(button);
  } else {
    title.textContent = course.title;
  }
  card.append(title);
  if (!course.facts) card.append(factLine(course));
  if (course.reason) card.append(element("p", course.reason, "reason"));
  if (course.summary) card.append(element("p", course.summary));
  if (course.facts) {
    const list = element("dl");
    for (const { label, value } of course.facts) list.append(element("dt", label), element("dd", value));
    card.append(list);
  }
  if (course.modules) {
    card.append(element("h4", course.modules_label));
    const list = element("ol");
    for (const module of course.modules) list.append(element("li", module));
    card.append(list);
  }
  if (course.note) card.append(element("p", course.note, "note"));
  if (course.link) card.append(outgoingLink({ label: course.link_label, url: course.link }));
  return card;
}

function buttonRow(buttons) {
  const row = element("div", "", "buttons");
  for (const { title, payload } of buttons) {
    const button = element("button", title);
    button.type = "button";
    button.addEventListener("click", () => send(payload, title));
    row.append(button);
  }
  return row;
}

function documentBlock({ id, name, mime, label }) {
  const block = element("div", "", "document");
  const address = `${BASE}/documents/${encodeURIComponent(id)}`;
  if (mime.startsWith("image/")) {
    const picture = element("img");
    picture.src = address;
    picture.alt = label;
    block.append(picture);
  }
  const link = element("a", label);
  link.href = address;
  link.download = name;
  block.append(link);
  return block;
}

// An agent writes in any language.
function agentsWords(text) {
  const block = paragraphs(text, "answer");
  block.lang = "";
  for (const part of block.children) part.dir = "auto";
  return block;
}

// What a source says, then the source itself.
function appendAnswer(item, { heading, body, source, note }) {
  if (heading) item.append(element("h3", heading));
  if (body) item.append(paragraphs(body, "answer"));
  if (source) item.append(element("p", source, "source"));
  if (note) item.append(element("p", note, "note"));
}

function outgoingLink({ label, url }) {
  const link = element("a", label);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function showReply({ text, buttons, custom }) {
  const words = custom.agent?.text;
  const item = bubble("bot", custom.locale, custom.direction, words && custom.agent.name);
  const { answer, source, note, further, heading, courses, hint, course } = custom;
  if (answer) {
    appendAnswer(item, { ...answer, source, note });
    for (const block of further ?? []) {
      appendAnswer(item, block);
      if (block.link) item.append(outgoingLink(block.link));
    }
  }
  if (courses?.length) {
    item.append(element("p", heading));
    for (const entry of courses) item.append(courseCard(entry));
    if (hint) item.append(element("p", hint, "note"));
  }
  if (course) item.append(courseCard(course));
  if (words) item.append(agentsWords(words));
  else if (!answer && !courses?.length && !course) item.append(paragraphs(custom.heading || text, "answer"));
  if (custom.document) item.append(documentBlock(custom.document));
  if (custom.link) item.append(outgoingLink(custom.link));
  if (buttons.length) item.append(buttonRow(buttons));
}

function showFailure() {
  status.textContent = navigator.onLine ? "" : strings.offline;
  if (!navigator.onLine) return;
  const item = bubble("bot failed");
  item.append(element("p", strings.connection_lost));
  const retry = element("button", strings.retry);
  retry.type = "button";
  retry.addEventListener("click", () => outgoing.send());
  item.append(retry);
  scrollBehind(item.previousElementSibling);
}

function showRefusal({ conversation: asked }) {
  if (asked !== conversation) return;
  bubble("bot").append(element("p", strings.not_sent));
}

function showTyping() {
  for (const item of log.querySelectorAll(".failed")) item.remove();
  status.textContent = strings.typing;
  log.setAttribute("aria-busy", "true");
}

function showIdle() {
  status.textContent = "";
  log.removeAttribute("aria-busy");
}

function hear({ conversation: asked, shown }, message) {
  if (asked !== conversation) return;
  const before = bubbles.lastElementChild;
  if (message.custom.forgotten) {
    forget();
    bubbles.replaceChildren();
  }
  remember(conversation, { bot: message });
  showReply(message);
  // The first message of an answer stays in sight, however many follow.
  if (shown === 1) scrollBehind(before);
}

function settle({ conversation: asked }, messages) {
  if (asked !== conversation) return;
  // No message at all: a person has the conversation, and their answer comes by the inbox.
  if (!messages.length || messages.some(isOfHelpdesk)) expectHelpdesk();
  followLocale(messages.at(-1)?.custom.locale);
}

function showEntry({ user, bot }) {
  if (bot) showReply(bot);
  else bubble("user").append(element("p", user));
}

// One tab at a time asks, and notes what it has got before it shows it, so that no message
// is shown twice.
function checkInbox() {
  if (document.visibilityState !== "visible") return;
  navigator.locks.request("inbox", { ifAvailable: true }, async (lock) => {
    if (!lock || conversation !== localStorage.getItem("conversation")) return;
    const after = Number(localStorage.getItem("inbox"));
    const asked = conversation;
    const answer = await fetch(`${BASE}/inbox`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ conversation: asked, after }),
    }).catch(() => null);
    if (!answer?.ok) return;
    const { messages } = await answer.json();
    if (!messages.length || asked !== localStorage.getItem("conversation")) return;
    localStorage.setItem("inbox", String(messages.at(-1).id));
    const before = bubbles.lastElementChild;
    remember(conversation, ...messages.map((bot) => ({ bot })));
    messages.forEach(showReply);
    if (messages.some(isOfHelpdesk)) expectHelpdesk();
    scrollBehind(before);
  });
}

function isOfHelpdesk({ custom }) {
  return Boolean(custom.ticket || custom.agent);
}

function expectHelpdesk() {
  localStorage.setItem("helpdesk", String(Date.now()));
  scheduleInbox();
}

function scheduleInbox() {
  clearTimeout(inboxTimer);
  const since = Date.now() - Number(localStorage.getItem("helpdesk"));
  const wait = since < HELPDESK_MILLISECONDS ? HELPDESK_INBOX_MILLISECONDS : INBOX_MILLISECONDS;
  inboxTimer = setTimeout(() => {
    checkInbox();
    scheduleInbox();
  }, wait);
}

function scrollBehind(before) {
  const first = before?.nextElementSibling ?? bubbles.firstElementChild;
  // Not scrollIntoView, which would scroll the header away too.
  if (first) log.scrollTop = first.offsetTop - log.offsetTop;
}

function followLocale(locale) {
  if (!locale) return;
  const language = locale.split("_")[0];
  if (menu.value !== language) menu.value = language;
  const wanted = locale.replace("_", "-");
  if (document.documentElement.lang !== wanted) showStrings(locale);
}

function send(payload, shown) {
  remember(conversation, { user: shown });
  bubble("user").append(element("p", shown));
  log.scrollTop = log.scrollHeight;
  return outgoing.add(conversation, payload);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  send(text, text);
  input.focus();
});

input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

menu.addEventListener("change", () => {
  const payload = `/choose_language{"language_name": "${menu.value}"}`;
  send(payload, menu.selectedOptions[0].textContent);
});

document.getElementById("restart").addEventListener("click", () => leaving.showModal());

leaving.addEventListener("close", () => {
  if (leaving.returnValue !== "leave") return;
  leaving.returnValue = "";
  beginAnew();
  start();
});

function beginAnew() {
  outgoing.drop(conversation);
  isReturning = false;
  conversation = newConversation();
  bubbles.replaceChildren();
}

// Inside a portal's page the conversation is that of whom the portal has signed in; of
// whoever had the browser before, nothing is shown. Gives the token of a link if one is needed.
async function meetPortal() {
  const before = localStorage.getItem("who");
  const token = await portalToken();
  const met = token && (await introduce(conversation, token));
  if (met?.taken || (before && before !== met?.who)) beginAnew();
  if (!met) {
    localStorage.removeItem("who");
    return null;
  }
  localStorage.setItem("who", met.who);
  return met.link;
}

async function start() {
  const known = new Set(languages.map(({ code }) => code));
  const preferred = navigator.languages.map((tag) => tag.split("-")[0]).find((tag) => known.has(tag));
  const locale = preferred || "en";
  menu.value = locale;
  await showStrings(locale);
  const link = isEmbedded ? await meetPortal() : null;
  if (await showTranscript()) await outgoing.send();
  else await outgoing.add(conversation, `/greet{"locale": "${locale}"}`);
  await redeemLink(link ?? linkOfAddress());
  input.focus();
  checkInbox();
}

// Shows what was said before, and tells whether there was anything.
async function showTranscript() {
  let entries = entriesOf(conversation);
  if (!entries.length && isReturning) {
    entries = await fetchEntries(conversation);
    if (entries.length) remember(conversation, ...entries);
  }
  // What was written before the page was ready is among them.
  bubbles.replaceChildren();
  entries.forEach(showEntry);
  const locale = entries.findLast(({ bot }) => bot?.custom.locale)?.bot.custom.locale;
  if (locale) {
    menu.value = locale.split("_")[0];
    await showStrings(locale);
  }
  log.scrollTop = log.scrollHeight;
  return entries.length > 0;
}

// A one-time link has its token behind the "#", which browsers send to no server.
function linkOfAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("link");
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

async function redeemLink(token) {
  if (!token) return;
  await outgoing.add(conversation, `/link_account${JSON.stringify({ link_token: token })}`);
}

// The server may just be starting.
async function fetchLanguages() {
  for (;;) {
    const answer = await fetch(`${BASE}/languages`).catch(() => null);
    if (answer?.ok) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, START_MILLISECONDS));
  }
}

async function fillMenu() {
  languages = await fetchLanguages();
  for (const { code, name } of languages) {
    const option = element("option", name);
    option.value = code;
    option.lang = code;
    menu.append(option);
  }
}

// Another tab has gone on with the conversation, or begun a new one.
onChangeElsewhere(() => {
  conversation = localStorage.getItem("conversation") ?? conversation;
  bubbles.replaceChildren();
  entriesOf(conversation).forEach(showEntry);
  log.scrollTop = log.scrollHeight;
});

addEventListener("offline", () => {
  status.textContent = strings.offline;
});
document.addEventListener("visibilitychange", checkInbox);
scheduleInbox();
fillMenu().then(start);
