/** The accounts and what can be done with them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createAccount, listAccounts, listRejected, patchAccount, removeAccount } from "../../lib/api";
import { keys } from "../../lib/keys";
import type { NewAccount } from "../../lib/types";

export const useAccounts = () =>
  useQuery({ queryKey: keys.accounts, queryFn: ({ signal }) => listAccounts(signal) });

export const useRejected = (accountId: string) =>
  useInfiniteQuery({
    queryKey: keys.rejectedOf(accountId),
    queryFn: ({ pageParam, signal }) => listRejected(accountId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export function useAccountChanges() {
  const client = useQueryClient();
  const onSuccess = (): void => {
    void client.invalidateQueries({ queryKey: keys.accounts });
    void client.invalidateQueries({ queryKey: keys.counts });
  };
  return {
    create: useMutation({ mutationFn: (account: NewAccount) => createAccount(account), onSuccess }),
    edit: useMutation({
      mutationFn: ({ id, ...patch }: { id: string; address?: string; timeZone?: string }) =>
        patchAccount(id, patch),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: (id: string) => removeAccount(id), onSuccess }),
  };
}
