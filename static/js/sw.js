/**
 * The service worker: keeps the desk's assets and its empty shell, so that it opens without network.
 * Texts, cards and judgements are never in its caches. SHELL stands above this by the server.
 */

const { version, assets, signOut } = self.SHELL;
const CACHE = `vouch-${version}`;
const DESK = /^\/p\/[^/]+\/review\/(?:[^/]+\/)?$/;

async function drop(kept = null) {
  for (const name of await caches.keys()) if (name !== kept) await caches.delete(name);
}

/** Fetches the shell of a desk: its page without any card. */
async function keep(path) {
  const response = await fetch(`${path}?shell=1`, { credentials: "same-origin" });
  if (!response.ok || response.redirected || !DESK.test(path)) return false;
  await (await caches.open(CACHE)).put(path, response);
  return true;
}

async function asset(request) {
  return await (await caches.open(CACHE)).match(request.url, { ignoreVary: true }) ?? fetch(request);
}

/** The server's page, else the shell that is kept. */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(new URL(request.url).pathname, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(assets)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(drop(CACHE).then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  event.waitUntil(keep(event.data.keep).catch(() => false).then((isKept) => event.ports[0]?.postMessage(isKept)));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.method === "POST" && url.pathname === signOut) event.waitUntil(drop());
  else if (event.request.method !== "GET") return;
  else if (event.request.mode === "navigate" && DESK.test(url.pathname)) event.respondWith(page(event.request));
  else if (assets.includes(url.pathname)) event.respondWith(asset(event.request));
});
