// Puts the chat into a portal's page, behind a button:
//   <script src="https://sathi.example.in/webhooks/web/static/widget.js"
//           data-label="Ask Sathi" data-identity-url="/sathi-identity" defer></script>
// data-identity-url is the portal's: it answers {"token": ...} for whom it has signed in.
(() => {
  const { src, dataset } = document.currentScript;
  const origin = new URL(src).origin;
  const label = dataset.label || "Karmayogi Sathi";
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  // Not by a style element, which a portal's content security policy may forbid.
  const style = new CSSStyleSheet();
  style.replaceSync(`
    button { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483647;
      min-block-size: 3rem; padding: 0 1.25rem; border: 2px solid #ffffff; border-radius: 1.5rem;
      background: #0b4f8a; color: #ffffff; font: 600 1rem/1.2 system-ui, sans-serif; cursor: pointer; }
    button:focus-visible { outline: 3px solid #0b4f8a; outline-offset: 2px; }
    iframe { position: fixed; inset-block-end: 5rem; inset-inline-end: 1rem; z-index: 2147483647;
      inline-size: min(26rem, calc(100vw - 2rem)); block-size: min(42rem, calc(100vh - 6rem));
      border: 1px solid #6b7684; border-radius: 0.75rem; background: #ffffff; }
    [hidden] { display: none; }`);
  root.adoptedStyleSheets = [style];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  root.append(button);
  let frame;

  function open() {
    frame = document.createElement("iframe");
    frame.title = label;
    frame.src = `${origin}/`;
    frame.hidden = true;
    root.append(frame);
  }

  button.addEventListener("click", () => {
    if (!frame) open();
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-expanded", String(!frame.hidden));
    if (!frame.hidden) frame.focus();
  });

  async function identity() {
    if (!dataset.identityUrl) return null;
    const answer = await fetch(dataset.identityUrl, { credentials: "same-origin", cache: "no-store" });
    return answer.ok ? (await answer.json()).token : null;
  }

  addEventListener("message", async (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    if (event.data?.sathi !== "ready") return;
    const token = await identity().catch(() => null);
    frame.contentWindow.postMessage({ sathi: "identity", token }, origin);
  });

  document.body.append(host);
})();
