import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Panel.module.css";

interface Props {
  readonly title: string;
  /** Something short at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A titled box; its title names it for a screen reader. */
export function Panel({ title, aside, children }: Props) {
  return (
    <section aria-label={title} className={classes.panel}>
      <header className={classes.header}>
        <Text c="dark.1" component="h2" fw={600} fz="sm">
          {title}
        </Text>
        {aside}
      </header>
      {children}
    </section>
  );
}
