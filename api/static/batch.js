// Watches a batch: each event renews the part of the page that tells where it stands; at the end the page is loaded again.
"use strict";
{
  const place = () => document.querySelector("[data-batch]");
  const renew = async () => {
    try {
      const answer = await fetch(place().dataset.batch, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-batch]");
      if (fresh !== null && fresh.textContent !== place().textContent) place().replaceWith(fresh);
    } catch {
      // The service is away for a moment; the next event tells.
    }
  };
  if (place() !== null && place().dataset.open === "yes") {
    const events = new EventSource(place().dataset.events);
    events.addEventListener("progress", renew);
    events.addEventListener("end", () => {
      events.close();
      // Who types a token into the form keeps it; the figures are renewed all the same.
      const typed = [...document.querySelectorAll("input[type=password]")].some((field) => field.value !== "");
      if (typed) renew();
      else location.reload();
    });
  }
}
