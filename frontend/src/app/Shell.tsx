/** The frame around every page: where one can go, who one is, and whether the line is up. */
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { CategoryTabs } from "../features/inbox/CategoryTabs";
import { useAccounts } from "../features/accounts/useAccounts";
import { useCounts } from "../features/inbox/Inbox";
import { Icon } from "../lib/components/icons";
import { lineState } from "../lib/events";
import { signOut } from "../lib/session";
import { useStore } from "../lib/store";
import { tellRefused } from "../lib/undo";
import type { User } from "../lib/types";
import { everything, go, type Route } from "./route";
import classes from "./Shell.module.css";

interface Props {
  user: User;
  place: Route;
  onKeys: () => void;
  onRetry: () => void;
  children: ReactNode;
}

/** A line that is back at once is not worth a word. */
const LOST_SHOWN_MS = 1200;

function LostBanner({ onRetry }: { onRetry: () => void }) {
  const lost = useStore(lineState) === "lost";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) return setShown(false);
    const timer = setTimeout(() => setShown(true), LOST_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown) return null;
  return (
    <div className={classes.lost} role="status">
      Reconnecting… What you see may be out of date.
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

function SchemeButton() {
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <FootButton label={`Use the ${other} colours`} icon="sun" onClick={() => setColorScheme(other)} />
  );
}

function FootButton({ label, icon, onClick }: { label: string; icon: Parameters<typeof Icon>[0]["name"]; onClick: () => void }) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

/** With a mark while an account has something to say. */
function AccountsLink({ current }: { current: boolean }) {
  const { data } = useAccounts();
  const telling = data?.some(({ stateText }) => stateText !== "") ?? false;
  return (
    <a className={classes.link} href="#/accounts" aria-current={current ? "page" : undefined}>
      <Icon name="accounts" /> Accounts
      {telling && <span className={classes.telling} role="img" aria-label="needs a look" title="An account needs a look" />}
    </a>
  );
}

function Rail({ user, place, onKeys }: Pick<Props, "user" | "place" | "onKeys">) {
  const counts = useCounts();
  const current = place.page === "inbox" && !place.filter.q ? place.filter.category : undefined;
  const filter = place.page === "inbox" ? { ...place.filter, q: "" } : everything;
  return (
    <nav className={classes.rail} aria-label="Jackdaw">
      <a className={classes.brand} href="#/inbox">
        <img src="/jackdaw.svg" alt="" width={24} height={24} />
        Jackdaw
      </a>
      <CategoryTabs
        counts={counts.data}
        current={current}
        onChoose={(category) => go({ page: "inbox", filter: { ...filter, category }, message: null })}
      />
      <span className={classes.gap} />
      <AccountsLink current={place.page === "accounts"} />
      <div className={classes.foot}>
        <span title={user.role}>{user.name}</span>
        <SchemeButton />
        <FootButton label="Keys (?)" icon="keys" onClick={onKeys} />
        <FootButton label="Sign out" icon="out" onClick={() => void signOut().catch(tellRefused)} />
      </div>
    </nav>
  );
}

export function Shell({ user, place, onKeys, onRetry, children }: Props) {
  return (
    <div className={classes.shell}>
      <LostBanner onRetry={onRetry} />
      <Rail user={user} place={place} onKeys={onKeys} />
      {children}
    </div>
  );
}
