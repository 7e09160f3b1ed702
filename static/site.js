/* Comfort only: every page does its whole job without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  const say = (title, text, near) => {
    const box = $(".said") || make("div", { className: "notice notice-care said" });
    box.setAttribute("role", "status");
    if (!box.isConnected) near.before(box);
    box.replaceChildren(make("p", { className: "notice-title", textContent: title }), make("p", { textContent: text }));
  };

  /* Errors and verdicts take the focus, so that a screen reader starts there. Newer browsers do it themselves. */
  if (!("autofocus" in HTMLElement.prototype)) $("[data-focus]")?.focus();

  /* A page that answers a form is asked for anew, not sent again, when somebody comes back to it. */
  if ($(".summary")) history.replaceState(null, "");

  /* Show what is typed into a password field. */
  $$("[data-reveal]").forEach((input) => {
    const button = make("button", { type: "button", className: "link reveal", textContent: "Show it" });
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      const hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.textContent = hidden ? "Hide it" : "Show it";
    });
    input.after(button);
    input.form.addEventListener("submit", () => { input.type = "password"; });
  });

  /* What is too large to send is said while all that was typed still stands in the form. */
  $$("input[type=file][data-most]").forEach((input) => {
    const fits = () => {
      const size = [...input.files].reduce((sum, file) => sum + file.size, 0) / 1048576, most = input.dataset.most;
      if (size < most - 0.1) { $(".said")?.remove(); return true; }
      say("That is too big to send", `These files have ${Math.ceil(size * 10) / 10} MB together; ${most} MB is the most. Choose fewer, or smaller ones.`, input);
      return false;
    };
    input.addEventListener("change", fits);
    input.form.addEventListener("submit", (event) => { if (!fits()) { event.preventDefault(); input.focus(); } });
  });

  $$("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  /* An answer is kept in this browser until it is sent; a lost connection sends it later, once. */
  const form = $("form[data-keep]");
  if (form) {
    const key = `answer:${form.elements.for.value}:${location.pathname}`; /* each question has its own address */
    const store = {
      read() { try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } },
      write(chosen) { try { localStorage.setItem(key, JSON.stringify(chosen)); } catch { /* full or refused */ } },
    };
    const options = $$("[name^=option], [name^=option] option", form).filter((option) => !option.matches("select"));
    const state_of = (option) => (option.matches("option") ? "selected" : "checked");
    const chosen = () => options.filter((option) => option.value && option[state_of(option)]).map((option) => option.value);
    const kept = store.read();
    if (!chosen().length) {
      options.filter((option) => kept.includes(option.value)).forEach((option) => { option[state_of(option)] = true; });
    }
    form.addEventListener("change", () => store.write(chosen()));
    const button = $("[data-next]", form);
    let state = "ready";
    const reachable = async () => {
      if (!navigator.onLine) return false;
      try {
        await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(8000) });
        return true;
      } catch { return false; }
    };
    const send = async () => {
      if (state === "trying" || state === "sent") return;
      state = "trying";
      button.setAttribute("aria-disabled", "true");
      if (await reachable()) {
        state = "sent";
        form.submit();
        return;
      }
      state = "waiting";
      button.removeAttribute("aria-disabled");
      say("You are offline just now", "Your answer is kept on this device, and we send it as soon as the connection is back. Leave this page open if you can.", button.closest(".next"));
    };
    form.addEventListener("submit", (event) => {
      /* A page that came a moment ago proves the connection: no need to ask first. */
      if (state === "ready" && navigator.onLine && performance.now() < 15000) {
        state = "sent";
        return;
      }
      event.preventDefault();
      send();
    });
    addEventListener("online", () => { if (state === "waiting") send(); });
    setInterval(() => { if (state === "waiting") send(); }, 10000);
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  } else if ($(".verdict")) {
    /* The answer arrived: nothing needs keeping. */
    try {
      Object.keys(localStorage).filter((k) => k.startsWith("answer:")).forEach((k) => localStorage.removeItem(k));
    } catch { /* refused */ }
  }

  /* Other steps wait until there is a connection, with all that was typed. */
  const offline = (event) => {
    const step = event.target.closest(".next, form");
    if (navigator.onLine || event.defaultPrevented || !$("[data-next]", step)) return;
    event.preventDefault();
    say("You are offline just now", "Nothing is lost. Press again when the connection is back.", step.closest(".next") || $(".next", step));
  };
  $("a[data-next]")?.addEventListener("click", offline);
  $("form:has([data-next])")?.addEventListener("submit", offline);

  /* A certificate's PDF is compared here: only its digest leaves the device. */
  const compare = $("form[data-digest]");
  if (compare && globalThis.crypto?.subtle) {
    const file = $("input[type=file]", compare);
    $("[data-digest-hint]").textContent = "It stays on your device: only its fingerprint is sent. You can also drop it on this box.";
    const box = compare.closest("section");
    const check = async (chosen) => {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await chosen.arrayBuffer()));
      const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      compare.elements.sha256.value = hex;
      file.disabled = true;
      compare.submit();
    };
    compare.addEventListener("submit", (event) => {
      if (!file.files.length) return;
      event.preventDefault();
      check(file.files[0]);
    });
    box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("is-over"); });
    box.addEventListener("dragleave", () => box.classList.remove("is-over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("is-over");
      if (event.dataTransfer.files.length) check(event.dataTransfer.files[0]);
    });
  }

  /* Read aloud, paragraph by paragraph, with the spoken word marked where the browser can. */
  const parts = $$("[data-read-aloud]");
  if (parts.length && "speechSynthesis" in globalThis) {
    const blocks = parts.flatMap((part) => $$("h1, h2, h3, p, li", part)).filter((el) => !el.querySelector("p, li") && !el.matches(".ticket-stub:has(a)"))
      .concat($$("fieldset :is(legend, .hint, label), [role=group] :is(h2, .hint, label)"));
    const marks = globalThis.Highlight && CSS.highlights;
    const button = make("button", { type: "button", className: "button button-plain read-aloud", textContent: "Read it to me" });
    const tools = make("p", { className: "read-tools" });
    tools.dataset.readTools = "";
    tools.append(button);
    const head = parts[0].matches(".verdict") ? parts[0] : $("header", parts[0]);
    if (head) head.after(tools); else parts[0].before(tools);
    let at = -1;
    const unmark = () => {
      marks?.delete("spoken");
      $$(".is-spoken").forEach((el) => el.classList.remove("is-spoken"));
    };
    const mark = (block, start, length) => {
      if (!marks) return;
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      const range = new Range();
      let seen = 0, begun = false;
      for (let node; (node = walker.nextNode()); seen += node.length) {
        if (!begun && start < seen + node.length) { range.setStart(node, start - seen); begun = true; }
        if (begun && start + length <= seen + node.length) {
          range.setEnd(node, start + length - seen);
          marks.set("spoken", new Highlight(range));
          return;
        }
      }
    };
    const stop = () => {
      at = -1;
      speechSynthesis.cancel();
      unmark();
      button.textContent = "Read it to me";
    };
    const speak = (index) => {
      unmark();
      while (index < blocks.length && !blocks[index].getClientRects().length) index += 1; /* folded away */
      if (index >= blocks.length) return stop();
      at = index;
      const block = blocks[index], text = block.textContent;
      const words = new SpeechSynthesisUtterance(text);
      words.lang = block.closest("[lang]").lang;
      block.classList.add("is-spoken");
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.documentElement.dataset.motion === "off";
      block.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
      words.onboundary = (event) => {
        const length = event.charLength || /^\S*/.exec(text.slice(event.charIndex))[0].length;
        if (at === index) mark(block, event.charIndex, length);
      };
      words.onend = () => { if (at === index) speak(index + 1); };
      words.onerror = () => { if (at === index) stop(); };
      speechSynthesis.speak(words);
    };
    button.addEventListener("click", () => {
      if (at >= 0) return stop();
      button.textContent = "Stop reading";
      speak(0);
    });
    addEventListener("pagehide", stop);
  }
})();
