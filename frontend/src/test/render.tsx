/** Shows a part of the app as the app does: theme, queries, and a signed-in reader. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createQueries } from "../app/queries";
import { setTokenSource } from "../lib/http";
import { theme } from "../lib/theme";

/** Queries as the app has them, but a refusal shows at once. */
export function testQueries(): QueryClient {
  const queries = createQueries();
  queries.setDefaultOptions({ ...queries.getDefaultOptions(), queries: { ...queries.getDefaultOptions().queries, retry: false } });
  return queries;
}

export function show(part: ReactNode, queries = testQueries()) {
  setTokenSource(async () => "token");
  const view = render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>{part}</QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, queries };
}
