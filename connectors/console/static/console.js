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

// New messages and tickets show by themselves; forms, and what is typed in them, stay.
async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-refresh]")) {
    const newer = fresh.querySelector(`[data-refresh="${part.dataset.refresh}"]`);
    if (newer && newer.innerHTML !== part.innerHTML) part.replaceWith(document.adoptNode(newer));
  }
}

if (document.querySelector("[data-refresh]")) {
  setInterval(() => refresh().catch(() => {}), REFRESH_MILLISECONDS);
}
