/** Times as people say them. `now` and the place are arguments, so that tests can fix them. */

export interface Place {
  locale?: string;
  timeZone?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, place: Place, options: Intl.DateTimeFormatOptions): string {
  const all = place.timeZone ? { ...options, timeZone: place.timeZone } : options;
  const key = `${place.locale ?? ""} ${JSON.stringify(all)}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(place.locale, all);
    formats.set(key, made);
  }
  return made.format(date);
}

/** "2026-03-01" of that moment at that place. */
function dayOf(date: Date, place: Place): string {
  return format(date, { ...place, locale: "sv-SE" }, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** For a list: the time today, the day this year, else the date. */
export function shortTime(date: Date, now: Date, place: Place = {}): string {
  const day = dayOf(date, place);
  const today = dayOf(now, place);
  if (day === today) return format(date, place, { hour: "2-digit", minute: "2-digit" });
  if (day.slice(0, 4) === today.slice(0, 4)) return format(date, place, { day: "numeric", month: "short" });
  return format(date, place, { day: "numeric", month: "short", year: "numeric" });
}

/** For a reader: the whole of it. */
export function longTime(date: Date, place: Place = {}): string {
  return format(date, place, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

export interface Due {
  text: string;
  late: boolean;
}

function dayName(day: string, today: string, place: Place): string {
  const noon = new Date(`${day}T12:00:00Z`);
  const apart = Math.round((noon.getTime() - new Date(`${today}T12:00:00Z`).getTime()) / DAY_MS);
  if (apart === 0) return "today";
  if (apart === 1) return "tomorrow";
  if (apart === -1) return "yesterday";
  const utc = { ...place, timeZone: "UTC" };
  if (apart > 1 && apart < 7) return format(noon, utc, { weekday: "long" });
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return format(noon, utc, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

/** When a task is due; `dueDate` is a day on which no time was said. Null: whenever. */
export function dueTime(
  due: Date | null,
  dueDate: string | null,
  now: Date,
  place: Place = {},
): Due | null {
  const today = dayOf(now, place);
  if (dueDate) return { text: dayName(dueDate, today, place), late: dueDate < today };
  if (!due) return null;
  const time = format(due, place, { hour: "2-digit", minute: "2-digit" });
  return { text: `${dayName(dayOf(due, place), today, place)}, ${time}`, late: due < now };
}

/** How long ago, roughly. */
export function agoTime(date: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}
