/**
 * The one fetch and the one error class.
 *
 *     const page = await call<Wire>("GET", "/api/v1/messages", { query: { limit: 50 } });
 *
 * A call carries the access token of the session and is made a second time, once, when the
 * server no longer takes it. Every failure is a Problem with a sentence for people.
 */

/** What the server refused (RFC 9457), or status 0: it did not answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly field: string | null = null,
  ) {
    super(detail || title);
    this.name = "Problem";
  }

  /** Trying again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Gives the access token, or a newer one than `stale`. Rejects when nobody is signed in. */
export type TokenSource = (stale?: string) => Promise<string>;

let tokens: TokenSource | null = null;

/** Set once, by the session. */
export function setTokenSource(source: TokenSource): void {
  tokens = source;
}

type Query = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** False: the call signs in and carries no token. */
  signed?: boolean;
}

function address(path: string, query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  return search.size ? `${path}?${search}` : path;
}

async function readProblem(response: Response): Promise<Problem> {
  const told: unknown = await response.json().catch(() => null);
  const text = (name: string): string => {
    const value = told && typeof told === "object" ? Reflect.get(told, name) : null;
    return typeof value === "string" ? value : "";
  };
  const title = text("title") || response.statusText || `Status ${response.status}`;
  return new Problem(response.status, title, text("detail"), text("field") || null);
}

async function send(method: string, path: string, options: CallOptions, token: string | null) {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
      credentials: "same-origin",
      // A sign-in that rotates must reach its end even when the page goes away meanwhile.
      keepalive: options.signed === false,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, "No answer", "The server does not answer. Your changes are not lost; try again.");
  }
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const source = options.signed === false ? null : tokens;
  let token = source ? await source() : null;
  let response = await send(method, path, options, token);
  if (response.status === 401 && source && token) {
    token = await source(token);
    response = await send(method, path, options, token);
  }
  if (!response.ok) throw await readProblem(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
