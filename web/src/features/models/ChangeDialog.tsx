import { Button, Group, Text } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { type ModelVersion, useModelChanges } from "../../queries/models.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";

export type Wish = "promote" | "rollback" | "reject";

interface Props {
  readonly wish: Wish;
  readonly version: ModelVersion;
  /** The version to which one would go back. */
  readonly earlier: ModelVersion | null;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly opener: HTMLElement | null;
}

/** Asks once more before a version is promoted, left for the one before, or put aside. */
export function ChangeDialog({ wish, version, earlier, isOpen, onClose, opener }: Props) {
  const { promote, rollBack, reject } = useModelChanges();
  const change = { promote, rollback: rollBack, reject }[wish];
  const words = wordsOf(wish, version, earlier);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} opener={opener} title={words.title}>
      {words.lines.map((line) => (
        <Text fz="sm" key={line} mb="xs">
          {line}
        </Text>
      ))}
      {change.isError ? <ProblemNote {...problemOf(change.error)} /> : null}
      <Group gap="xs" justify="end" mt="md">
        <Button data-autofocus onClick={onClose} variant="default">
          Leave it as it is
        </Button>
        <Button
          loading={change.isPending}
          onClick={() => change.mutate(version.id, { onSuccess: onClose })}
        >
          {words.does}
        </Button>
      </Group>
    </Dialog>
  );
}

function wordsOf(wish: Wish, version: ModelVersion, earlier: ModelVersion | null) {
  const { name, version: number } = version.model;
  if (wish === "promote") {
    return {
      title: `Make ${name} ${number} the active version?`,
      does: "Promote it",
      lines: [
        "All new analyses are then made by it. Answers of the version before stay as they are and are marked as made by an older model.",
        "Before that, both versions answer 16 fixed test images, so that one can prove later that they still answer as they did. Your name stands under the promotion.",
      ],
    };
  }
  if (wish === "rollback") {
    return {
      title: `Go back to ${earlier?.model.version ?? "the version before"}?`,
      does: "Go back",
      lines: [
        `New analyses are then made by the version that ${number} displaced.`,
        "It first answers the test images again. If any number differs by more than a millionth, the way back is refused and the active version stays.",
      ],
    };
  }
  return {
    title: `Put ${name} ${number} aside?`,
    does: "Put it aside",
    lines: ["It can never be promoted afterwards. Its weights and its certificate are kept."],
  };
}
