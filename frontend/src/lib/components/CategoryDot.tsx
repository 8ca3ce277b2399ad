import { categoryColour } from "../labels";

export function CategoryDot({ category, size = 8 }: { category: string; size?: number }) {
  return (
    <span
      aria-hidden
      style={{
        flex: "none",
        display: "inline-block",
        width: size,
        height: size,
        borderRadius: "50%",
        background: categoryColour(category),
      }}
    />
  );
}
