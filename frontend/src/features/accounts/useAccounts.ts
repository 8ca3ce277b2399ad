/** The accounts and what can be done with them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createAccount, listAccounts, patchAccount, removeAccount } from "../../lib/api";
import { keys } from "../../lib/keys";
import type { NewAccount } from "../../lib/types";

export const useAccounts = () =>
  useQuery({ queryKey: keys.accounts, queryFn: ({ signal }) => listAccounts(signal) });

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
