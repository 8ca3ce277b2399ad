/** How the app asks: events keep the cache fresh, so nothing grows old by itself. */
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "../lib/http";

const TRIES = 2;

export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) => failures < TRIES && error instanceof Problem && error.passing,
      },
      mutations: { retry: false },
    },
  });
}
