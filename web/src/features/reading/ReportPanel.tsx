import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { reportPath } from "../../queries/analyses.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Panel } from "../../ui/Panel.tsx";

interface Props {
  readonly studyId: string;
  readonly analysisId: string;
  readonly pseudonym: string;
  readonly hasReport: boolean;
}

/** The report as PDF: look at it here, or take it along. */
export function ReportPanel({ studyId, analysisId, pseudonym, hasReport }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const path = reportPath(studyId, analysisId);
  return (
    <Panel title="Report">
      {hasReport ? (
        <Group gap="xs">
          <Button onClick={() => setIsOpen(true)} size="xs" variant="light">
            Preview
          </Button>
          <Button component="a" download href={path} size="xs" variant="default">
            Download PDF
          </Button>
        </Group>
      ) : (
        <Text c="dark.1" fz="xs">
          It is written at the end of the analysis and appears here by itself.
        </Text>
      )}
      <Dialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        size="1000px"
        title={`Report of ${pseudonym}`}
      >
        {navigator.pdfViewerEnabled ? (
          <iframe
            src={`${path}#navpanes=0&view=FitH`}
            style={{
              width: "100%",
              display: "block",
              height: "76vh",
              border: 0,
              background: "#fff",
            }}
            title={`Report of ${pseudonym} as PDF`}
          />
        ) : (
          <Text fz="sm">
            This browser does not show PDF files inside a page. Use “Download PDF” and open the file
            in a PDF reader.
          </Text>
        )}
      </Dialog>
    </Panel>
  );
}
