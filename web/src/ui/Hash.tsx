import { Code, CopyButton, UnstyledButton } from "@mantine/core";
import classes from "./Hash.module.css";

interface Props {
  readonly value: string;
  /** What it is the hash of, for those who do not see it. */
  readonly of: string;
  /** How many characters are shown. */
  readonly characters?: number;
}

/** The beginning of a long number; a click copies all of it. */
export function Hash({ value, of, characters = 12 }: Props) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <UnstyledButton
          aria-label={`Copy ${of}: ${value.slice(0, characters)}…`}
          className={classes.hash ?? ""}
          onClick={copy}
          title={copied ? "Copied" : `${value}\nClick to copy`}
        >
          <Code>{value.slice(0, characters)}</Code>
          <span aria-live="polite" className={classes.copied}>
            {copied ? "copied" : ""}
          </span>
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
