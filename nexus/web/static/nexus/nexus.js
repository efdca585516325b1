// What the pages need beyond links and forms. Everything works without it.
(() => {
  "use strict";

  // A run that ends while its page is open is spoken once. The region stands in the page from the
  // start, because screen readers ignore regions that arrive together with their text.
  const region = document.getElementById("announcements");
  const spoken = new Set();

  const announce = () => {
    for (const note of document.querySelectorAll("[data-announce]")) {
      const key = note.closest("[id]").id;
      if (!spoken.has(key)) {
        spoken.add(key);
        region.textContent = note.dataset.announce;
        // Whoever waits in another tab sees the verdict there.
        document.title = note.dataset.title ?? document.title;
      }
    }
  };

  // What the page already says when it opens is read with the page, not announced.
  for (const note of document.querySelectorAll("[data-announce]")) {
    spoken.add(note.closest("[id]").id);
  }

  const tellConnection = (lost) => {
    for (const line of document.querySelectorAll("[data-lost]")) {
      line.hidden = !lost;
    }
  };

  // Cancel goes when the run ends; whoever stood on it goes on from the verdict, not from the top.
  let onProgress = false;
  document.addEventListener("htmx:before:swap", () => {
    onProgress = document.activeElement?.closest("#run-progress") !== null;
  });
  const keepPlace = () => {
    const ended = document.getElementById("run-ended");
    if (onProgress && ended && !document.activeElement?.closest("main *")) ended.focus();
  };

  // Also comes after a fault, when nothing was swapped.
  document.addEventListener("htmx:after:swap", (event) => {
    tellConnection((event.detail.ctx?.response?.status ?? 200) >= 400);
    keepPlace();
    announce();
  });
  document.addEventListener("htmx:error", () => tellConnection(true));

  // From the words to the hits and back with the arrow keys.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const words = document.getElementById("q");
    if (!step || !words) return;
    const stops = [words, ...document.querySelectorAll(".hits a")];
    const place = stops.indexOf(document.activeElement);
    const next = stops[place + step];
    if (place < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });

  // A folded table is printed open.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
