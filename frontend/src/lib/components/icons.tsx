/** The icons: 16 by 16, drawn with the text's colour. */
const paths = {
  inbox: "M2.500 9.500h3l1 2h3l1-2h3M4 3.500h8l1.500 6v3h-11v-3z",
  all: "M2.500 4h11M2.500 8h11M2.500 12h11",
  accounts: "M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 13.500c.500-2.500 2.500-4 5-4s4.500 1.500 5 4",
  reply: "M6.500 4 3 7.500 6.500 11M3 7.500h6c2.500 0 4 1.500 4 4.500",
  task: "M3 3h10v10H3zM5.500 8l2 2 3.500-4",
  draft: "M3 13l.700-3L11 2.700l2.300 2.300L6 12.300zM9.500 4.200l2.300 2.300",
  clip: "M11.500 6.500l-4.800 4.800a1.900 1.900 0 0 1-2.700-2.700l5.500-5.500a2.900 2.900 0 0 1 4 4.100l-5.300 5.300",
  flag: "M4 14V2.500M4 3h7.500L10 5.700l1.500 2.800H4",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.600 10.600 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  unread: "M2.500 4.500h11v8h-11zM2.500 5l5.500 4 5.500-4",
  read: "M2.500 6.500 8 3l5.500 3.500v6h-11zM2.500 6.800 8 10l5.500-3.200",
  copy: "M5.500 5.500h7.500v8H5.500zM3 10.500v-8h7.500",
  check: "M3.500 8.500l3 3 6-7",
  why: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.300 6.300C6.500 5.300 7.200 4.800 8 4.800c1 0 1.700.600 1.700 1.500C9.700 7.500 8 7.600 8 9M8 11.200v.100",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.900.900M11.700 11.700l.900.900M3.400 12.600l.900-.900M11.700 4.300l.900-.900",
  keys: "M2 4.500h12v7H2zM4.500 7h.100M7 7h.100M9.500 7h.100M11.500 7h.100M5 9.300h6",
  out: "M6.500 3H3v10h3.500M7 8h6.500M11 5.500 13.500 8 11 10.500",
  plus: "M8 3v10M3 8h10",
  trash: "M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500 5 13h6l.500-8.500",
  warn: "M8 2.500 14 13H2zM8 6.500v3M8 11.300v.100",
  urgent: "M8 3v6.500M8 12.500v.100",
} as const;

export type IconName = keyof typeof paths;

interface Props {
  name: IconName;
  /** Said to who cannot see it; without one the icon is decoration. */
  label?: string;
  size?: number;
}

export function Icon({ name, label, size = 16 }: Props) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "urgent" ? 2.2 : 1.3}
      strokeLinecap="round"
      strokeLinejoin="round"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      style={{ flex: "none" }}
    >
      {label && <title>{label}</title>}
      <path d={paths[name]} />
    </svg>
  );
}
