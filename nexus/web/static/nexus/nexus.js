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

  // Code can be copied where the browser lets a page write to the clipboard.
  const copyButton = (pre) => {
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${pre.getAttribute("aria-label") ?? "this code"}`);
    button.addEventListener("click", async () => {
      const code = pre.cloneNode(true);
      // Numbers of lines are no code.
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
