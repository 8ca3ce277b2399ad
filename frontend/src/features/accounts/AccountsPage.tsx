/** Where mail is read. */
import { Empty, Loading, Refused } from "../../lib/components/States";
import type { User } from "../../lib/types";
import { tellRefused } from "../../lib/undo";
import { AccountCard } from "./AccountCard";
import { ConnectMail } from "./ConnectMail";
import { useAccountChanges, useAccounts } from "./useAccounts";
import classes from "./AccountsPage.module.css";

export function AccountsPage({ user }: { user: User }) {
  const { data, isPending, error, refetch } = useAccounts();
  const { create, edit, remove } = useAccountChanges();
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <h1>Accounts</h1>
        {isPending && <Loading what="accounts" />}
        {error && !data && <Refused error={error} what="The accounts" onRetry={() => void refetch()} />}
        {data?.length === 0 && (
          <Empty icon="inbox" title="No mail is connected">
            {user.role === "admin"
              ? "Connect a folder below. It is read newest first, and nothing leaves this machine."
              : "As soon as it is, it is read newest first, and nothing leaves this machine."}
          </Empty>
        )}
        {data?.map((account) => (
          <AccountCard
            key={account.id}
            account={account}
            onEdit={(patch) => edit.mutateAsync({ id: account.id, ...patch })}
            onRemove={() => remove.mutate(account.id, { onError: tellRefused })}
          />
        ))}
        {user.role === "admin" ? (
          <ConnectMail
            busy={create.isPending}
            error={create.error}
            onConnect={(account, done) => create.mutate(account, { onSuccess: done })}
          />
        ) : (
          <p className={classes.note}>Mail that lies on the server is connected by its admin.</p>
        )}
      </div>
    </main>
  );
}
