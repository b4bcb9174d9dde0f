import { SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";
import { Page } from "../../ui/Page.tsx";
import { AgreementTab } from "./AgreementTab.tsx";
import { AssignmentsTab } from "./AssignmentsTab.tsx";
import { QueueTab } from "./QueueTab.tsx";

const TABS = [
  { value: "queue", label: "Slices to annotate" },
  { value: "readings", label: "Readings" },
  { value: "agreement", label: "Agreement" },
];

const LEADS: Readonly<Record<string, string>> = {
  queue:
    "The slices from which the network would learn most, in this order, each with its reason. Some are drawn at random: only they tell fairly how good the network is.",
  readings:
    "Who reads what. In a blind reading a reader sees nothing that others drew until the reading is handed in.",
  agreement:
    "How far readers agree on what they drew, and which cases to discuss. Only readings that were handed in count where a series was assigned.",
};

/** What to read next, who reads what, and how readers agree. */
export function ReadNextPage() {
  const [params, setParams] = useSearchParams();
  const tab = TABS.find(({ value }) => value === params.get("tab"))?.value ?? "queue";
  return (
    <Page
      aside={
        <SegmentedControl
          aria-label="What to show"
          data={TABS}
          onChange={(value) => setParams(value === "queue" ? {} : { tab: value })}
          size="sm"
          value={tab}
        />
      }
      lead={LEADS[tab]}
      title="Read next"
    >
      {tab === "queue" ? <QueueTab /> : null}
      {tab === "readings" ? <AssignmentsTab /> : null}
      {tab === "agreement" ? <AgreementTab /> : null}
    </Page>
  );
}
