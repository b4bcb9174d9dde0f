import { Radio, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../client/api.ts";
import {
  type AnswerLabel,
  type OfSeries,
  useAnswers,
  useSetAnswer,
} from "../../queries/annotations.ts";
import { CLASS_NAMES, TUMOR_CLASSES } from "../../queries/classes.ts";
import { useReader } from "../../queries/reader.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";

interface Props {
  readonly of: OfSeries;
  /** Which picture of a series of pictures; null for a volume as a whole. */
  readonly sliceIndex: number | null;
}

/** What the reader says the image shows: the model learns this, whatever it said itself. */
export function AnswerPanel({ of, sliceIndex }: Props) {
  const name = useReader((reader) => reader.name);
  const answers = useAnswers(of, name);
  const set = useSetAnswer(of);
  const here = answers.data?.filter((one) => (one.slice_index ?? null) === sliceIndex) ?? [];
  const mine = here.find(({ reader }) => !name || reader === name) ?? null;
  const others = here.filter((one) => one !== mine && one.label);
  // What was just said shows at once, and goes back if the server will not have it.
  const [said, setSaid] = useState<{ at: number | null; label: AnswerLabel | null } | null>(null);
  const chosen = said?.at === sliceIndex && said ? said.label : (mine?.label ?? null);
  const say = (label: AnswerLabel | null) => {
    setSaid({ at: sliceIndex, label });
    set.mutate({ label, slice_index: sliceIndex }, { onError: () => setSaid(null) });
  };
  return (
    <Panel
      title={sliceIndex === null ? "Your answer for this series" : "Your answer for this picture"}
    >
      <Radio.Group
        aria-label="What it shows"
        onChange={(label) => say(label === "" ? null : (label as AnswerLabel))}
        value={chosen ?? ""}
      >
        <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 6 }}>
          {TUMOR_CLASSES.map((label) => (
            <Radio key={label} label={CLASS_NAMES[label]} size="xs" value={label} />
          ))}
          <Radio label="No answer" size="xs" value="" />
        </div>
      </Radio.Group>
      {mine?.after_hand_in ? (
        <Text c="yellow.4" fz="xs" mt={6}>
          Changed after hand-in: agreement counts what you handed in, a training learns this one.
        </Text>
      ) : null}
      {others.length > 0 ? (
        <Text c="dark.1" fz="xs" mt={6}>
          {others
            .map(({ reader, label }) => `${reader}: ${label ? CLASS_NAMES[label] : ""}`)
            .join(" · ")}
        </Text>
      ) : null}
      {set.isError || answers.isError ? (
        <ProblemNote {...problemOf(set.error ?? answers.error)} />
      ) : null}
    </Panel>
  );
}
