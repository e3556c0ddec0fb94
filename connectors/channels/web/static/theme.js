// Light or dark: as the system says, until somebody chooses. Runs before the page is drawn.
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
}

function choose(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}

choose(localStorage.getItem("theme"));

document.addEventListener("DOMContentLoaded", () => {
  const toggle = document.getElementById("theme");
  const show = () => toggle.setAttribute("aria-pressed", String(isDark()));
  toggle.addEventListener("click", () => {
    choose(isDark() ? "light" : "dark");
    localStorage.setItem("theme", root.dataset.theme);
    show();
  });
  systemIsDark.addEventListener("change", show);
  show();
});
