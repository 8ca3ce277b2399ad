/**
 * Who is signed in. The access token lives in memory alone; the refresh token is a cookie that
 * no script can read. A refresh token works once, so one renewal runs at a time in this tab,
 * and, by a lock of the browser, in all its tabs.
 */
import * as api from "./api";
import { Problem, setTokenSource } from "./http";
import { createStore } from "./store";
import type { Session, User } from "./types";

export type SessionState =
  | { phase: "starting" }
  | { phase: "out"; problem: Problem | null }
  | { phase: "in"; user: User };

/** Renewed this long before the end, so that no call meets an expired token. */
const EARLY_S = 60;

export const sessionState = createStore<SessionState>({ phase: "starting" });

let token: string | null = null;
let renewing: Promise<string> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function enter(session: Session): string {
  token = session.accessToken;
  clearTimeout(timer);
  const waitS = Math.max(session.expiresInS - EARLY_S, session.expiresInS / 2);
  timer = setTimeout(() => void renew().catch(() => undefined), waitS * 1000);
  const now = sessionState.get();
  const same = now.phase === "in" && now.user.id === session.user.id;
  if (!same) sessionState.set({ phase: "in", user: session.user });
  return session.accessToken;
}

function leave(problem: Problem | null): void {
  token = null;
  clearTimeout(timer);
  sessionState.set({ phase: "out", problem });
}

async function alone(work: () => Promise<Session>): Promise<Session> {
  return navigator.locks ? navigator.locks.request("jackdaw-refresh", work) : work();
}

function refreshed(): Promise<string> {
  renewing ??= alone(api.refresh)
    .then(enter)
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

/** As refreshed; a refusal ends the session. */
async function renew(): Promise<string> {
  try {
    return await refreshed();
  } catch (error) {
    if (error instanceof Problem && !error.passing) leave(null);
    throw error;
  }
}

/** The access token, or a newer one than `stale`. */
export async function accessToken(stale?: string): Promise<string> {
  return token !== null && token !== stale ? token : renew();
}

setTokenSource(accessToken);

/** On load: by the link if there is one, else by the cookie. */
export async function start(link: string | null): Promise<void> {
  try {
    if (link) enter(await api.exchangeLink(link));
    else await renew();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (link) await afterBadLink(error);
    else leave(error.passing ? error : null);
  }
}

/** A used link is no harm to who is signed in already. */
async function afterBadLink(problem: Problem): Promise<void> {
  try {
    await refreshed();
  } catch {
    leave(problem);
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  enter(await api.login(username, password));
}

export async function signOut(): Promise<void> {
  await api.logout();
  leave(null);
}
