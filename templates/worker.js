/* Says that there is no connection, in place of the browser's own page. Only what SHELL names is kept here, as
   anybody gets it who is not signed in: a page that is somebody's own never is. */
const SHELL = {{ shell|tojson }}, EDITION = {{ edition|tojson }};
const OFFLINE = SHELL[0];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(EDITION).then((cache) => cache.addAll(
    SHELL.map((address) => new Request(address, { credentials: "omit", cache: "reload" })))));
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const editions = await caches.keys();
    await Promise.all(editions.filter((name) => name !== EDITION).map((name) => caches.delete(name)));
    await registration.navigationPreload?.enable(); /* the page is asked for while this starts */
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { request } = event, { pathname } = new URL(request.url);
  if (request.method !== "GET" && !pathname.startsWith("/induction")) return;
  if (request.mode === "navigate") {
    event.respondWith((async () => {
      try { return (await event.preloadResponse) || (await fetch(request)); } catch { return caches.match(OFFLINE); }
    })());
  } else if (SHELL.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept || fetch(request)));
  }
});
