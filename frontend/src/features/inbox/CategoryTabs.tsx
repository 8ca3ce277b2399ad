/** All mail and each category, with how many are unread and how many there are. */
import { CategoryDot } from "../../lib/components/CategoryDot";
import { Icon } from "../../lib/components/icons";
import { categoryLabels } from "../../lib/labels";
import { categories, type Category, type Count, type Counts } from "../../lib/types";
import classes from "./CategoryTabs.module.css";

interface Props {
  counts: Counts | undefined;
  /** Undefined: none is shown, as in a search. */
  current: Category | null | undefined;
  onChoose: (category: Category | null) => void;
}

interface TabProps {
  category: Category | null;
  count: Count | undefined;
  current: boolean;
  onChoose: (category: Category | null) => void;
}

function Tab({ category, count, current, onChoose }: TabProps) {
  const label = category ? categoryLabels[category] : "All mail";
  const total = count?.total ?? 0;
  const unread = count?.unread ?? 0;
  return (
    <button
      type="button"
      role="tab"
      aria-selected={current}
      aria-label={`${label}, ${unread} unread of ${total}`}
      className={classes.tab}
      onClick={() => onChoose(category)}
    >
      <span className={classes.mark}>{category ? <CategoryDot category={category} size={9} /> : <Icon name="inbox" />}</span>
      <span className={classes.label}>{label}</span>
      {unread > 0 && <span className={classes.unread}>{unread.toLocaleString()}</span>}
      <span className={classes.total}>{total > 0 ? total.toLocaleString() : ""}</span>
    </button>
  );
}

export function CategoryTabs({ counts, current, onChoose }: Props) {
  return (
    <div role="tablist" aria-label="Categories" aria-orientation="vertical" className={classes.tabs}>
      <Tab category={null} count={counts} current={current === null} onChoose={onChoose} />
      {categories.map((category) => (
        <Tab
          key={category}
          category={category}
          count={counts?.byCategory[category]}
          current={current === category}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}
