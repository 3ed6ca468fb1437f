// How a picture is read: what the pointer or the arrow keys reach is told below it.

import { text, utc } from "../format.js";
import { element } from "../tables.js";
import { date } from "./frame.js";

/** The last index whose time is not after `at`; -1 where all are. */
function lastBefore(times, at) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * A line that follows the pointer, or the arrow keys, and tells what every series is at that time.
 *
 * @param series [{name, colour, times, values, unit}], times in seconds
 */
export function follow(figure, chart, series) {
  const told = figure.querySelector(".readout");
  const all = [...new Set(series.flatMap(({ times }) => times))].sort((a, b) => a - b);
  if (all.length === 0) return chart;
  const scale = chart.scale("x");
  const [top, bottom] = [...chart.scale("y").range].sort((a, b) => a - b);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [key, value] of [["y1", top], ["y2", bottom], ["class", "cursor"], ["visibility", "hidden"]]) line.setAttribute(key, value);
  chart.append(line);
  let now = -1;
  const show = (index) => {
    now = Math.max(0, Math.min(all.length - 1, index));
    const at = all[now];
    const x = scale.apply(date(at));
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", "visible");
    const parts = [element("b", {}, utc(at))];
    for (const { name, colour: ink, times, values, unit } of series) {
      const place = lastBefore(times, at);
      if (place < 0) continue;
      const key = element("span", { class: "key" });
      key.style.setProperty("--key", ink);
      parts.push(element("span", { class: "told" }, key, `${name} ${text(values[place], unit)}`));
    }
    told.replaceChildren(...parts);
  };
  const hide = () => {
    line.setAttribute("visibility", "hidden");
    told.replaceChildren(told.dataset.idle ?? "");
  };
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) * chart.viewBox.baseVal.width) / box.width;
    show(lastBefore(all, scale.invert(x) / 1000));
  });
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.setAttribute("tabindex", "0");
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -all.length, End: all.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(now + step);
  });
  return chart;
}

export function seriesOf(rows, name, ink, key, unit) {
  return { name, colour: ink, times: rows.map(({ at }) => at), values: rows.map((row) => row[key]), unit };
}

/** Tells the item nearest to the pointer, or that the arrow keys reach. */
export function pick(figure, chart, items, place, tell) {
  const told = figure.querySelector(".readout");
  told.textContent = told.dataset.idle;
  const ordered = [...items].sort((a, b) => place(a) - place(b));
  if (ordered.length === 0) return chart;
  const scale = chart.scale("x");
  let now = 0;
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = scale.invert(((event.clientX - box.left) * chart.viewBox.baseVal.width) / box.width);
    now = ordered.reduce((best, item, i) => (Math.abs(place(item) - x) < Math.abs(place(ordered[best]) - x) ? i : best), 0);
    tell(ordered[now]);
  });
  chart.addEventListener("pointerleave", () => {
    told.textContent = told.dataset.idle;
  });
  chart.setAttribute("tabindex", "0");
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    now = Math.max(0, Math.min(ordered.length - 1, now + step));
    tell(ordered[now]);
  });
  return chart;
}
