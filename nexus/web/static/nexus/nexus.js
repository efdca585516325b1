// Progressive enhancement: everything works without this script.
(() => {
  "use strict";

  // A run that ends while its page is open is announced once. The region is in the page from the
  // start, because screen readers ignore live regions that are inserted together with their text.
  const region = document.getElementById("announcements");
  const spoken = new Set();

  const announce = () => {
    for (const note of document.querySelectorAll("[data-announce]")) {
      const key = note.closest("[id]").id;
      if (!spoken.has(key)) {
        spoken.add(key);
        region.textContent = note.dataset.announce;
        // A user in another tab sees the verdict in the title.
        document.title = note.dataset.title ?? document.title;
      }
    }
  };

  // Text that is already in the page when it loads is not announced.
  for (const note of document.querySelectorAll("[data-announce]")) {
    spoken.add(note.closest("[id]").id);
  }

  const showConnection = (lost) => {
    for (const line of document.querySelectorAll("[data-lost]")) {
      line.hidden = !lost;
    }
  };

  // The Cancel button disappears when the run ends: move the focus to the verdict, not to the top.
  let onProgress = false;
  document.addEventListener("htmx:before:swap", () => {
    onProgress = document.activeElement?.closest("#run-progress") !== null;
  });
  const keepPlace = () => {
    const ended = document.getElementById("run-ended");
    if (onProgress && ended && !document.activeElement?.closest("main *")) ended.focus();
  };

  // Also fires after an error, when nothing was swapped.
  document.addEventListener("htmx:after:swap", (event) => {
    showConnection((event.detail.ctx?.response?.status ?? 200) >= 400);
    keepPlace();
    announce();
  });
  document.addEventListener("htmx:error", () => showConnection(true));

  // Move between the search field and the results with the arrow keys.
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

  // Copy buttons, if the browser allows the page to write to the clipboard.
  const copyButton = (pre) => {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${pre.getAttribute("aria-label") ?? "this code"}`);
    button.addEventListener("click", async () => {
      const code = pre.cloneNode(true);
      // Line numbers are not part of the code.
      for (const number of code.querySelectorAll(".line-number")) number.remove();
      await navigator.clipboard.writeText(code.textContent.trimEnd() + "\n");
      button.textContent = region.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    return button;
  };
  for (const pre of navigator.clipboard ? document.querySelectorAll("pre") : []) {
    const caption = pre.parentElement.querySelector("figcaption");
    if (caption) {
      caption.append(copyButton(pre));
    } else {
      const box = document.createElement("div");
      box.className = "copyable";
      pre.replaceWith(box);
      box.append(pre, copyButton(pre));
    }
  }

  // Open all details for printing.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
