// Days and hours as people mean them: in a time zone, in a language, without weekends.

export const HOUR = 3600e3;
export const DAY = 24 * HOUR;

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const formats = new Map();

const partsIn = (zone, ms) => {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23",
      year: "numeric", month: "numeric", day: "numeric",
      hour: "numeric", minute: "numeric", second: "numeric",
    }));
  }
  const parts = {};
  for (const { type, value } of formats.get(zone).formatToParts(ms)) {
    parts[type] = Number(value);
  }
  return parts;
};

const offsetMinutes = (zone, ms) => {
  const p = partsIn(zone, ms);
  const local = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
  return Math.round((local - Math.floor(ms / 1000) * 1000) / 60000);
};

const two = (number) => String(number).padStart(2, "0");

/** RFC 5322: "Tue, 03 Mar 2026 10:12:00 +0100". */
export const mailDate = (ms, zone) => {
  const offset = offsetMinutes(zone, ms);
  const local = new Date(ms + offset * 60000);
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.abs(offset);
  return `${WEEKDAYS[local.getUTCDay()]}, ${two(local.getUTCDate())} ${MONTHS[local.getUTCMonth()]} ` +
    `${local.getUTCFullYear()} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:` +
    `${two(local.getUTCSeconds())} ${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
};

/** RFC 5545, UTC: "20260303T091200Z". */
export const calendarDate = (ms) =>
  new Date(ms).toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");

/** The same day at `hour` o'clock in the zone. */
export const atHour = (ms, hour, zone) => {
  const p = partsIn(zone, ms);
  const guess = Date.UTC(p.year, p.month - 1, p.day, 0, Math.round(hour * 60));
  return guess - offsetMinutes(zone, guess) * 60000;
};

const weekdayIn = (ms, zone) => new Date(ms + offsetMinutes(zone, ms) * 60000).getUTCDay();

/** Saturday and Sunday become the Monday after. */
export const skipWeekend = (ms, zone) => {
  const day = weekdayIn(ms, zone);
  return ms + (day === 6 ? 2 : day === 0 ? 1 : 0) * DAY;
};

const LOCALES = { en: "en-GB", de: "de-DE", fr: "fr-FR", es: "es-ES", ja: "ja-JP", ru: "ru-RU", zh: "zh-CN" };

/**
 * What a text may say about time, counted from the moment it is written. Days ahead that fall on
 * a weekend mean the next Monday; `any` takes them as they are.
 */
export const speak = (ms, language, zone) => {
  const locale = LOCALES[language];
  const format = (when, options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(when);
  const ahead = (days) => skipWeekend(ms + days * DAY, zone);
  return {
    ms,
    zone,
    at: (days, hour) => atHour(ahead(days), hour, zone),
    weekday: (days) => format(ahead(days), { weekday: "long" }),
    date: (days) => format(ahead(days), { day: "numeric", month: "long" }),
    full: (days) => format(ahead(days), { day: "numeric", month: "long", year: "numeric" }),
    day: (days) => format(ahead(days), { weekday: "long", day: "numeric", month: "long" }),
    any: (days) => format(ms + days * DAY, { weekday: "long", day: "numeric", month: "long" }),
    saturday: (weeks = 0) => {
      const days = (6 - weekdayIn(ms, zone) + 7) % 7 || 7;
      return format(ms + (days + weeks * 7) * DAY, { day: "numeric", month: "long" });
    },
    month: (months = 0) => format(ms + months * 30 * DAY, { month: "long" }),
    year: () => format(ms, { year: "numeric" }),
    stamp: () => format(ms, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
    numeric: (days = 0) => format(ms + days * DAY, { day: "2-digit", month: "2-digit", year: "numeric" }),
    week: () => {
      const local = new Date(ms);
      const thursday = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + 4 - (local.getUTCDay() || 7)));
      return Math.ceil(((thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY + 1) / 7);
    },
  };
};
