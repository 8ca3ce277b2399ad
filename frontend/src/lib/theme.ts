/** The component library in our clothes. Colours of our own are variables in app/app.css. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const slate: MantineColorsTuple = [
  "#eef3f8",
  "#dce4ec",
  "#b7c7d6",
  "#8fa8c0",
  "#6e8fae",
  "#587fa3",
  "#4b769e",
  "#3c648a",
  "#31597c",
  "#224d6e",
];

const night: MantineColorsTuple = [
  "#e4e9ee",
  "#c3cbd3",
  "#9aa5b0",
  "#87919c",
  "#3a434c",
  "#2c333a",
  "#22272d",
  "#16191d",
  "#131619",
  "#101316",
];

export const theme = createTheme({
  primaryColor: "slate",
  colors: { slate, dark: night },
  primaryShade: { light: 7, dark: 5 },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Liberation Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "11.5px", sm: "13px", md: "14px", lg: "16px", xl: "19px" },
  defaultRadius: "md",
  cursorType: "pointer",
});
