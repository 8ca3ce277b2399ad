/** Mails of which nothing could be made, each with the reason; asked for when somebody looks. */
import { UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import { Loading, Refused } from "../../lib/components/States";
import { longTime } from "../../lib/time";
import { useRejected } from "./useAccounts";
import classes from "./RejectedMails.module.css";

function Reasons({ accountId }: { accountId: string }) {
  const { data, isPending, error, refetch, hasNextPage, isFetching, fetchNextPage } = useRejected(accountId);
  if (isPending) return <Loading what="reasons" />;
  if (!data) return <Refused error={error} what="The reasons" onRetry={() => void refetch()} />;
  return (
    <>
      <ul className={classes.list}>
        {data.pages.flatMap(({ items }) =>
          items.map(({ key, mailbox, received, reason }) => (
            <li key={`${mailbox}/${key}`}>
              <strong>{reason}</strong>
              <span>
                {mailbox}, <time dateTime={received.toISOString()}>{longTime(received)}</time>
              </span>
              <code>{key}</code>
            </li>
          )),
        )}
      </ul>
      {hasNextPage && (
        <UnstyledButton className={classes.more} disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show more
        </UnstyledButton>
      )}
    </>
  );
}

export function RejectedMails({ accountId, count }: { accountId: string; count: number }) {
  const [shown, setShown] = useState(false);
  const id = useId();
  if (count === 0) return null;
  return (
    <div className={classes.rejected}>
      <UnstyledButton aria-expanded={shown} aria-controls={id} className={classes.toggle} onClick={() => setShown(!shown)}>
        {count.toLocaleString()} could not be read
      </UnstyledButton>
      <div id={id}>{shown && <Reasons accountId={accountId} />}</div>
    </div>
  );
}
