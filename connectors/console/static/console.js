// What makes the console handier; every page works without it.

const REFRESH_MILLISECONDS = 8000;

// A second click must not send a second reply.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button")) {
    // After the form's data were gathered, so that a named button still counts.
    setTimeout(() => { button.disabled = true; });
  }
});

window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

for (const link of document.querySelectorAll("a[data-insert]")) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.dataset.insert);
    event.preventDefault();
    field.value = link.dataset.text;
    field.focus();
  });
}

// A page that nobody touches must not keep the session alive.
let touched = true;
for (const kind of ["keydown", "pointerdown", "input"]) {
  document.addEventListener(kind, () => { touched = true; }, { passive: true });
}

// Only what differs is replaced, so that screen readers read new messages alone.
function renew(part, newer) {
  const old = [...part.children];
  const fresh = [...newer.children];
  let same = 0;
  while (same < old.length && same < fresh.length && old[same].isEqualNode(fresh[same])) same += 1;
  const focused = part.contains(document.activeElement) ? document.activeElement.outerHTML : "";
  for (const gone of old.slice(same)) gone.remove();
  part.append(...fresh.slice(same).map((child) => document.adoptNode(child)));
  if (focused && !part.contains(document.activeElement)) {
    const again = [...part.querySelectorAll("a, button")].find((e) => e.outerHTML === focused);
    again?.focus({ preventScroll: true });
  }
}

// New messages and tickets show by themselves; forms, and what is typed in them, stay.
async function refresh() {
  if (document.hidden) return;
  const address = new URL(location.href);
  if (!touched) address.searchParams.set("untouched", "1");
  touched = false;
  const answer = await fetch(address, { credentials: "same-origin" });
  if (answer.redirected) {
    // The session is over: what learners wrote must not stay on the screen.
    location.assign(answer.url);
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-refresh]")) {
    const newer = fresh.querySelector(`[data-refresh="${part.dataset.refresh}"]`);
    if (newer) renew(part, newer);
  }
}

if (document.querySelector("[data-refresh]")) {
  setInterval(() => refresh().catch(() => {}), REFRESH_MILLISECONDS);
}
