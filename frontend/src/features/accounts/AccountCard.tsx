/** One account: how it does, and what is known of its owner. */
import { Badge, Button, Modal, Progress } from "@mantine/core";
import { useState } from "react";
import { agoTime } from "../../lib/time";
import type { Account } from "../../lib/types";
import { EditableFact } from "./EditableFact";
import { RejectedMails } from "./RejectedMails";
import classes from "./AccountsPage.module.css";

interface Props {
  account: Account;
  onEdit: (patch: { address?: string; timeZone?: string }) => Promise<unknown>;
  onRemove: () => void;
}

const states: Record<Account["state"], { label: string; color: string }> = {
  active: { label: "Active", color: "teal" },
  paused: { label: "Paused", color: "gray" },
  error: { label: "Cannot be read", color: "red" },
  removing: { label: "Being removed", color: "orange" },
};

function Progressing({ account }: { account: Account }) {
  const { listed, decided, rejected, synced } = account;
  if (decided + rejected < listed) {
    return (
      <div className={classes.progress}>
        <Progress size={4} value={((decided + rejected) / listed) * 100} aria-label="Mail read so far" />
        <span>
          {decided.toLocaleString()} of {listed.toLocaleString()} read
        </span>
      </div>
    );
  }
  const looked = synced ? `, looked at ${agoTime(synced, new Date())}` : "";
  return <p className={classes.quiet}>{`${listed.toLocaleString()} messages${looked}`}</p>;
}

function ConfirmRemoval({ account, shown, onClose, onRemove }: { account: Account; shown: boolean; onClose: () => void; onRemove: () => void }) {
  return (
    <Modal opened={shown} onClose={onClose} title={account.demo ? "Remove the demo mail?" : `Forget ${account.name}?`} centered>
      <p className={classes.confirm}>
        {account.decided.toLocaleString()} messages with their tasks and drafts leave Jackdaw.
        {account.demo ? " They were written for a first look." : " The mail itself stays where it is."}
      </p>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          Keep
        </Button>
        <Button
          color="red"
          onClick={() => {
            onClose();
            onRemove();
          }}
        >
          {account.demo ? "Remove demo mail" : `Forget ${account.decided.toLocaleString()} messages`}
        </Button>
      </div>
    </Modal>
  );
}

export function AccountCard({ account, onEdit, onRemove }: Props) {
  const [asking, setAsking] = useState(false);
  const state = states[account.state];
  const removing = account.state === "removing";
  return (
    <section className={classes.card} aria-label={account.name}>
      <header className={classes.head}>
        <h2>{account.name}</h2>
        <Badge size="sm" variant="light" color={state.color} tt="none" fw={600}>
          {state.label}
        </Badge>
        <span className={classes.gap} />
        {!removing && (
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => setAsking(true)}>
            {account.demo ? "Remove demo mail" : "Forget"}
          </Button>
        )}
      </header>
      <p className={classes.path}>
        {account.kind}: {account.options["path"] ?? ""}
      </p>
      {account.stateText && (
        <p className={classes.trouble} data-state={account.state} role={account.state === "error" ? "alert" : "status"}>
          {account.stateText}
        </p>
      )}
      <Progressing account={account} />
      <RejectedMails accountId={account.id} count={account.rejected} />
      {!removing && (
        <dl className={classes.facts}>
          <EditableFact
            label="Your address"
            value={account.addresses[0] ?? ""}
            origin={account.addressesFound ? "found in the mail" : "given"}
            more={account.addresses.slice(1)}
            onSave={(address) => onEdit({ address })}
          />
          <EditableFact
            label="Time zone"
            value={account.timeZone}
            origin={account.timeZoneFound ? "of the server" : "given"}
            choices={Intl.supportedValuesOf("timeZone")}
            onSave={(timeZone) => onEdit({ timeZone })}
          />
        </dl>
      )}
      <ConfirmRemoval account={account} shown={asking} onClose={() => setAsking(false)} onRemove={onRemove} />
    </section>
  );
}
