"use strict";
// Draws the charts, and makes the buttons work. Everything is readable without it: the tables are
// in the page, and all wins are shown.

const root = document.documentElement;

const themes = ["system", "light", "dark"];
const themeButton = document.getElementById("theme");
let theme = 0;
themeButton.addEventListener("click", () => {
  theme = (theme + 1) % themes.length;
  root.dataset.theme = themes[theme];
  themeButton.textContent = `Theme: ${themes[theme]}`;
});

const tablesButton = document.getElementById("tables");
const showTables = (open) => {
  for (const details of document.querySelectorAll("figure details")) details.open = open;
  tablesButton.setAttribute("aria-pressed", String(open));
  tablesButton.textContent = open ? "Hide all tables" : "Show all tables";
};
tablesButton.addEventListener("click", () => {
  showTables(tablesButton.getAttribute("aria-pressed") !== "true");
});

const choice = document.getElementById("choose-win");
const wins = [...document.querySelectorAll("article.win")];
const showWin = (name) => {
  for (const win of wins) win.classList.toggle("away", win.id !== name);
};
if (choice) {
  choice.addEventListener("change", () => showWin(choice.value));
  showWin(choice.value);
}

const draw = async (source) => {
  const place = document.getElementById(source.dataset.chart);
  const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, hover: false };
  try {
    await window.vegaEmbed(place, JSON.parse(source.textContent), options);
  } catch (error) {
    place.textContent = "This chart could not be drawn; the table below has its data.";
    console.error(error);
  }
};
Promise.all([...document.querySelectorAll("script[data-chart]")].map(draw)).then(() => {
  root.dataset.drawn = "yes";
});
