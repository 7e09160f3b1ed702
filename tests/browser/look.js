// Runs in each page, after axe: `look(width)` says what is wrong with the page as it stands.
//
// A page is loaded once. At the first width axe asks everything but for colours. Of its rules only some
// depend on the width: these are asked again at each, about what may break them there. Contrast is asked
// about in each set of colours at each width, for text that is drawn in a way not yet measured: on this
// page where it was moved and lies above something else, on any page (`alreadyMeasured`) where it lies on
// its own.
(() => {
  const SCHEMES = ["light", "dark", "cream"];
  const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const OF_WIDTH = ["target-size", "scrollable-region-focusable"];
  const OF_COLOURS = ["color-contrast", "link-in-text-block"];
  const PHONES = 767, TOUCH = 44, POINTER = 24; // WCAG asks for 24 points, we for 44 on phones
  const root = document.documentElement;
  const asServed = root.dataset.scheme;
  const UNPAINTED = "rgba(0, 0, 0, 0),none,1", HERE = "/on this page";
  const TARGETS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const measured = new Set(); // ways in which text is drawn
  let first = true; // nothing was asked here yet
  let words, lying; // at one width: what has words in it, and where those lie that were moved

  const named = (element) => [element.localName, ...element.classList].join(".");
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });

  async function axeFinds(runOnly, context = document) {
    const options = { runOnly, resultTypes: ["violations"], preload: false };
    if (runOnly.type === "tag") {
      options.rules = { "target-size": { enabled: true } };
      for (const rule of OF_COLOURS) options.rules[rule] = { enabled: false };
    }
    const { violations } = await axe.run(context, options);
    return violations.flatMap((fault) => fault.nodes.map((node) =>
      `${root.dataset.scheme}: ${fault.id} at ${node.target.join(" ")}: ${node.failureSummary}`));
  }

  // Ways in which text is drawn now, each with an element: contrast depends on nothing else.
  function drawings() {
    const found = new Map(), grounds = new Map([[null, { paints: "", painted: root, moved: false }]]);
    for (const [element, texts] of words) {
      const style = getComputedStyle(element);
      const paint = [style.backgroundColor, style.backgroundImage, style.opacity].join();
      let ground = grounds.get(element.parentElement);
      if (paint !== UNPAINTED) {
        ground = { ...ground, paints: `${ground.paints}/${paint}`, painted: element };
      }
      if (!ground.moved && moved(element, style)) ground = { ...ground, moved: true };
      grounds.set(element, ground);
      if (!texts.length || !shown(element)) continue;
      const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
      const here = ground.moved && astray(element, texts, ground.painted) ? HERE : "";
      const drawing = `${ground.paints}${here}/${style.color}/${large}`;
      if (!found.has(drawing)) found.set(drawing, element);
    }
    return found;
  }

  // What has words in it, each after what is around it, with the texts that stand in itself.
  function saying() {
    const found = new Map();
    const around = (element) => {
      if (!element || found.has(element)) return;
      around(element.parentElement);
      found.set(element, []);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (!text.data.trim()) continue;
      around(text.parentElement);
      found.get(text.parentElement).push(text);
    }
    return found;
  }

  // Whether it may lie above what is not around it; what is there for ears alone covers nothing.
  function moved(element, style) {
    const set = style.position === "relative" ? /[1-9]/.test(style.inset) : style.position !== "static";
    if (!set && style.transform === "none" && style.translate === "none" && style.float === "none"
        && !style.margin.includes("-")) return false;
    const { width, height, right, bottom } = element.getBoundingClientRect();
    return width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0;
  }

  // Whether words of what was moved lie on anything but the ground that is painted around them. Where they
  // lie is looked up once at each width: colours move nothing.
  function astray(element, texts, painted) {
    if (!lying.has(element)) {
      const boxes = texts.flatMap((text) => {
        const range = document.createRange();
        range.selectNodeContents(text);
        return [...range.getClientRects()];
      });
      lying.set(element, { boxes, above: covers(boxes, element) });
    }
    const { boxes, above } = lying.get(element);
    return above || leaves(boxes, painted);
  }

  function leaves(boxes, painted) {
    if (painted === root || painted === document.body) return false; // these are painted everywhere
    const ground = painted.getBoundingClientRect();
    return boxes.some((box) => box.left < ground.left || box.right > ground.right
      || box.top < ground.top || box.bottom > ground.bottom);
  }

  const covers = (boxes, element) => [...document.body.querySelectorAll("*")].some((other) => {
    const over = other.getBoundingClientRect();
    return boxes.some((box) => overlap(box, over))
      && !other.contains(element) && !element.contains(other);
  });

  const overlap = (one, other) => one.left < other.right && other.left < one.right
    && one.top < other.bottom && other.top < one.bottom;

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

  const targets = () => [...document.querySelectorAll(TARGETS)].filter(shown);

  const inSentence = (target) => getComputedStyle(target).display === "inline"
    && target.parentElement.textContent.trim().length > target.textContent.trim().length;

  function small(high) {
    const boxes = (target) => [target, ...(/radio|checkbox/.test(target.type) ? target.labels : [])]
      .map((element) => element.getBoundingClientRect());
    return targets().filter((target) => !target.matches(".skip, .hidden") && !inSentence(target)
        && !boxes(target).some((box) => box.height > high - 0.5 && box.width > POINTER - 0.5))
      .map((target) => `${named(target)} “${target.textContent.trim() || target.name}”`
        + ` is a target of ${boxes(target).map((b) => [b.width | 0, b.height | 0].join(" × "))}`);
  }

  // What may break a rule at this width: what scrolls, and targets that are small or partly covered.
  function doubtful() {
    const scrolls = [...document.querySelectorAll("body, body *")].filter((element) =>
      (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight)
      && /auto|scroll/.test(getComputedStyle(element).overflow));
    const aims = targets().filter((target) => !inSentence(target));
    const boxes = new Map(aims.map((target) => [target, target.getBoundingClientRect()]));
    const covered = (target, box) =>
      aims.some((other) => other !== target && overlap(box, boxes.get(other)));
    return [...scrolls, ...aims.filter((target) => {
      const box = boxes.get(target);
      return box.width < POINTER || box.height < POINTER || covered(target, box);
    })];
  }

  async function widthFinds() {
    const include = doubtful();
    return include.length ? axeFinds({ type: "rule", values: OF_WIDTH }, { include }) : [];
  }

  globalThis.look = async (width) => {
    const found = [];
    root.dataset.scheme = SCHEMES[0];
    [words, lying] = [saying(), new Map()];
    if (first) {
      first = false;
      [...document.querySelectorAll("details")].slice(0, 3).forEach((fold) => { fold.open = true; });
      found.push(...await axeFinds({ type: "tag", values: TAGS }));
    } else {
      found.push(...await widthFinds());
    }
    for (const scheme of SCHEMES) {
      root.dataset.scheme = scheme;
      found.push(...await contrast());
    }
    root.dataset.scheme = asServed;
    found.push(...sideways(), ...small(width > PHONES ? POINTER : TOUCH), ...twiceAsLarge());
    return found.map((fault) => `at ${width}, ${fault}`);
  };

  // What was measured on other pages; and what on this one, which other pages need not measure.
  globalThis.alreadyMeasured = (elsewhere) => elsewhere.forEach((drawing) => measured.add(drawing));
  globalThis.measuredForAll = () => [...measured].filter((drawing) => !drawing.includes(HERE));

  // In a task of its own: other pages look at themselves meanwhile.
  globalThis.startLooking = (width) => {
    globalThis.looking = new Promise((done) => { setTimeout(() => done(look(width))); });
  };
})();
