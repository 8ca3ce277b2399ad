/** Who is signed in sees the app; everyone else the door. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { AccountsPage } from "../features/accounts/AccountsPage";
import { SignIn } from "../features/signin/SignIn";
import { UndoBar } from "../features/undo/UndoBar";
import { useUndo } from "../features/undo/useUndo";
import { openLine, type Line } from "../lib/events";
import { createLive } from "../lib/live";
import { accessToken, sessionState } from "../lib/session";
import { useShortcuts } from "../lib/shortcuts";
import { useStore } from "../lib/store";
import { theme } from "../lib/theme";
import type { User } from "../lib/types";
import { KeysHelp } from "./KeysHelp";
import { MailPage } from "./MailPage";
import { everything, go, route } from "./route";
import { Shell } from "./Shell";

function useLine() {
  const client = useQueryClient();
  const line = useRef<Line | null>(null);
  useEffect(() => {
    const live = createLive(client);
    line.current = openLine({ token: accessToken, onEvent: live.onEvent, onReload: live.onReload });
    return () => {
      line.current?.close();
      live.close();
    };
  }, [client]);
  return () => line.current?.retry();
}

function SignedIn({ user }: { user: User }) {
  const place = useStore(route);
  const retry = useLine();
  const undo = useUndo();
  const [keysShown, setKeysShown] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const toAllMail = (): void => go({ page: "inbox", filter: everything, message: null });
  useShortcuts({
    z: undo,
    g: toAllMail,
    "?": () => setKeysShown(true),
    "/": () => {
      if (place.page !== "inbox") flushSync(toAllMail);
      search.current?.focus();
    },
  });
  return (
    <Shell user={user} place={place} onKeys={() => setKeysShown(true)} onRetry={retry}>
      {place.page === "accounts" ? (
        <AccountsPage user={user} />
      ) : (
        <MailPage
          place={place.page === "inbox" ? place : { page: "inbox", filter: everything, message: null }}
          searchRef={search}
        />
      )}
      <UndoBar onUndo={undo} />
      <KeysHelp shown={keysShown} onClose={() => setKeysShown(false)} />
    </Shell>
  );
}

function Door() {
  const state = useStore(sessionState);
  const client = useQueryClient();
  useEffect(() => {
    // Nothing of one reader stays for the next.
    if (state.phase === "out") client.clear();
  }, [state.phase, client]);
  if (state.phase === "starting") return null;
  return state.phase === "out" ? <SignIn problem={state.problem} /> : <SignedIn user={state.user} />;
}

export function App({ queries }: { queries: QueryClient }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Door />
      </QueryClientProvider>
    </MantineProvider>
  );
}
