// Runs in each page, after axe: `look(width)` says what is wrong with the page as it stands.
//
// A page is loaded once. At the first width, in the first set of colours, axe asks everything. Of its
// rules only some depend on the width, and only some on colours: these are asked again at each width,
// and in each set of colours at each width for text that is drawn in a way not yet measured here.
(() => {
  const SCHEMES = ["light", "dark", "cream"];
  const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const OF_WIDTH = ["target-size", "scrollable-region-focusable"];
  const OF_COLOURS = ["color-contrast", "link-in-text-block"];
  const PHONES = 767, TOUCH = 44, POINTER = 24; // WCAG asks for 24 points, we for 44 on phones
  const root = document.documentElement;
  const asServed = root.dataset.scheme;
  const measured = new Set(); // ways in which text is drawn

  const named = (element) => [element.localName, ...element.classList].join(".");
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });

  async function axeFinds(runOnly, context = document) {
    const options = { runOnly, resultTypes: ["violations"], preload: false };
    if (runOnly.type === "tag") options.rules = { "target-size": { enabled: true } };
    const { violations } = await axe.run(context, options);
    return violations.flatMap((fault) => fault.nodes.map((node) =>
      `${root.dataset.scheme}: ${fault.id} at ${node.target.join(" ")}: ${node.failureSummary}`));
  }

  // Ways in which text is drawn now, each with an element: contrast depends on nothing else.
  function drawings() {
    const found = new Map(), grounds = new Map([[null, ""]]);
    for (const element of document.querySelectorAll("html, body, body *")) {
      const style = getComputedStyle(element);
      const ground = grounds.get(element.parentElement)
        + `/${[style.backgroundColor, style.backgroundImage, style.opacity]}`;
      grounds.set(element, ground);
      const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
      if (!says || !shown(element)) continue;
      const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
      const drawing = `${ground}/${style.color}/${large}`;
      if (!found.has(drawing)) found.set(drawing, element);
    }
    return found;
  }

  async function contrast() {
    const fresh = [...drawings()].filter(([drawing]) => !measured.has(drawing));
    fresh.forEach(([drawing]) => measured.add(drawing));
    if (!fresh.length) return [];
    const include = fresh.map(([, element]) => element);
    return axeFinds({ type: "rule", values: OF_COLOURS }, { include });
  }

  function sideways() {
    if (root.scrollWidth <= innerWidth) return [];
    const out = [...document.body.querySelectorAll("*")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width && box.right > innerWidth + 1 && !element.closest(".hidden, .skip");
    });
    return [`${root.scrollWidth} points wide in ${innerWidth}: ${out.slice(-2).map(named)}`];
  }

  function twiceAsLarge() {
    root.style.fontSize = "200%";
    const found = sideways();
    root.style.fontSize = "";
    return found.map((fault) => `with letters twice as large: ${fault}`);
  }

  function small(high) {
    const targets = document.querySelectorAll(
      "a[href], button, input:not([type=hidden]), select, textarea, summary");
    const inSentence = (target) => getComputedStyle(target).display === "inline"
      && target.parentElement.textContent.trim().length > target.textContent.trim().length;
    const boxes = (target) => [target, ...(/radio|checkbox/.test(target.type) ? target.labels : [])]
      .map((element) => element.getBoundingClientRect());
    return [...targets].filter((target) => shown(target)
        && !target.matches(".skip, .hidden") && !inSentence(target)
        && !boxes(target).some((box) => box.height > high - 0.5 && box.width > POINTER - 0.5))
      .map((target) => `${named(target)} “${target.textContent.trim() || target.name}”`
        + ` is a target of ${boxes(target).map((b) => [b.width | 0, b.height | 0].join(" × "))}`);
  }

  globalThis.look = async (width) => {
    const found = [];
    root.dataset.scheme = SCHEMES[0];
    if (!measured.size) {
      [...document.querySelectorAll("details")].slice(0, 3).forEach((fold) => { fold.open = true; });
      found.push(...await axeFinds({ type: "tag", values: TAGS }));
      for (const drawing of drawings().keys()) measured.add(drawing);
    } else {
      found.push(...await axeFinds({ type: "rule", values: OF_WIDTH }));
    }
    for (const scheme of SCHEMES) {
      root.dataset.scheme = scheme;
      found.push(...await contrast());
    }
    root.dataset.scheme = asServed;
    found.push(...sideways(), ...twiceAsLarge(), ...small(width > PHONES ? POINTER : TOUCH));
    return found.map((fault) => `at ${width}, ${fault}`);
  };

  // In a task of its own: other pages look at themselves meanwhile.
  globalThis.startLooking = (width) => {
    globalThis.looking = new Promise((done) => { setTimeout(() => done(look(width))); });
  };
})();
