import { Text } from "@mantine/core";
import { Panel } from "../../ui/Panel.tsx";
import { AnalyzeAgain } from "./AnalyzeAgain.tsx";

/** Says that another version of the model is active since, and lets it read the study. */
export function StaleNote({ studyId, version }: { studyId: string; version: string }) {
  return (
    <Panel title="Read by an older model">
      <Text fz="sm">
        These answers were given by version {version}. Another version is active now.
      </Text>
      <AnalyzeAgain isAtWork={false} label="Analyze with the active version" studyId={studyId} />
    </Panel>
  );
}
