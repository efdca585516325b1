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

  // Also comes after a fault, when nothing was swapped.
  document.addEventListener("htmx:after:swap", (event) => {
    tellConnection((event.detail.ctx?.response?.status ?? 200) >= 400);
    announce();
  });
  document.addEventListener("htmx:error", () => tellConnection(true));

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
