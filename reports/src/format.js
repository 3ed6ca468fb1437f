// Numbers and times for people. Amounts are BigInt throughout: no digit is lost on the way to the page.

export const NONE = "\u2013";
const MINUS = "\u2212";

const grouped = (digits) => digits.replace(/\B(?=(?:\d{3})+$)/g, ",");

function parts(value, unit) {
  const size = value < 0n ? -value : value;
  const text = size.toString().padStart(unit.digits + 1, "0");
  const whole = text.slice(0, text.length - unit.digits);
  return { sign: value < 0n ? MINUS : "", whole, decimals: text.slice(text.length - unit.digits) };
}

/** What a cell shows: decimals cut toward zero, and whether some that are not zero were cut. */
export function shown(value, unit) {
  const { sign, whole, decimals } = parts(value, unit);
  let places = unit.places;
  if (whole === "0" && value !== 0n) places = Math.max(places, decimals.search(/[1-9]/) + unit.significant);
  const kept = decimals.slice(0, places);
  const text = sign + grouped(whole) + (kept ? `.${kept}` : "");
  return { text, cut: /[1-9]/.test(decimals.slice(places)) };
}

/** The exact number and the integer behind it, as a title tells them. */
export function title(value, unit) {
  if (unit.digits === 0) return value.toString();
  const { sign, whole, decimals } = parts(value, unit);
  const rest = decimals.replace(/0+$/, "");
  const exact = sign + grouped(whole) + (rest ? `.${rest}` : "");
  return `${exact}${unit.name ? ` ${unit.name}` : ""} = ${value} ${unit.raw}`.trimEnd();
}

/** As one line of text, the ellipsis included. */
export function text(value, unit) {
  if (value === null) return NONE;
  const { text: number, cut } = shown(value, unit);
  return number + (cut ? "\u2026" : "") + (unit.name === "%" ? " %" : unit.name ? ` ${unit.name}` : "");
}

/** For positions of marks only; what is read comes from the integer itself. */
export const position = (value, unit) => Number(value) / 10 ** unit.digits;

/** "2024-08-05 01:10:24" of unix seconds. */
export function utc(at) {
  const date = new Date(at * 1000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999
    ? String(at)
    : date.toISOString().slice(0, 19).replace("T", " ");
}
