// Follows a scan: renews the part of the page that tells of it, and loads the page again when the scan has ended.
"use strict";
{
  const EVERY = 1000; // milliseconds
  const place = () => document.querySelector("[data-live]");
  const look = async () => {
    try {
      const answer = await fetch(place().dataset.live, { headers: { accept: "text/html" } });
      if (answer.status === 204) {
        location.reload();
        return;
      }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
        if (fresh !== null && fresh.textContent !== place().textContent) place().replaceWith(fresh);
      }
    } catch {
      // The service is away for a moment; the next look tells.
    }
    setTimeout(look, document.hidden ? 10 * EVERY : EVERY);
  };
  if (place() !== null) setTimeout(look, EVERY);
}
