import { Anchor, Group, Loader, Text } from "@mantine/core";
import { Link, NavLink, Outlet, useNavigation } from "react-router";
import { useEvents } from "./queries/jobs.ts";
import { ReaderName } from "./ReaderName.tsx";
import classes from "./Shell.module.css";

const LINE_WORDS = {
  connecting: "",
  open: "",
  lost: "No line to the server. Trying again; if this stays, check that neuroscope serve is running.",
  "signed out": "Not signed in. Open the link that neuroscope serve printed last.",
} as const;

const PAGES = [
  { to: "/", name: "Worklist" },
  { to: "/next", name: "Read next" },
  { to: "/validation", name: "Validation" },
  { to: "/cohort", name: "Cohort" },
  { to: "/training", name: "Training" },
  { to: "/models", name: "Models" },
  { to: "/audit", name: "Audit" },
] as const;

/** The frame of every page: name, line to the server, and what this program must not be used for. */
export function Shell() {
  const line = useEvents();
  const isLoading = useNavigation().state === "loading";
  return (
    <div className={classes.shell}>
      <header className={classes.header}>
        <Anchor c="dark.0" component={Link} fw={700} to="/" underline="never">
          <Group gap={8} wrap="nowrap">
            <img alt="" height={22} src="/favicon.svg" width={22} />
            Neuroscope
          </Group>
        </Anchor>
        <nav aria-label="Pages" className={classes.pages}>
          {PAGES.map(({ to, name }) => (
            <NavLink className={classes.page ?? ""} end={to === "/"} key={to} to={to}>
              {name}
            </NavLink>
          ))}
        </nav>
        {isLoading ? <Loader role="status" aria-label="Opening" size="xs" /> : null}
        <Text aria-live="polite" c="yellow.4" className={classes.line} fz="sm" role="status">
          {LINE_WORDS[line]}
        </Text>
        <ReaderName />
      </header>
      <Outlet />
      <footer className={classes.footer}>
        Research use only. Not a medical device. Not for diagnosis or treatment.
      </footer>
    </div>
  );
}
