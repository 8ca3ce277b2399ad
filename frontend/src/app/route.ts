/** The address is state: page, filter and open message are read from it and written to it. */
import { createStore } from "../lib/store";
import { categories, type Category, type MessageFilter } from "../lib/types";

export type Route =
  | { page: "inbox"; filter: MessageFilter; message: string | null }
  | { page: "accounts" }
  | { page: "signin"; link: string | null };

export const everything: MessageFilter = { category: null, account: null, unread: false, q: "" };

const idPattern = /^[0-9A-HJKMNP-TV-Z]{13}$/i;

const asId = (text: string | null): string | null => (text && idPattern.test(text) ? text : null);

function asCategory(text: string | null): Category | null {
  return categories.find((category) => category === text) ?? null;
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const query = new URLSearchParams(search);
  if (path === "signin") return { page: "signin", link: query.get("link") };
  if (path === "accounts") return { page: "accounts" };
  const q = query.get("q")?.slice(0, 400) ?? "";
  const filter: MessageFilter = q
    ? { ...everything, q }
    : {
        category: asCategory(query.get("category")),
        account: asId(query.get("account")),
        unread: query.has("unread"),
        q,
      };
  return { page: "inbox", filter, message: asId(query.get("message")) };
}

export function formatRoute(route: Route): string {
  if (route.page !== "inbox") return `#/${route.page}`;
  const { category, account, unread, q } = route.filter;
  const query = new URLSearchParams();
  if (q) query.set("q", q);
  else {
    if (category) query.set("category", category);
    if (account) query.set("account", account);
    if (unread) query.set("unread", "1");
  }
  if (route.message) query.set("message", route.message);
  return query.size ? `#/inbox?${query}` : "#/inbox";
}

export const route = createStore<Route>(parseRoute(location.hash));

window.addEventListener("hashchange", () => route.set(parseRoute(location.hash)));

/** `replace`: the way back does not lead here, as when moving from message to message. */
export function go(to: Route, replace = false): void {
  const hash = formatRoute(to);
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  route.set(to);
}
