// The page inside a portal's: asks the portal who is signed in there.
const ANSWER_MILLISECONDS = 10_000;

export const isEmbedded = parent !== window;

// The portal's token for whom it has signed in; null when there is nobody or it does not say.
export async function portalToken() {
  const answer = await fetch("/webhooks/web/embedding").catch(() => null);
  if (!answer?.ok) return null;
  const { origins } = await answer.json();
  return new Promise((resolve) => {
    addEventListener("message", function hear({ source, origin, data }) {
      if (source !== parent || !origins.includes(origin) || data?.sathi !== "identity") return;
      removeEventListener("message", hear);
      resolve(typeof data.token === "string" ? data.token : null);
    });
    setTimeout(() => resolve(null), ANSWER_MILLISECONDS);
    // Tells nothing, so that anybody may hear it.
    parent.postMessage({ sathi: "ready" }, "*");
  });
}

// {link, who, taken} for a good token, null otherwise.
export async function introduce(conversation, token) {
  const answer = await fetch("/webhooks/web/introduce", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ conversation, token }),
  }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}
