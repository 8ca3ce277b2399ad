/** What the keys do. */
import { Kbd, Modal } from "@mantine/core";
import { categoryLabels } from "../lib/labels";
import { categories } from "../lib/types";
import classes from "./KeysHelp.module.css";

const general: [string[], string][] = [
  [["j", "k"], "Next, previous message"],
  [["Enter"], "Open"],
  [["Esc"], "Close the message"],
  [["u"], "Mark as read or unread"],
  [["z"], "Undo the last change"],
  [["."], "Why here"],
  [["/"], "Search"],
  [["g"], "Back to all mail"],
  [["?"], "This page"],
];

const corrections = categories.map(
  (category, i): [string[], string] => [[String(i + 1)], `Belongs to ${categoryLabels[category]}`],
);

function KeyList({ keys }: { keys: [string[], string][] }) {
  return (
    <dl className={classes.keys}>
      {keys.map(([names, meaning]) => (
        <div key={meaning}>
          <dt>
            {names.map((name) => (
              <Kbd key={name} size="xs">
                {name}
              </Kbd>
            ))}
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

export function KeysHelp({ shown, onClose }: { shown: boolean; onClose: () => void }) {
  return (
    <Modal opened={shown} onClose={onClose} title="Keys" size="lg" centered>
      <div className={classes.columns}>
        <KeyList keys={general} />
        <KeyList keys={corrections} />
      </div>
    </Modal>
  );
}
