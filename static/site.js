/* Comfort only: every page does its whole job without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  /* What is said here later is announced: its place is there from the start. */
  const box = make("div", { className: "said" });
  box.setAttribute("aria-live", "polite");
  const say = (title, text, near) => {
    if (box.nextElementSibling !== near) near.before(box);
    box.setAttribute("role", "status");
    box.classList.add("notice", "notice-care");
    box.replaceChildren(make("p", { className: "notice-title", textContent: title }), make("p", { textContent: text }));
    box.scrollIntoView({ block: "nearest" });
  };
  const unsay = () => { box.replaceChildren(); box.removeAttribute("role"); box.classList.remove("notice", "notice-care"); };
  if ($(".next")) $(".next").before(box); else $("main").append(box);

  /* Errors and verdicts take the focus, so that a screen reader starts there. Newer browsers do it themselves. */
  if (!("autofocus" in HTMLElement.prototype)) $("[data-focus]")?.focus();

  /* A page that answers a form is asked for anew, not sent again, when somebody comes back to it. */
  if ($(".summary")) history.replaceState(null, "");

  /* Show what is typed into a password field. */
  $$("[data-reveal]").forEach((input) => {
    const button = make("button", { type: "button", className: "link reveal", textContent: "Show it" });
    button.setAttribute("aria-controls", input.id);
    const name = () => button.setAttribute("aria-label", `${button.textContent}: ${input.labels[0]?.textContent.trim()}`);
    name(); /* two of them on a page are told apart */
    button.addEventListener("click", () => {
      const hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.textContent = hidden ? "Hide it" : "Show it";
      name();
    });
    input.after(button);
    input.form.addEventListener("submit", () => { input.type = "password"; });
  });

  /* What is too large to send is said while all that was typed still stands in the form. */
  $$("input[type=file][data-most]").forEach((input) => {
    const fits = () => {
      const size = [...input.files].reduce((sum, file) => sum + file.size, 0) / 1048576, most = input.dataset.most;
      if (size < most - 0.1) { unsay(); return true; }
      say("That is too big to send", `These files have ${Math.ceil(size * 10) / 10} MB together; ${most} MB is the most. Choose fewer, or smaller ones.`, input);
      return false;
    };
    input.addEventListener("change", fits);
    input.form.addEventListener("submit", (event) => { if (!fits()) { event.preventDefault(); input.focus(); } });
  });

  /* What was chosen and is not shown yet is not what the button below would make. */
  const made_of = $("form[data-as-shown]"), choosing = $("form[role=search]");
  if (made_of && choosing) {
    let shown = true;
    choosing.addEventListener("change", () => { shown = false; });
    made_of.addEventListener("submit", (event) => {
      if (shown) return;
      event.preventDefault();
      say("You have chosen something else since", "Press “Show” above and wait for its page: it says what will be in it. Nothing was made yet, and nothing is lost.", made_of);
    });
  }

  $$("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  /* The device's own way to hand on an address, where it has one. */
  $$("[data-share]").forEach((button) => {
    if (!navigator.share) return;
    button.hidden = false;
    button.addEventListener("click", () => { navigator.share({ title: document.title, url: button.dataset.share }).catch(() => {}); });
  });

  /* An answer is kept in this browser until it has arrived. */
  const keeps = $("form[data-keep]");
  if (keeps) {
    const key = `answer:${keeps.elements.for.value}:${location.pathname}`; /* each question has its own address */
    const store = {
      read() { try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } },
      write(chosen) { try { localStorage.setItem(key, JSON.stringify(chosen)); } catch { /* full or refused */ } },
    };
    const options = $$("[name^=option], [name^=option] option", keeps).filter((option) => !option.matches("select"));
    const state_of = (option) => (option.matches("option") ? "selected" : "checked");
    const chosen = () => options.filter((option) => option.value && option[state_of(option)]).map((option) => option.value);
    const kept = store.read();
    if (!chosen().length) {
      options.filter((option) => kept.includes(option.value)).forEach((option) => { option[state_of(option)] = true; });
    }
    keeps.addEventListener("change", () => store.write(chosen()));
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  } else if ($(".verdict")) {
    try {
      Object.keys(localStorage).filter((k) => k.startsWith("answer:")).forEach((k) => localStorage.removeItem(k));
    } catch { /* refused */ }
  }

  /* Whatever is pressed without a connection stays on its page, with all that was typed. A step is sent once the
     server answers, and an answer goes by itself when it does; a page that came a moment ago proves that it does. */
  const OFFLINE = "You are offline just now";
  const reachable = async () => {
    if (!navigator.onLine) return false;
    try {
      await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(8000) });
      return true;
    } catch { return false; }
  };
  /* Ticks that did not arrive are kept in this browser, and go from whichever page is opened next. `pressed`: they
     were sent, and a page of ours that comes next proves that they arrived. */
  const LATER = "later:";
  const put_off = (form, pressed) => {
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
    try { localStorage.setItem(LATER + location.pathname, JSON.stringify({ fields, pressed })); return true; } catch { return false; /* full or refused */ }
  };
  const catch_up = async () => {
    try {
      for (const key of Object.keys(localStorage).filter((one) => one.startsWith(LATER))) {
        const path = key.slice(LATER.length), kept = JSON.parse(localStorage.getItem(key)), fields = new URLSearchParams(kept.fields);
        if (kept.pressed && !$("[data-offline]")) { localStorage.removeItem(key); continue; }
        localStorage.setItem(key, JSON.stringify({ fields: kept.fields }));
        const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html"), form = $("form[data-later]", page);
        if (form?.elements.for.value !== fields.get("for")) continue; /* nobody is signed in, or somebody else */
        fields.set("csrf_token", form.elements.csrf_token.value);
        const sent = await fetch(path, { method: "POST", body: fields });
        if (!sent.ok || sent.url.includes("/sign-in")) continue;
        localStorage.removeItem(key);
        say("Your ticks are sent", "You made them without a connection. They are kept now.", $(".next") || $("main").firstElementChild);
      }
    } catch { /* no connection yet, or nothing can be kept here */ }
  };
  if (location.pathname.startsWith("/induction")) { catch_up(); addEventListener("online", catch_up); }
  const states = new WeakMap();
  const send = async (form, submitter) => {
    if (states.get(form) === "looking") return;
    states.set(form, "looking");
    const answers = form === keeps, button = submitter || $("[type=submit]", form);
    const near = button?.closest(".next, .actions") || form;
    button?.setAttribute("aria-disabled", "true");
    const looking = setTimeout(() => say("One moment", `We are looking for the connection. ${answers ? "Your answer is kept on this device." : "Nothing is lost."}`, near), 800);
    const there = await reachable();
    clearTimeout(looking);
    button?.removeAttribute("aria-disabled");
    states.set(form, there ? "sent" : "waiting");
    if (there) { unsay(); form.requestSubmit(submitter); return; }
    if (form.matches("[data-later]") && put_off(form)) return say(OFFLINE, "Your ticks are kept on this device, and we send them as soon as the connection is back.", near);
    say(OFFLINE, answers ? "Your answer is kept on this device, and we send it as soon as the connection is back. Leave this page open if you can."
      : "Nothing is lost. Press again when the connection is back.", near);
  };
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    const state = states.get(form), young = navigator.onLine && performance.now() < 15000;
    if (state === "gone") {
      event.preventDefault(); /* a second press while the first is on its way */
    } else if (state === "sent" || young || (navigator.onLine && form.method !== "post")) {
      states.set(form, form === keeps ? "gone" : "ready");
      if (form.matches("[data-later]")) put_off(form, true);
    } else {
      event.preventDefault();
      send(form, event.submitter);
    }
  });
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || navigator.onLine || event.defaultPrevented || link.origin !== location.origin) return;
    if (link.pathname === location.pathname && link.hash) return;
    event.preventDefault();
    say(OFFLINE, "Nothing is lost. Press again when the connection is back.", link.closest(".next") || $("main").firstElementChild);
  });
  if (keeps) {
    const again = () => { if (states.get(keeps) === "waiting") send(keeps); };
    addEventListener("online", again);
    setInterval(again, 10000);
  }
  /* What the worker is doing meanwhile is looked at again by itself. */
  const under_way = $("[data-again]");
  if (under_way) setTimeout(() => location.reload(), 1000 * under_way.dataset.again);
  if ($("[data-offline]")) addEventListener("online", () => location.reload());
  /* A page that cannot be fetched is ours as well: the worker has that one, and nobody's own pages. */
  if (location.pathname.startsWith("/induction")) navigator.serviceWorker?.register("/worker.js", { updateViaCache: "all" }).catch(() => {});

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
    const tool = (label) => make("button", { type: "button", className: "button button-plain", textContent: label });
    const button = tool("Read it to me"), back = tool("Back a bit");
    button.classList.add("read-aloud");
    const tools = make("p", { className: "read-tools" });
    tools.dataset.readTools = "";
    tools.append(button, back);
    const head = parts[0].matches(".verdict") ? parts[0] : $("header", parts[0]);
    if (head) head.after(tools); else if (keeps) parts.at(-1).after(tools); else parts[0].before(tools);
    let at = 0, reading = false, speaking; /* a pause keeps the place: speech that is paused comes back on few phones */
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
    const show = (now) => {
      reading = now;
      button.textContent = reading ? "Pause" : at ? "Read on" : "Read it to me";
      back.hidden = !reading && !at;
      tools.classList.toggle("is-reading", !back.hidden);
    };
    const pause = () => {
      show(false);
      speechSynthesis.cancel();
      unmark();
    };
    const seen = (index, step) => {
      while (blocks[index] && !blocks[index].getClientRects().length) index += step; /* folded away */
      return index;
    };
    const speak = (index) => {
      unmark();
      at = seen(index, 1);
      if (at >= blocks.length) { at = 0; return pause(); }
      index = at;
      show(true);
      const block = blocks[index], text = block.textContent;
      const words = new SpeechSynthesisUtterance(text);
      words.lang = block.closest("[lang]").lang;
      block.classList.add("is-spoken");
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.documentElement.dataset.motion === "off";
      block.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
      words.onboundary = (event) => {
        const length = event.charLength || /^\S*/.exec(text.slice(event.charIndex))[0].length;
        if (reading && at === index) mark(block, event.charIndex, length);
      };
      words.onend = () => { if (reading && at === index && words === speaking) speak(index + 1); };
      words.onerror = () => { if (reading && words === speaking) pause(); };
      speaking = words;
      speechSynthesis.speak(words);
    };
    button.addEventListener("click", () => {
      if (reading) return pause();
      if (!speechSynthesis.getVoices().length) return say("This browser has no voice", "Nothing can be read aloud here. The reader of your phone or computer works on every page; or try another browser.", tools);
      speak(at);
    });
    back.addEventListener("click", () => {
      speechSynthesis.cancel();
      speak(Math.max(0, seen(at - 1, -1)));
    });
    addEventListener("keydown", (event) => { if (event.key === "Escape" && reading) pause(); });
    addEventListener("pagehide", pause);
    speechSynthesis.getVoices(); /* some browsers fetch them when they are first asked for */
    show(false);
  }
})();
