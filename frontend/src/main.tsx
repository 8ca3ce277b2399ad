import "./app/library.css";
import "./app/app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { createQueries } from "./app/queries";
import { everything, go, route, type Route } from "./app/route";
import { start } from "./lib/session";

/** A link signs in once: it leaves the address and the history before anything else happens. */
function takeLink(place: Route): string | null {
  if (place.page !== "signin") return null;
  go({ page: "inbox", filter: everything, message: null }, true);
  return place.link;
}

route.subscribe(() => {
  const link = takeLink(route.get());
  if (link) void start(link);
});

void start(takeLink(route.get()));

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App queries={createQueries()} />
  </StrictMode>,
);
