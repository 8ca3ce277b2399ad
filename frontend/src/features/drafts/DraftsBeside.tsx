/** The answers that are prepared for the message. */
import { Button, CopyButton, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listDrafts } from "../../lib/api";
import { Icon } from "../../lib/components/icons";
import { Panel } from "../../lib/components/Panel";
import { keys } from "../../lib/keys";
import type { Draft } from "../../lib/types";
import classes from "./DraftsBeside.module.css";

const kindName = (draft: Draft): string => draft.kind.replace(/[-_]/g, " ");

function Copy({ text }: { text: string }) {
  return (
    <CopyButton value={text} timeout={2000}>
      {({ copied, copy }) => (
        <Button
          size="compact-xs"
          variant="default"
          fw={500}
          leftSection={<Icon name={copied ? "check" : "copy"} size={12} />}
          onClick={copy}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  );
}

/** One answer at a time; the others are named. */
function Drafts({ drafts }: { drafts: Draft[] }) {
  const [chosen, setChosen] = useState(0);
  const draft = drafts[Math.min(chosen, drafts.length - 1)] as Draft;
  return (
    <Panel title={drafts.length === 1 ? "Prepared answer" : "Prepared answers"} note={<Copy text={draft.body} />}>
      <div className={classes.kinds}>
        {drafts.map((each, i) => (
          <UnstyledButton key={each.id} aria-pressed={each === draft} title={each.rule} onClick={() => setChosen(i)}>
            {kindName(each)}
          </UnstyledButton>
        ))}
      </div>
      <pre className={classes.text} lang={draft.language || undefined}>
        {draft.body}
      </pre>
    </Panel>
  );
}

export function DraftsBeside({ messageId }: { messageId: string }) {
  const { data, error } = useQuery({
    queryKey: keys.draftsOf(messageId),
    queryFn: ({ signal }) => listDrafts(messageId, signal),
  });
  if (error && !data) return <Panel title="Prepared answers">{error.message}</Panel>;
  if (!data || data.length === 0) return null;
  return <Drafts key={messageId} drafts={data} />;
}
