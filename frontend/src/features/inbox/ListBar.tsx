/** Above the rows: the search, the filters, and how far the reading has come. */
import { CloseButton, NativeSelect, Progress, TextInput, UnstyledButton } from "@mantine/core";
import { useEffect, useState, type RefObject } from "react";
import { Icon } from "../../lib/components/icons";
import type { Account, Counts, MessageFilter } from "../../lib/types";
import classes from "./ListBar.module.css";

interface Props {
  filter: MessageFilter;
  accounts: Account[];
  counts: Counts | undefined;
  searchRef: RefObject<HTMLInputElement | null>;
  onFilter: (filter: Partial<MessageFilter>) => void;
}

function SearchBox({ filter, searchRef, onFilter }: Pick<Props, "filter" | "searchRef" | "onFilter">) {
  const [words, setWords] = useState(filter.q);
  useEffect(() => setWords(filter.q), [filter.q]);
  const search = (q: string): void => {
    setWords(q);
    onFilter({ q: q.trim() });
  };
  return (
    <form
      role="search"
      className={classes.search}
      onSubmit={(event) => {
        event.preventDefault();
        search(words);
        searchRef.current?.blur();
      }}
    >
      <TextInput
        ref={searchRef}
        size="xs"
        type="search"
        aria-label="Search all mail"
        placeholder="Search all mail"
        maxLength={400}
        value={words}
        leftSection={<Icon name="search" size={14} />}
        rightSection={words ? <CloseButton size="xs" aria-label="End the search" onClick={() => search("")} /> : null}
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          search("");
          event.currentTarget.blur();
        }}
      />
    </form>
  );
}

function ReadingBar({ counts }: { counts: Counts }) {
  const all = counts.total + counts.waiting;
  return (
    <div className={classes.reading} role="status">
      <Progress
        size={3}
        value={(counts.total / all) * 100}
        aria-label="Mail read so far"
        transitionDuration={300}
      />
      <span>
        {counts.total.toLocaleString()} of {all.toLocaleString()} read
      </span>
    </div>
  );
}

export function ListBar({ filter, accounts, counts, searchRef, onFilter }: Props) {
  const searching = filter.q !== "";
  return (
    <div className={classes.bar}>
      <div className={classes.line}>
        <SearchBox filter={filter} searchRef={searchRef} onFilter={onFilter} />
        {!searching && (
          <UnstyledButton
            className={classes.toggle}
            aria-pressed={filter.unread}
            onClick={() => onFilter({ unread: !filter.unread })}
          >
            Unread
          </UnstyledButton>
        )}
        {!searching && accounts.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Account"
            value={filter.account ?? ""}
            onChange={(event) => onFilter({ account: event.currentTarget.value || null })}
            data={[{ value: "", label: "All accounts" }, ...accounts.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        )}
      </div>
      {counts && counts.waiting > 0 && <ReadingBar counts={counts} />}
    </div>
  );
}
