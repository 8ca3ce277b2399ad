/** Where the message is, and with one choice where it belongs. */
import { Button, Kbd, Menu } from "@mantine/core";
import { CategoryDot } from "../../lib/components/CategoryDot";
import { Icon } from "../../lib/components/icons";
import { categoryLabels } from "../../lib/labels";
import { categories, type Category } from "../../lib/types";

interface Props {
  category: Category;
  onChoose: (category: Category) => void;
}

export function CategoryMenu({ category, onChoose }: Props) {
  return (
    <Menu position="bottom-end" width={200} transitionProps={{ duration: 80 }}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          fw={500}
          aria-label={`Category: ${categoryLabels[category]}. Change it`}
          leftSection={<CategoryDot category={category} />}
          rightSection={<Icon name="down" size={12} />}
        >
          {categoryLabels[category]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>It belongs to</Menu.Label>
        {categories.map((each, i) => (
          <Menu.Item
            key={each}
            disabled={each === category}
            leftSection={<CategoryDot category={each} />}
            rightSection={<Kbd size="xs">{i + 1}</Kbd>}
            onClick={() => onChoose(each)}
          >
            {categoryLabels[each]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
