/** What every ordinary page can do: light or dark, copy buttons, leaving nothing behind on signing out. */

const YEAR = 31536000;

/** The theme in force, whether chosen or the system's. */
function shownTheme(root) {
  if (["light", "dark"].includes(root.dataset.theme)) return root.dataset.theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** A cookie, not local storage: the server then renders the right theme at once, without a flash. */
function toggleTheme() {
  const root = document.documentElement;
  root.dataset.theme = shownTheme(root) === "dark" ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${YEAR}; samesite=lax`;
}

/** Copies the text or value of the element that data-copy names, and says so on the button. */
async function copyFrom(button) {
  const from = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(from.value ?? from.textContent.trim());
  const label = button.textContent;
  button.textContent = `✓ ${label}`;
  setTimeout(() => { button.textContent = label; }, 1500);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) toggleTheme();
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
});

function hasKept() {
  try { return localStorage.getItem("vouch:kept") !== null; } catch { return true; }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-sign-out]");
  if (!form || !hasKept()) return;
  event.preventDefault();
  const { signOut } = await import("./offline.js");
  signOut(form);
});
