import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Page.module.css";

interface Props {
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly lead: ReactNode;
  /** Something short at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page with a title, a sentence that says what it is for, and what it shows. */
export function Page({ title, lead, aside, children }: Props) {
  return (
    <main className={classes.page}>
      <title>{`${title} · Neuroscope`}</title>
      <header className={classes.heading}>
        <Title order={1} size="h3">
          {title}
        </Title>
        {aside}
      </header>
      <p className={classes.lead}>{lead}</p>
      {children}
    </main>
  );
}
