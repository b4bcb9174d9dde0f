import { createTheme } from "@mantine/core";

/** Dark and calm: a reading room at night. Text keeps 7:1 on panels, 4.5:1 where it is secondary. */
export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: 8,
  autoContrast: true,
  fontFamily: "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  defaultRadius: "sm",
  cursorType: "pointer",
  colors: {
    dark: [
      "#e4e8ee",
      "#c3cad4",
      "#a4adba",
      "#7d8796",
      "#485260",
      "#313944",
      "#232a33",
      "#14181e",
      "#0f1216",
      "#0a0c0f",
    ],
  },
});
